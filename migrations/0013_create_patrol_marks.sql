-- What the patrol has to make up for after a kill, and what the look for signals has to look at once more.
create table patrol_mark (                                      -- what a killed server has to make up for; one row
  only_row boolean primary key default true check (only_row),
  folded_at timestamptz not null                                -- every upload of an earlier day received before this is folded and written
);

create table patrol_late (                                      -- came after its day; the look for signals takes a row away when it has looked
  worker_id integer not null,
  day       date not null,
  folded_at timestamptz not null,
  primary key (worker_id, day)
);

-- What was received since an instant: rows lie in the order of their receipt, so a few KB of this serve a day.
create index segment_received on segment using brin (received_at) with (autosummarize = on);
