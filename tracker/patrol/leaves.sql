-- name: add_leave : Leave of a worker, unless it overlaps another of theirs.
insert into patrol_leave (worker_id, from_day, to_day, reason, created_by)
select $1, $2::date, $3::date, $4, $5
where not exists (select from patrol_leave where worker_id = $1 and from_day <= $3::date and to_day >= $2::date)
returning worker_id;

-- name: page : Leaves of some workers that touch the days $2 to $3, in order of their number from $4 on.
select worker_id, from_day, to_day, reason from patrol_leave
where worker_id = any($1::integer[]) and from_day <= $3 and to_day >= $2
  and worker_id::bigint * 100000 + (from_day - date '1970-01-01') > $4
order by worker_id, from_day limit $5;

-- name: one : One leave, locked until it is changed.
select worker_id, from_day, to_day, reason from patrol_leave where worker_id = $1 and from_day = $2::date for update;

-- name: next_leave : When the worker's next leave after this one begins.
select min(from_day) from patrol_leave where worker_id = $1 and from_day > $2::date;

-- name: change_leave : Another last day.
update patrol_leave set to_day = $3::date where worker_id = $1 and from_day = $2::date;

-- name: drop_leave : It was never meant; the audit keeps that it was there.
delete from patrol_leave where worker_id = $1 and from_day = $2::date;
