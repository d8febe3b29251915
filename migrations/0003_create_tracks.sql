-- Where everybody was: segments of fixes (one row per upload and day, later one per two hours), the presence index, latest positions, and the quarantine.
create table segment (                                        -- in the order of width: no byte is lost to alignment
  started_at  timestamptz not null,                             -- time of the first fix
  ended_at    timestamptz not null,                             -- time of the last fix
  received_at timestamptz not null,                             -- of several uploads: the last
  worker_id   integer not null,
  device_id   integer not null,
  skew_ms     integer,                                          -- server clock - phone clock at this upload, null = unknown
  ordinal     smallint not null default 0,                      -- tells segments apart that start with the same instant
  dialect     smallint not null,                                -- tracker/tracks/model.py: Dialect
  fixes       smallint not null check (fixes > 0),
  packed      boolean not null default false,                   -- compacted: all uploads of two hours, in a partition of its own
  data        bytea not null,                                   -- tracker/tracks/segment.py: format
  raw         bytea,                                            -- datum (1 gcj02, 2 bd09) and coordinates as sent where it was not WGS-84
  parts       bytea,                                            -- of packed rows: which fixes came with which upload (compact_rows.py)
  primary key (worker_id, started_at, ordinal, packed),
  check (packed = (parts is not null))
) partition by range (started_at);                              -- a local day, each split by `packed`: tracker/tracks/partitions.py

create table presence (
  cell      bigint not null,                                    -- H3 resolution 9
  slot      timestamptz not null,                               -- start of the quarter hour
  worker_id integer not null                                    -- now and then twice: after a restart, or by two processes
) partition by range (slot);
-- What comes now has this slot, so only a few pages change. A unique key cost two and a half times the log.
create index presence_slot on presence (slot, cell);

create table presence_day (                                     -- what compaction makes of a past day of `presence`
  cell      bigint not null,
  midnight  timestamptz not null,                               -- the local day
  worker_id integer not null,                                   -- once more for what came late
  quarters  bit(96) not null                                    -- the quarter hours of the day, the first one leftmost
) partition by range (midnight);
create index presence_day_cell on presence_day (cell);

-- The quarter hours of a local day from one instant to another, both included.
create function quarters_between(midnight timestamptz, first timestamptz, last timestamptz) returns bit(96)
  language sql immutable strict parallel safe
  return (~ b'0'::bit(96) >> greatest(0, floor(extract(epoch from first - midnight) / 900)::integer))
       & (~ b'0'::bit(96) << 95 - least(95, floor(extract(epoch from last - midnight) / 900)::integer));

-- One row for each cell, quarter hour and worker, whichever way it is stored. Filter on `slot` only to read a little.
create view present as
select cell, slot, worker_id from presence
union
select cell, midnight + i * interval '15 minutes', worker_id
from presence_day cross join generate_series(0, 95) as i
where get_bit(quarters, i) = 1;

create table latest (
  worker_id    integer primary key,
  recorded_at  timestamptz not null,
  received_at  timestamptz not null,
  lat_e7       integer not null,
  lon_e7       integer not null,
  accuracy_dm  integer,
  speed_cms    integer,
  bearing_cdeg integer,
  battery      smallint,
  flags        integer not null,
  device_id    integer not null
) with (fillfactor = 50);

create table quarantine (
  id          bigint generated always as identity primary key,
  received_at timestamptz not null default now(),
  device_id   integer,
  worker_id   integer,
  dialect     smallint not null,
  reason      text not null,
  field       text not null default '',
  value       text not null default '',
  body        bytea not null                                    -- the offending part, at most 16 KiB
);
create index quarantine_at on quarantine (received_at);

-- Readers of the segment format for any SQL tool (format: tracker/tracks/segment.py).
create function segment_u16(data bytea, at integer) returns integer
  language sql immutable strict parallel safe
  return (get_byte(data, at) << 8) | get_byte(data, at + 1);

create function segment_i32(data bytea, at integer) returns integer
  language sql immutable strict parallel safe
  return (get_byte(data, at) << 24) | (get_byte(data, at + 1) << 16) | (get_byte(data, at + 2) << 8) | get_byte(data, at + 3);

-- Whole numbers in few bits (format: tracker/tracks/compact_columns.py), one row per number.
create function packed_columns(packed bytea) returns table (number integer, n integer, value bigint)
  language sql immutable strict parallel safe
