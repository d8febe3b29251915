-- Figures of cases for each day, made of events alone: read from the cases themselves, an answer would grow with all cases ever filed.
-- An event waits here until it is counted; the same transaction that wrote the event puts it here.
create table case_uncounted (
  case_id bigint not null,
  seq     integer not null,
  primary key (case_id, seq)
);
create function case_event_is_uncounted() returns trigger language plpgsql as
  $$ begin insert into case_uncounted (case_id, seq) values (new.case_id, new.seq); return null; end $$;
create trigger case_event_is_uncounted after insert on case_event for each row execute function case_event_is_uncounted();

-- One row for each place or doer and day. `hangs_on` differs from `day` where something is taken back later (reopening): a row counts in
-- a period that holds both days. Flows are added up over a period; stocks are added up over all days before its end.
create table case_kpi_day (
  scope    text not null,                                             -- area prefix of 6, 9 or 12 digits; then |d:department, |c:channel, |a:account or |w:worker
  day      date not null,
  hangs_on date not null,
  reports integer not null default 0, valid_reports integer not null default 0, accepted integer not null default 0,
  rejected integer not null default 0, filed integer not null default 0, filed_on_time integer not null default 0,
  voided integer not null default 0, merged integer not null default 0, reopened integer not null default 0,
  dispatches integer not null default 0, wrong_dispatches integer not null default 0, returned integer not null default 0,
  refused integer not null default 0, extended integer not null default 0, sent_to_verify integer not null default 0,
  sent_to_verify_on_time integer not null default 0, sent_to_check integer not null default 0, sent_to_check_on_time integer not null default 0,
  public_verified integer not null default 0, supervisor_verified integer not null default 0, closed integer not null default 0,
  closed_on_time integer not null default 0, reworks integer not null default 0, ended integer not null default 0,
  answered integer not null default 0, visited integer not null default 0, solved integer not null default 0,
  satisfied integer not null default 0, basic integer not null default 0, unsatisfied integer not null default 0,
  supervisions integer not null default 0, supervisions_answered integer not null default 0, done_verifying integer not null default 0,
  done_dispatch integer not null default 0, done_signing integer not null default 0, done_handling integer not null default 0,
  done_checking integer not null default 0, done_closing integer not null default 0, ontime_verifying integer not null default 0,
  ontime_dispatch integer not null default 0, ontime_signing integer not null default 0, ontime_handling integer not null default 0,
  ontime_checking integer not null default 0, ontime_closing integer not null default 0, suspended integer not null default 0,
  past_due integer not null default 0, late_verifying integer not null default 0, late_dispatch integer not null default 0,
  late_signing integer not null default 0, late_handling integer not null default 0, late_checking integer not null default 0,
  late_closing integer not null default 0,
  primary key (scope, day, hangs_on)
);

-- How long first answers and handling took, in working minutes rounded up to steps (tracker/cases/stats_spans.py).
create table case_span_day (
  scope   text not null,
  day     date not null,
  kind    text not null check (kind in ('first', 'handling')),
  minutes integer not null,
  n       integer not null,
  primary key (scope, day, kind, minutes)
);

-- Where and when reports came: H3 cells of some 0.1 km2, hours of the local day.
create table case_heat (
  day          date not null,
  cell         bigint not null,
  category     text not null,                                         -- '' while there is none
  hour         smallint not null,
  village_code text not null,
  private      boolean not null,                                      -- secret, or a complaint about a department
  n            integer not null,
  primary key (day, cell, category, hour, village_code, private)
);

-- Queues in their order and their counts come out of the same indexes, and of no other: with a narrower index for the counts alone, measured
-- on 10 million cases, the planner took that one for the queues, too, and sorted.
drop index case_file_open_state;
drop index case_file_open_township;
create index case_file_open_state on case_file (state, red_sort, id) include (yellow_at) where closed_at is null;
create index case_file_open_township on case_file (township_code, state, red_sort, id) include (yellow_at) where closed_at is null;
create index case_file_open_helping on case_file using gin (co_departments) where closed_at is null;
-- Counts come out of an index alone only where the rows are known to be old; of ten million cases, a vacuum would wait for a fifth first. No
-- question about cases is long enough to be worth starting workers for.
alter table case_file set (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 20000, parallel_workers = 0);
