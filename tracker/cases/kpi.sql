-- name: counted : every count of a period from events and clocks, and for one count the cases behind it
with
scope as (
  select f.id, f.channel, f.self_handled, f.department_code from case_file f
  where starts_with(f.area_code, $3) and ($4::text is null or f.department_code = $4) and (f.complained_of is null or f.complained_of is distinct from $5)
),
change as (
  select e.case_id, e.from_state, e.to_state, e.at, s.channel from case_event e join scope s on s.id = e.case_id
  where e.kind = 'change' and e.at >= $1 and e.at < $2
),
clock as (
  select c.case_id, c.stage, c.round, c.deadline_at, c.finished_at, c.on_time,
    c.finished_at is not null and c.on_time is null as cancelled,
    c.round = max(c.round) over (partition by c.case_id, c.stage) as is_last
  from case_clock c join scope s on s.id = c.case_id
),
stage_due as (  -- clocks that ended in the period, or should have
  select *, finished_at < $2 and on_time as in_time, finished_at < $2 as done from clock
  where not cancelled and ((finished_at >= $1 and finished_at < $2) or (deadline_at >= $1 and deadline_at < $2))
),
closed as (select case_id, max(at) as at from change where to_state = 'closed' group by case_id),
ever_closed as (
  select e.case_id from case_event e join scope s on s.id = e.case_id
  where e.kind = 'change' and e.to_state = 'closed' and e.at < $2 group by e.case_id
),
due as (
  select case_id from clock where stage = 'handling' and is_last and not cancelled and deadline_at >= $1 and deadline_at < $2
  union select case_id from closed
),
late as (select case_id from clock where stage = 'handling' and not cancelled and on_time is false group by case_id),
last_state as (
  select distinct on (e.case_id) e.case_id, e.to_state from case_event e join scope s on s.id = e.case_id
  where e.kind = 'change' and e.at < $2 order by e.case_id, e.seq desc
),
visit as (
  select r.case_id, r.outcome, r.solved from case_reporter r join closed c on c.case_id = r.case_id
  where r.outcome in ('satisfied', 'basic', 'unsatisfied')
),
counted (key, case_id) as (
  select 'reports', case_id from change where to_state = 'reported'
  union all select 'valid_reports', c.case_id from change c
    where c.to_state = 'reported' and exists (select from case_event e where e.case_id = c.case_id and e.kind = 'change'
      and (e.to_state = 'filed' or (e.from_state = 'reported' and e.to_state = 'closed')))
  union all select 'filed', case_id from change where to_state = 'filed' and from_state = 'accepted'
  union all select 'voided', case_id from change where to_state = 'voided'
  union all select 'merged', case_id from change where to_state = 'merged'
  union all select 'reopened', case_id from change where to_state = 'reopened'
  union all select 'suspended', case_id from last_state where to_state = 'suspended'
  union all select 'due', case_id from due
  union all select 'closed', d.case_id from due d join ever_closed e on e.case_id = d.case_id
  union all select 'closed_on_time', d.case_id from due d join ever_closed e on e.case_id = d.case_id
    where d.case_id not in (select case_id from late)
  union all select 'to_handle', case_id from stage_due where stage = 'handling'
  union all select 'handled', case_id from stage_due where stage = 'handling' and done
  union all select 'handled_on_time', case_id from stage_due where stage = 'handling' and in_time
  union all select 'to_dispatch', case_id from stage_due where stage = 'dispatch'
  union all select 'dispatched_on_time', case_id from stage_due where stage = 'dispatch' and in_time
  union all select 'dispatches', case_id from change where from_state = 'filed' and to_state = 'dispatched'
  union all select 'wrong_dispatches', case_id from change where to_state = 'filed' and from_state in ('checking', 'return_req')
  union all select 'filed_on_time', d.case_id from stage_due d join change c on c.case_id = d.case_id
    where d.stage = 'filing' and d.in_time and c.from_state = 'accepted' and c.to_state = 'filed'
  union all select 'to_verify', case_id from stage_due where stage = 'verifying'
  union all select 'verified_on_time', case_id from stage_due where stage = 'verifying' and in_time
  union all select 'sent_to_verify', case_id from change where from_state = 'reported' and to_state = 'verifying'
  union all select 'sent_to_verify_on_time', d.case_id from stage_due d join change c on c.case_id = d.case_id
    where d.stage = 'acceptance' and d.in_time and c.from_state = 'reported' and c.to_state = 'verifying'
  union all select 'to_check', case_id from stage_due where stage = 'checking'
  union all select 'checked_on_time', case_id from stage_due where stage = 'checking' and in_time
  union all select 'sent_to_check', case_id from change where from_state = 'handled' and to_state = 'checking'
  union all select 'sent_to_check_on_time', d.case_id from stage_due d where d.stage = 'send_check' and d.in_time
    and exists (select from change c where c.case_id = d.case_id and c.to_state = 'checking' and c.at = d.finished_at)
  union all select 'accepted', case_id from change where from_state = 'reported' and to_state in ('accepted', 'verifying')
  union all select 'closings', case_id from stage_due where stage = 'closing'
  union all select 'closings_on_time', case_id from stage_due where stage = 'closing' and in_time
  union all select 'public_verified', c.case_id from change c join case_channel n on n.code = c.channel
    where c.from_state = 'verifying' and c.to_state = 'accepted' and n.kind <> 'worker'
  union all select 'supervisor_verified', c.case_id from change c
    where c.from_state = 'accepted' and c.to_state = 'filed' and c.channel = 'inspection'
  union all (select distinct 'reworks', case_id from change where from_state = 'checking' and to_state = 'filed')
  union all select 'ended', case_id from closed
  union all select 'answered', case_id from closed c
    where not exists (select from case_reporter r where r.case_id = c.case_id and r.answered_at is null)
  union all select 'to_sign', case_id from stage_due where stage = 'signing'
  union all select 'signed_on_time', case_id from stage_due where stage = 'signing' and in_time
  union all select 'visited', case_id from visit
  union all select 'solved', case_id from visit where solved
  union all select outcome, case_id from visit
  union all select 'supervisions', v.case_id from case_supervision v join scope s on s.id = v.case_id where v.at >= $1 and v.at < $2
  union all select 'supervisions_answered', v.case_id from case_supervision v join scope s on s.id = v.case_id
    where v.at >= $1 and v.at < $2 and v.reply is not null
)
select key, count(*) as total,
  case when $6::text is not null then (array_agg(distinct case_id) filter (where case_id < $7::bigint)) end as cases
from counted where $6 is null or key = $6 group by key;

-- name: cases_of : cases by their ids, newest first
select * from case_file where id = any ($1::bigint[]) order by id desc;

-- name: volumes : how much each department handled in a period, and each operator and dispatcher did
select department_code, count(*) as total from case_clock
where stage = 'handling' and finished_at >= $1 and finished_at < $2 and on_time is not null and department_code is not null
group by department_code;
