-- name: try_lock : One process at a time compacts; held until the end of the transaction.
select pg_try_advisory_xact_lock(1396789572);

-- name: leaves : Leaves with something written in them, the oldest day first; an empty index of ours has at most five pages.
select c.relname as name, pg_relation_size(c.oid) as bytes
from pg_class c
where c.relkind = 'r' and c.relname ~ '^segment_[0-9]{8}_hot$' and (pg_relation_size(c.oid) > 0 or pg_indexes_size(c.oid) > 1048576)
order by 1;

-- name: waiting : The next rows of one day ($1 to $2) that ended before $3 and were received before $6, from a worker on.
select worker_id, started_at, ordinal, ended_at, received_at, device_id, dialect, skew_ms, fixes, data, raw, parts
from segment
where not packed and started_at >= $1 and started_at < $2 and ended_at < $3 and received_at < $6 and worker_id >= $4
order by worker_id, started_at, ordinal limit $5;

-- name: packed_already : Packed rows of the spans that late rows belong to; $3 and $4 bound the day.
select s.worker_id, s.started_at, s.ordinal, s.ended_at, s.received_at, s.device_id, s.dialect, s.skew_ms, s.fixes, s.data, s.raw, s.parts
from unnest($1::integer[], $2::timestamptz[]) as h (worker_id, span)
join segment s on s.worker_id = h.worker_id and s.started_at >= h.span and s.started_at < h.span + interval '2 hours'
where s.packed and s.started_at >= $3 and s.started_at < $4;

-- name: forget_rows : Take out what the packed rows replace; $5 and $6 bound the day.
delete from segment s
using unnest($1::integer[], $2::timestamptz[], $3::smallint[], $4::boolean[]) as k (worker_id, started_at, ordinal, packed)
where s.worker_id = k.worker_id and s.started_at = k.started_at and s.ordinal = k.ordinal and s.packed = k.packed
  and s.started_at >= $5 and s.started_at < $6;

-- name: pack_presence : Turn a share of a day's presence ($1 to $2) into a row for each cell and worker; $4 of $3 shares.
with gone as (
  delete from presence where slot >= $1 and slot < $2 and worker_id % $3 = $4 returning cell, slot, worker_id
)
insert into presence_day (cell, midnight, worker_id, quarters)
select cell, $1, worker_id, bit_or(quarters_between($1, slot, slot)) from gone group by cell, worker_id order by cell;

-- name: reclaim : Whether the files of an emptied leaf were given back.
select reclaim_leaf($1::text::regclass);
