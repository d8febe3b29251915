-- name: add_latest : Make the row whose lock orders the writers of a worker.
insert into latest (worker_id, recorded_at, received_at, lat_e7, lon_e7, flags, device_id)
select unnest($1::integer[]), 'epoch', 'epoch', 0, 0, 0, 0
on conflict do nothing;

-- name: lock_latest : Newest stored time of each worker, locked until the commit, always in the same order.
select worker_id, recorded_at from latest where worker_id = any($1::integer[]) order by worker_id for update;

-- name: overlapping : Stored segments that may hold fixes sent again; $2 is local midnight before the first fix $3.
select s.worker_id, s.started_at, s.ordinal, s.data
from unnest($1::integer[], $2::timestamptz[], $3::timestamptz[], $4::timestamptz[]) as w (worker_id, midnight, first, last)
join segment s on s.worker_id = w.worker_id and s.started_at between w.midnight and w.last and s.ended_at >= w.first;

-- name: move_latest : Newest positions; the dot only moves forward in time.
update latest l
set recorded_at = n.recorded_at, received_at = n.received_at, lat_e7 = n.lat_e7, lon_e7 = n.lon_e7,
    accuracy_dm = n.accuracy_dm, speed_cms = n.speed_cms, bearing_cdeg = n.bearing_cdeg, battery = n.battery,
    flags = n.flags, device_id = n.device_id
from unnest($1::integer[], $2::timestamptz[], $3::timestamptz[], $4::integer[], $5::integer[], $6::integer[],
            $7::integer[], $8::integer[], $9::smallint[], $10::integer[], $11::integer[])
  as n (worker_id, recorded_at, received_at, lat_e7, lon_e7, accuracy_dm, speed_cms, bearing_cdeg, battery, flags, device_id)
where l.worker_id = n.worker_id and l.recorded_at < n.recorded_at;

-- name: add_quarantine : Parts of messages that cannot be stored, with the reason.
insert into quarantine (received_at, device_id, worker_id, dialect, reason, field, value, body)
select * from unnest($1::timestamptz[], $2::integer[], $3::integer[], $4::smallint[], $5::text[], $6::text[], $7::text[], $8::bytea[]);

-- name: all_latest : Newest position of every worker, for the live board at the start.
select worker_id, recorded_at, received_at, lat_e7, lon_e7, accuracy_dm, speed_cms, bearing_cdeg, battery, flags
from latest where recorded_at > 'epoch';

-- name: one_latest : Newest position of one worker.
select worker_id, recorded_at, received_at, lat_e7, lon_e7, accuracy_dm, speed_cms, bearing_cdeg, battery, flags
from latest where worker_id = $1 and recorded_at > 'epoch';

-- name: worker_segments : One worker's segments that touch a time span; $2 is local midnight before its begin.
select started_at, data, fixes from segment
where worker_id = $1 and started_at between $2 and $4 and ended_at >= $3
order by started_at, ordinal;

-- name: present : Workers that were in any of these resolution-9 cells, from the quarter hour that begins at $2 until $3.
select worker_id from presence
where cell = any($1::bigint[]) and slot between $2 and $3
  and slot = any(array(select generate_series($2::timestamptz, $3, interval '15 minutes')))  -- one look at the key for each
union
select worker_id from presence_day
where cell = any($1) and midnight between date_trunc('day', $2, 'Asia/Shanghai') and $3
  and quarters & quarters_between(midnight, $2, $3) <> b'0'::bit(96);

-- name: segments_of_workers : Segments of several workers that touch a time span.
select worker_id, started_at, data from segment
where worker_id = any($1::integer[]) and started_at between $2 and $4 and ended_at >= $3
order by worker_id, started_at, ordinal;

-- name: activity : The quarter hours in which each worker was seen, for each local day one text of 96 digits 0 or 1 a worker.
with slots as materialized (
  select slot, midnight, quarters_between(midnight, slot, slot) as quarter
  from (
    select slot, date_trunc('day', slot, 'Asia/Shanghai') as midnight
    from generate_series($2::timestamptz, $3, interval '15 minutes') as slot
  ) as days
)
select midnight, string_agg(quarters::text, '') as quarters
from (
  select midnight, worker_id, bit_or(quarters) as quarters
  from (
    select s.midnight, p.worker_id, bit_or(s.quarter) as quarters
    from (select distinct slot, worker_id from presence where slot >= $2 and slot < $3) as p join slots as s using (slot)
    group by 1, 2
    union all
    select midnight, worker_id, quarters from presence_day
    where midnight >= date_trunc('day', $2, 'Asia/Shanghai') and midnight < $3
  ) as seen join unnest($1::integer[]) as w (id) on w.id = worker_id  -- a prepared `= any` walks the list for every row
  group by 1, 2
) as days
group by midnight;

-- name: quarantine_page : Quarantined parts, newest first, of workers in the caller's area.
select q.id, q.received_at, q.device_id, q.worker_id, q.dialect, q.reason, q.field, q.value,
       encode(substring(q.body from 1 for 2000), 'escape') as body
from quarantine q
where q.id < $1 and (q.worker_id = any($2::integer[]) or ($3 and q.worker_id is null))
order by q.id desc limit $4;

-- name: forget_quarantine : Quarantined parts older than the retention.
delete from quarantine where received_at < $1;

-- name: last_of_all : Newest stored time of every worker, with each segment that `latest` is behind of, the oldest first.
select l.worker_id, l.recorded_at, s.started_at, s.received_at, s.device_id, s.data
from latest l left join lateral (
  select started_at, ended_at, received_at, device_id, data from segment
  where worker_id = l.worker_id and ended_at > l.recorded_at
    and started_at >= date_trunc('day', l.recorded_at, 'Asia/Shanghai')
) as s on true
order by s.ended_at;

-- name: try_alone : Be the only writer of tracks, if no other process writes.
select pg_try_advisory_lock($1);

-- name: share : Write beside others; waits for one that is alone until it shares.
select pg_advisory_lock_shared($1);

-- name: share_once : Write beside others until the end of this transaction.
select pg_advisory_xact_lock_shared($1);

-- name: ask_to_share : Tell the one that is alone.
select pg_notify($1, '');

-- name: stop_alone : End being alone; the shared lock stays.
select pg_advisory_unlock($1);

-- name: stop_sharing : End sharing; the lock of its own stays.
select pg_advisory_unlock_shared($1);
