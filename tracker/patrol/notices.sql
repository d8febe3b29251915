-- name: add_urge : A supervisor's urging of one worker.
insert into patrol_notice (worker_id, kind, text, created_at, created_by, day, ordinal)
values ($1, 'urge', $2, $3, $4, $5, $6) returning id;

-- name: newest_urge : When the worker was last urged.
select max(created_at) from patrol_notice where worker_id = $1 and kind = 'urge' and withdrawn_at is null;

-- name: withdraw : Take an urging back within a moment, by who sent it; an answered one stays.
update patrol_notice set withdrawn_at = $3
where id = $1 and created_by = $2 and kind = 'urge' and created_at >= $4 and answered_at is null and withdrawn_at is null
returning worker_id, seen_at;

-- name: urge_of : Who urged whom.
select worker_id, created_by, created_at, answered_at, withdrawn_at from patrol_notice where id = $1 and kind = 'urge';

-- name: lock_automatic : Only one process at a time writes reminders, so that each is written once.
select pg_advisory_xact_lock(1397706830);

-- name: add_automatic : One reminder or alarm per worker and round; not for who is on leave.
insert into patrol_notice (worker_id, kind, text, created_at, day, ordinal)
select n.worker_id, $2, n.text, $3, $4, n.ordinal
from unnest($1::integer[], $5::text[], $6::smallint[]) as n (worker_id, text, ordinal)
where not exists (
    select from patrol_notice o
    where o.worker_id = n.worker_id and o.day = $4 and o.ordinal = n.ordinal and o.kind = $2)
  and not exists (
    select from patrol_leave l where l.worker_id = n.worker_id and $4 between l.from_day and l.to_day)
returning id, worker_id, ordinal, text;

-- name: for_phone : What a phone shows: not answered, not older than $2.
select id, kind, text, created_at from patrol_notice
where worker_id = $1 and created_at >= $2 and answered_at is null and withdrawn_at is null order by id desc limit 20;

-- name: mark_seen : The phone has fetched them.
update patrol_notice set seen_at = $2 where id = any($1::bigint[]) and seen_at is null;

-- name: add_answer : The worker's answer; only the first counts.
update patrol_notice set answer = $3, answered_at = $4, seen_at = coalesce(seen_at, $4)
where id = $1 and worker_id = $2 and answered_at is null and withdrawn_at is null
returning kind, day, ordinal;

-- name: is_known : Whether the notice is this worker's.
select exists (select from patrol_notice where id = $1 and worker_id = $2);

-- name: urged_today : The newest urging of each worker on a day, with its answer.
select distinct on (worker_id) worker_id, created_at, seen_at, answer, answered_at from patrol_notice
where worker_id = any($1::integer[]) and day = $2 and kind = 'urge' and withdrawn_at is null order by worker_id, id desc;

-- name: last_seen : Newest stored position of each worker.
select worker_id, recorded_at, lat_e7, lon_e7 from latest where worker_id = any($1::integer[]) and recorded_at > 'epoch';