begin atomic
  with shape as (
    select get_byte(packed, 0) as columns, segment_u16(packed, 1) as rows, (segment_u16(packed, 1) + 31) / 32 as blocks
  ), block as (
    select b / blocks as number, b % blocks * 32 as first, least(32, rows - b % blocks * 32) as size,
           get_byte(packed, 3 + 11 * columns + b) as width, 3 + (11 + blocks) * columns as body, b
    from shape, generate_series(0, columns * blocks - 1) as b
  ), placed as (
    select number, first, size, width, (size * width + 7) / 8 as bytes,
           body + sum((size * width + 7) / 8) over (order by b) - (size * width + 7) / 8 as at
    from block
  ), residual as (
    select p.number, p.first + j as n, 3 + 11 * p.number as head,
           (substring(('x' || encode(substring(packed from p.at::integer + 1 for p.bytes), 'hex'))::bit varying
                      from j * p.width + 1 for p.width)::bit(40) >> (40 - p.width))::bigint as r
    from placed as p, generate_series(0, p.size - 1) as j
  ), step as (
    select r.number, r.n, get_byte(packed, r.head) as mode, case
             when get_byte(packed, r.head) > 0 and r.n = 0 then segment_i32(packed, r.head + 3)::bigint
             when get_byte(packed, r.head) = 1 then ((r.r >> 1) # -(r.r & 1)) * segment_u16(packed, r.head + 1)
             else r.r * segment_u16(packed, r.head + 1) + segment_i32(packed, r.head + 7)
           end as value
    from residual as r
  )
  select s.number, s.n, case when s.mode = 0 then s.value else (sum(s.value) over (partition by s.number order by s.n))::bigint end
  from step as s;
end;

-- A segment as plain records, whichever way it is stored.
create function segment_plain(data bytea) returns bytea
  language sql immutable strict parallel safe
begin atomic
  select case when get_byte(data, 0) = 1 then data else (
    select '\x01'::bytea || string_agg(record, ''::bytea order by n)
    from (
      select n, string_agg(case
        when number < 3 then int4send(value::integer)
        when number = 7 then substring(int4send(value::integer) from 4)
        else substring(int4send(value::integer) from 3)
      end, ''::bytea order by number) as record
      from packed_columns(substring(data from 2)) group by n
    ) as records
  ) end;
end;

-- When each fix of a segment was received, and the skew of its upload (format: tracker/tracks/compact_rows.py).
create function segment_receipts(started_at timestamptz, received_at timestamptz, skew_ms integer, fixes integer, parts bytea)
  returns table (n integer, received_at timestamptz, skew_ms integer)
  language sql stable parallel safe
begin atomic
  select i, $2, $3 from generate_series(0, $4 - 1) as i where $5 is null
  union all
  select (p.before + i)::integer, $1 + p.days * interval '24 hours' + p.ms * interval '1 millisecond', p.skew
  from (
    select fixes, days, ms, skew, sum(fixes) over (order by n) - fixes as before
    from (
      select c.n, max(value) filter (where number = 0) as fixes, max(value) filter (where number = 1) as days,
             max(value) filter (where number = 2) as ms, nullif(max(value) filter (where number = 3), -2147483648)::integer as skew
      from packed_columns($5) as c group by c.n
    ) as wide
  ) as p cross join generate_series(0, p.fixes - 1) as i;
end;

-- One row per fix. Filter on worker_id and segment_started_at (never on recorded_at alone) so that partitions are pruned:
-- a segment never crosses a local day, so a day's fixes have segment_started_at inside the same day.
create view fix as
select
  s.worker_id,
  s.started_at + segment_i32(p.data, o.at) * interval '1 millisecond' as recorded_at,
  segment_i32(p.data, o.at + 4) / 1e7::double precision               as lat,
  segment_i32(p.data, o.at + 8) / 1e7::double precision               as lon,
  nullif(segment_u16(p.data, o.at + 12), 65535) / 10.0::real          as accuracy_m,
  nullif(segment_u16(p.data, o.at + 14), 65535) / 100.0::real         as speed_mps,
  nullif(segment_u16(p.data, o.at + 16), 65535) / 100.0::real         as bearing_deg,
  nullif((segment_u16(p.data, o.at + 18) + 32768) % 65536 - 32768, -32768) as altitude_m,
  nullif(get_byte(p.data, o.at + 20), 255)                            as battery,
  segment_u16(p.data, o.at + 21)                                      as flags,
  r.received_at,
  s.device_id,
  s.dialect,
  r.skew_ms,
  s.started_at                                                        as segment_started_at
from segment s
cross join lateral (select segment_plain(s.data) as data offset 0) as p  -- offset: once for a segment, not for each value
cross join lateral segment_receipts(s.started_at, s.received_at, s.skew_ms, s.fixes, s.parts) as r
cross join lateral (select 1 + 23 * r.n as at) as o;

-- Give back the files of a leaf that compaction has emptied. Its rows must be gone for every snapshot, which an empty file
-- after a vacuum proves; a leaf that anybody uses now is left for the next time, so that nobody waits behind us.
create function reclaim_leaf(leaf regclass) returns boolean
  language plpgsql
as $$
begin
  execute format('lock table %s in access exclusive mode nowait', leaf);
  if pg_relation_size(leaf) > 0 then
    return false;
  end if;
  execute format('truncate %s', leaf);
  return true;
exception when lock_not_available then
  return false;
end;
$$;
