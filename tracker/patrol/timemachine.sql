-- name: around : Segments that may hold each worker's newest fix at $3; $2 = quarter of an hour before, $4 = local midnight.
-- Most uploads are short, and packed rows end after two hours: a few steps in each worker's index. Bursts of phones that were
-- without network have an index of their own.
select s.worker_id, s.started_at, s.data
from unnest($1::integer[]) as w (worker_id)
cross join lateral (
  (select worker_id, started_at, data from segment
   where worker_id = w.worker_id and ended_at > $3::timestamptz
     and started_at between greatest($2::timestamptz - interval '15 minutes', $4::timestamptz) and $3::timestamptz)
  union all
  (select worker_id, started_at, data from segment
   where worker_id = w.worker_id and ended_at between $2::timestamptz and $3::timestamptz
     and started_at between greatest($2::timestamptz - interval '15 minutes', $4::timestamptz) and $3::timestamptz
   order by ended_at desc limit 1)
  union all
  (select worker_id, started_at, data from segment
   where worker_id = w.worker_id and packed and ended_at >= $2::timestamptz
     and started_at between greatest($2::timestamptz - interval '2 hours', $4::timestamptz) and $2::timestamptz - interval '15 minutes')
) as s
union all
select worker_id, started_at, data from segment
where worker_id = any($1::integer[]) and not packed and ended_at >= $2::timestamptz and ended_at - started_at > interval '15 minutes'
  and started_at >= $4::timestamptz and started_at < $2::timestamptz - interval '15 minutes';

-- name: in_span : Segments of some workers that touch $2 to $3; $4 = local midnight.
select worker_id, started_at, data from segment
where worker_id = any($1::integer[]) and started_at between $4 and $3 and ended_at >= $2;
