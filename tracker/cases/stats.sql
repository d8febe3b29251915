-- name: deltas : what events add to the figures: key, the day it counts on, the day it hangs on, how many, and for whom; `workers` have it in their score
with step as (  -- each event with what its change left, and what the change before it had left
  select e.case_id, e.seq, e.at, e.kind, e.from_state, e.to_state, e.account_id, e.data, e.data -> 'kpi' as kpi,
    (e.at at time zone 'Asia/Shanghai')::date as day,
    f.village_code as village, f.channel, f.complained_of, f.reporter_worker,
    p.seq as was_seq, p.kpi as was, p.to_state as was_state, (p.at at time zone 'Asia/Shanghai')::date as was_day,
    coalesce(p.kpi ->> 'department', e.data -> 'kpi' ->> 'department', '') as department
  from unnest($1::bigint[], $2::integer[]) as t(case_id, seq)
  join case_event e on e.case_id = t.case_id and e.seq = t.seq
  join case_file f on f.id = t.case_id
  left join lateral (
    select b.seq, b.at, b.to_state, b.data -> 'kpi' as kpi from case_event b
    where b.case_id = e.case_id and b.seq < e.seq and b.kind = 'change' order by b.seq desc limit 1
  ) p on true
),
flow as (  -- plain counts of changes
  select s.*, v.key from step s cross join lateral (values
    ('reports', s.from_state is null),
    ('accepted', s.from_state = 'reported' and s.to_state in ('accepted', 'verifying')),
    ('rejected', s.to_state = 'rejected'),
    ('filed', s.from_state = 'accepted' and s.to_state = 'filed'),
    ('filed_on_time', s.from_state = 'accepted' and s.to_state = 'filed' and s.kpi @> '{"done": {"filing": true}}'),
    ('voided', s.to_state = 'voided'),
    ('merged', s.to_state = 'merged'),
    ('reopened', s.from_state = 'closed'),
    ('dispatches', s.from_state = 'filed' and s.to_state = 'dispatched'),
    ('wrong_dispatches', s.from_state in ('checking', 'return_req') and s.to_state = 'filed'),
    ('returned', s.from_state = 'return_req' and s.to_state = 'filed'),
    ('refused', s.from_state = 'return_req' and s.to_state = 'handling'),
    ('extended', s.from_state = 'extend_req' and s.to_state = 'handling' and s.data @> '{"approve": true}'),
    ('sent_to_verify', s.from_state = 'reported' and s.to_state = 'verifying'),
    ('sent_to_verify_on_time', s.from_state = 'reported' and s.to_state = 'verifying' and s.kpi @> '{"done": {"acceptance": true}}'),
    ('sent_to_check', s.from_state = 'handled' and s.to_state = 'checking'),
    ('sent_to_check_on_time', s.from_state = 'handled' and s.to_state = 'checking' and s.kpi @> '{"done": {"send_check": true}}'),
    ('public_verified', s.from_state = 'verifying' and s.to_state = 'accepted'
      and exists (select from case_channel c where c.code = s.channel and c.kind <> 'worker')),
    ('supervisor_verified', s.from_state = 'accepted' and s.to_state = 'filed' and s.channel = 'inspection')
  ) as v(key, holds)
  where s.kind = 'change' and v.holds
),
clock as (  -- stages that ended, on time or late
  select s.*, k.stage, k.on_time from step s cross join lateral jsonb_each_text(s.kpi -> 'done') as k(stage, on_time)
  where k.stage in ('verifying', 'dispatch', 'signing', 'handling', 'checking', 'closing')
),
running as (  -- stages and cases that are late from their deadline on: this change begins it, the next ends it
  select s.case_id, s.seq, s.village, s.channel, v.key, v.kpi ->> 'department' as department, v.n,
    case when v.key in ('late_verifying', 'late_checking') then array[(v.kpi ->> 'worker')::integer] end as workers,
    (greatest(s.at, to_timestamp(v.due_ms::float8 / 1000)) at time zone 'Asia/Shanghai')::date as day
  from step s cross join lateral (
    select 'late_' || d.key, d.value::bigint, s.kpi, 1 from jsonb_each_text(s.kpi -> 'due') d
    union all select 'late_' || d.key, d.value::bigint, s.was, -1 from jsonb_each_text(s.was -> 'due') d
    union all select 'past_due', (s.kpi ->> 'case_due')::bigint, s.kpi, 1
    union all select 'past_due', (s.was ->> 'case_due')::bigint, s.was, -1
    union all select 'suspended', 0, s.kpi, 1 where s.to_state = 'suspended'
    union all select 'suspended', 0, s.was, -1 where s.from_state = 'suspended'
  ) as v(key, due_ms, kpi, n)
  where s.kind = 'change' and v.due_ms is not null
    and v.key in ('late_verifying', 'late_dispatch', 'late_signing', 'late_handling', 'late_checking', 'late_closing', 'past_due', 'suspended')
),
standing as (  -- endings that stand, and those that a reopening takes back
  select s.*, case when s.from_state = 'closed' then s.was_day else s.day end as hangs_on,
    case when s.from_state = 'closed' then s.was else s.kpi end as ending,
    case when s.from_state = 'closed' then -1 else 1 end as n,
    s.to_state in ('rejected', 'voided') as is_refused
  from step s
  where s.kind = 'change' and (s.to_state in ('closed', 'rejected', 'voided') or s.from_state = 'closed')
),
said as (  -- what each reporter last said in the round of an ending, its reopening, or a later rating
  select s.case_id, s.seq, o.solved, o.outcome from step s cross join lateral (
    select distinct on (owner, v.data ->> 'reporter') coalesce(v.data ->> 'case_id', v.case_id::text) as owner,
      v.data ->> 'reporter' as reporter, v.data ->> 'outcome' as outcome, v.data @> '{"solved": true}' as solved
    from case_event v
    where v.case_id = s.case_id and v.kind in ('visit', 'rating') and v.seq < s.seq
      and v.seq > coalesce((select max(r.seq) from case_event r
        where r.case_id = s.case_id and r.seq < s.seq and r.from_state = 'closed' and r.to_state = 'reopened'), 0)
      and (s.kind = 'change' or (coalesce(v.data ->> 'case_id', v.case_id::text) = coalesce(s.data ->> 'case_id', s.case_id::text)
        and v.data -> 'reporter' = s.data -> 'reporter'))
    order by owner, v.data ->> 'reporter', v.seq desc
  ) o
  where (s.kind = 'change' and (s.to_state = 'closed' or s.from_state = 'closed')) or (s.kind in ('rating', 'visit') and s.was_state = 'closed')
),
opinion as (
  select s.case_id, s.seq, s.village, s.channel, s.department, v.outcome, v.solved,
    s.day, case when s.from_state = 'closed' then s.was_day else s.day end as hangs_on, case when s.from_state = 'closed' then -1 else 1 end as n
  from step s join said v on v.case_id = s.case_id and v.seq = s.seq where s.kind = 'change'
  union all  -- a rating or a visit after the closing stands for what was said before
  select s.case_id, s.seq, s.village, s.channel, s.department, v.outcome, v.solved, s.was_day, s.was_day, v.n
  from step s cross join lateral (
    select s.data ->> 'outcome', s.data @> '{"solved": true}', 1
    union all select o.outcome, o.solved, -1 from said o where o.case_id = s.case_id and o.seq = s.seq
  ) as v(outcome, solved, n)
  where s.kind in ('rating', 'visit') and s.was_state = 'closed'
)
select case_id, seq, key, day, day as hangs_on, 1 as n, department, village, channel,
  case  -- a mistake is laid to who made it, not to who found it
    when key = 'wrong_dispatches' then (select d.account_id from case_event d
      where d.case_id = flow.case_id and d.seq < flow.seq and d.from_state = 'filed' and d.to_state = 'dispatched' order by d.seq desc limit 1)
    when key = 'voided' then (select d.account_id from case_event d
      where d.case_id = flow.case_id and d.seq < flow.seq and d.from_state = 'accepted' and d.to_state = 'filed' order by d.seq desc limit 1)
    else account_id end as account_id,
  case  -- what is reported is the reporter's; what is found in a grid is laid to those who served there when it was reported
    when key = 'reports' then array[reporter_worker]
    when key in ('filed', 'public_verified') then (select array(select jsonb_array_elements(r.data #> '{kpi,workers}')::integer)
      from case_event r where r.case_id = flow.case_id and r.seq = 1) end as workers
from flow
union all
select c.case_id, c.seq, 'valid_reports', r.day, r.day, 1, c.department, c.village, c.channel, null, array[c.reporter_worker]
from step c cross join lateral (
  select (e.at at time zone 'Asia/Shanghai')::date as day from case_event e where e.case_id = c.case_id and e.seq = 1
) r
where c.kind = 'change' and ((c.from_state = 'accepted' and c.to_state = 'filed') or (c.from_state = 'reported' and c.to_state = 'closed'))
union all
select case_id, seq, v.key || stage, day, day, 1, department, village, channel, account_id,
  case when stage in ('verifying', 'checking') then array[(was ->> 'worker')::integer] end
from clock cross join lateral (values ('done_', true), ('ontime_', on_time = 'true')) as v(key, holds) where v.holds
union all
select case_id, seq, key, day, day, n, coalesce(department, ''), village, channel, null, workers from running
union all
select case_id, seq, v.key, day, hangs_on, n, department, village, channel, null, null
from standing cross join lateral (values
  ('closed', not is_refused), ('closed_on_time', not is_refused and coalesce((ending ->> 'on_time')::boolean, true)),
  ('reworks', not is_refused and (ending ->> 'reworks')::integer > 0), ('ended', true), ('answered', (ending ->> 'owed')::integer = 0)
) as v(key, holds) where v.holds
union all
select case_id, seq, v.key, day, hangs_on, n, department, village, channel, null, null
from opinion cross join lateral (values ('visited', true), ('solved', solved), (outcome, true)) as v(key, holds)
where outcome in ('satisfied', 'basic', 'unsatisfied') and v.holds
union all
select case_id, seq, 'supervisions', day, day, 1, department, village, channel, null, null from step
where kind in ('urge', 'supervise') or (kind = 'clock' and data @> '{"what": "warning", "stage": "handling"}')
union all
select s.case_id, s.seq, 'supervisions_answered', v.day, v.day, 1, coalesce(v.department_code, ''), s.village, s.channel, null, null
from step s cross join lateral (
  select (a.at at time zone 'Asia/Shanghai')::date as day, a.department_code from case_supervision a
  where a.case_id = s.case_id and a.ordinal = (s.data ->> 'ordinal')::smallint
) v
where s.kind = 'answer';

-- name: only_one : one process counts at a time; the others have nothing to do
select pg_try_advisory_xact_lock(8140230615);

-- name: take : events that are not counted yet, the oldest cases first
delete from case_uncounted u using (select case_id, seq from case_uncounted order by case_id, seq limit $1) t
where u.case_id = t.case_id and u.seq = t.seq returning u.case_id, u.seq;

-- name: add_spans : working minutes of first answers and of handling, rounded up to their step
insert into case_span_day as s (scope, day, kind, minutes, n)
select p.scope, p.day, p.kind, p.minutes, count(*)
from (
  select v.scope, (e.at at time zone 'Asia/Shanghai')::date as day, k.kind,
    case when k.spent <= 120 then k.spent when k.spent <= 600 then ceil(k.spent / 5.0) * 5
      when k.spent <= 6000 then ceil(k.spent / 30.0) * 30 else ceil(k.spent / 600.0) * 600 end::integer as minutes
  from unnest($1::bigint[], $2::integer[]) as t(case_id, seq)
  join case_event e on e.case_id = t.case_id and e.seq = t.seq
  join case_file f on f.id = t.case_id
  cross join lateral (values ('first', (e.data #>> '{kpi,first}')::integer), ('handling', (e.data #>> '{kpi,handling}')::integer)) as k(kind, spent)
  cross join lateral (values (left(f.village_code, 6)), (left(f.village_code, 9)), (f.village_code),
    (left(f.village_code, 6) || '|d:' || (e.data #>> '{kpi,department}')), (left(f.village_code, 9) || '|d:' || (e.data #>> '{kpi,department}')),
    (left(f.village_code, 6) || '|c:' || f.channel), (left(f.village_code, 9) || '|c:' || f.channel)) as v(scope)
  where k.spent is not null and v.scope is not null
) p
group by p.scope, p.day, p.kind, p.minutes
on conflict (scope, day, kind, minutes) do update set n = s.n + excluded.n;

-- name: add_heat : where and when reports came; a filing that names another category moves its report
insert into case_heat as h (day, cell, category, hour, village_code, private, n)
select p.day, p.cell, p.category, p.hour, p.village_code, p.private, sum(p.n)
from (
  select (r.at at time zone 'Asia/Shanghai')::date as day, (r.data #>> '{kpi,cell}')::bigint as cell,
    extract(hour from r.at at time zone 'Asia/Shanghai')::smallint as hour, f.village_code,
    f.secret or f.complained_of is not null as private, coalesce(v.category, '') as category, v.n
  from unnest($1::bigint[], $2::integer[]) as t(case_id, seq)
  join case_event e on e.case_id = t.case_id and e.seq = t.seq and e.kind = 'change'
  join case_event r on r.case_id = t.case_id and r.seq = 1
  join case_file f on f.id = t.case_id
  left join lateral (
    select b.data -> 'kpi' as kpi from case_event b
    where b.case_id = e.case_id and b.seq < e.seq and b.kind = 'change' order by b.seq desc limit 1
  ) w on true
  cross join lateral (
    select e.data #>> '{kpi,category}', 1 where e.seq = 1 or e.data #> '{kpi,category}' is distinct from w.kpi -> 'category'
    union all select w.kpi ->> 'category', -1 where e.seq > 1 and e.data #> '{kpi,category}' is distinct from w.kpi -> 'category'
  ) as v(category, n)
) p
where p.cell is not null
group by p.day, p.cell, p.category, p.hour, p.village_code, p.private having sum(p.n) <> 0
on conflict (day, cell, category, hour, village_code, private) do update set n = h.n + excluded.n;

-- name: forget : all figures are made anew
truncate case_kpi_day, case_span_day, case_heat, case_uncounted;

-- name: recount : every event waits to be counted
insert into case_uncounted (case_id, seq) select case_id, seq from case_event;

-- name: spans : how long things took in a period, by step
select scope, kind, minutes, sum(n)::integer as n from case_span_day where scope = any ($1::text[]) and day >= $2 and day < $3
group by scope, kind, minutes order by minutes;

-- name: doers : people of the desk who did something that is counted
select a.id, a.display_name, a.role from account a
where exists (select from case_kpi_day k where k.scope = $1 || '|a:' || a.id) and a.role = any ($2::text[]) and starts_with(a.area_code, $1) order by a.id;

-- name: anchors : cases of a place with an event of a kind on a day; which of them count is found out from all their events
select distinct e.case_id from case_event e join case_file f on f.id = e.case_id
where e.at >= $1 and e.at < $2 and starts_with(f.village_code, $3) and ($4::text is null or f.channel = $4)
  and ($5::integer is null or f.reporter_worker = $5 or (e.data #> '{kpi,worker}')::integer = $5
    or (select r.data #> '{kpi,workers}' @> to_jsonb($5) from case_event r where r.case_id = f.id and r.seq = 1))
  and e.kind = any ($6::text[]) and ($7::text[] is null or coalesce(e.from_state, '') = any ($7)) and ($8::text[] is null or e.to_state = any ($8))
order by e.case_id desc;

-- name: standing : cases of a place that were open at an instant, as far as the last ending tells
select f.id as case_id from case_file f
where f.id < $1 and f.reported_at >= $2 and f.reported_at < $3 and (f.closed_at is null or f.closed_at >= $3)
  and starts_with(f.village_code, $4) and ($5::text is null or f.channel = $5)
  and ($6::integer is null or exists (select from case_event w where w.case_id = f.id and (w.data #> '{kpi,worker}')::integer = $6))
order by f.id desc limit $7;

-- name: events_of : every event of some cases before an instant
select case_id, seq from case_event where case_id = any ($1::bigint[]) and at < $2;

-- name: cases_of : cases by their ids
select * from case_file where id = any ($1::bigint[]);
