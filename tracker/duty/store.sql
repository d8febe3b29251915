-- name: lock_worker : presses for one worker are worked off one after the other, in any number of processes
select id from worker where id = $1 for no key update;

-- name: read_shifts : every shift that may still be asked about
select worker_id, started_at, ended_at, source from duty_shift
where ended_at is null or ended_at >= $1 order by worker_id, started_at;

-- name: read_shifts_of : the same for one worker
select worker_id, started_at, ended_at, source from duty_shift
where worker_id = $1 and (ended_at is null or ended_at >= $2) order by started_at;

-- name: read_shifts_of_some : the same for several
select worker_id, started_at, ended_at, source from duty_shift
where worker_id = any($1::integer[]) and (ended_at is null or ended_at >= $2);

-- name: read_changed : what any process changed since an instant of the database's clock
select worker_id, started_at, ended_at, source from duty_shift where changed_at >= $1;

-- name: read_clock : the database's clock
select now();

-- name: write_shift : a shift, or a later state of it
insert into duty_shift (worker_id, started_at, ended_at, source) values ($1, $2, $3, $4)
on conflict (worker_id, started_at) do update
set ended_at = excluded.ended_at, source = excluded.source, changed_at = now();

-- name: close_overdue : open shifts end at the limit
update duty_shift set ended_at = started_at + $2::interval, source = 'limit', changed_at = now()
where ended_at is null and started_at <= $1
returning worker_id, started_at, ended_at, source;

-- name: fingerprint_schedules : changes when any schedule does
select concat(count(*), ':', bit_xor(hashtextextended(concat_ws(' ', worker_id, weekday, starts, ends), 0)))
from duty_schedule;

-- name: read_schedules : every weekly window
select worker_id, weekday, to_char(starts, 'HH24:MI') as starts, to_char(ends, 'HH24:MI') as ends
from duty_schedule order by worker_id, weekday, starts;

-- name: clear_schedule : before a worker's schedule is written anew
delete from duty_schedule where worker_id = $1;

-- name: write_window : one window of a schedule; text, because the driver knows no 24:00
insert into duty_schedule (worker_id, weekday, starts, ends) values ($1, $2, $3::text::time, $4::text::time);

-- name: add_dropped : how many fixes were not stored because the worker was off duty
insert into duty_dropped (worker_id, day, fixes)
select * from unnest($1::integer[], $2::date[], $3::integer[])
on conflict (worker_id, day) do update set fixes = duty_dropped.fixes + excluded.fixes;
