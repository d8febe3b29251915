-- name: add_leave : Leave of a worker, unless it overlaps another of theirs.
insert into patrol_leave (worker_id, from_day, to_day, reason, created_by)
select $1, $2::date, $3::date, $4, $5
where not exists (select from patrol_leave where worker_id = $1 and from_day <= $3::date and to_day >= $2::date)
returning worker_id;
