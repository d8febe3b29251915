-- name: around : Segments that may hold each worker's newest fix at $3; $2 = quarter of an hour before, $4 = local midnight.
with here as (
  select worker_id, started_at, ended_at, data from segment
  where worker_id = any($1::integer[]) and started_at between $4 and $3 and ended_at >= $2
)
select worker_id, started_at, data from here where ended_at > $3
union all
(select distinct on (worker_id) worker_id, started_at, data from here
 where ended_at <= $3 order by worker_id, ended_at desc);

-- name: in_span : Segments of some workers that touch $2 to $3; $4 = local midnight.
select worker_id, started_at, data from segment
where worker_id = any($1::integer[]) and started_at between $4 and $3 and ended_at >= $2;
