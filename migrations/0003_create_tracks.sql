-- Where everybody was: segments of fixes (one row per upload and day), the presence index, latest positions, and the quarantine.
create table segment (
  worker_id   integer not null,
  started_at  timestamptz not null,                             -- time of the first fix
  ordinal     smallint not null default 0,                      -- tells segments apart that start with the same instant
  ended_at    timestamptz not null,                             -- time of the last fix
  received_at timestamptz not null,
  device_id   integer not null,
  dialect     smallint not null,                                -- tracker/tracks/model.py: Dialect
  skew_ms     integer,                                          -- server clock - phone clock at this upload, null = unknown
  fixes       smallint not null check (fixes > 0),
  data        bytea not null,                                   -- tracker/tracks/segment.py: format
  raw         bytea,                                            -- datum (1 gcj02, 2 bd09) and coordinates as sent where it was not WGS-84
  primary key (worker_id, started_at, ordinal)
) partition by range (started_at);

create table presence (
  cell      bigint not null,                                    -- H3 resolution 9
  slot      timestamptz not null,                               -- start of the quarter hour
  worker_id integer not null,
  primary key (cell, slot, worker_id)
) partition by range (slot);

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

-- One row per fix. Filter on worker_id and segment_started_at (never on recorded_at alone) so that partitions are pruned:
-- a segment never crosses a local day, so a day's fixes have segment_started_at inside the same day.
create view fix as
select
  s.worker_id,
  s.started_at + segment_i32(s.data, o.at) * interval '1 millisecond' as recorded_at,
  segment_i32(s.data, o.at + 4) / 1e7::double precision               as lat,
  segment_i32(s.data, o.at + 8) / 1e7::double precision               as lon,
  nullif(segment_u16(s.data, o.at + 12), 65535) / 10.0::real          as accuracy_m,
  nullif(segment_u16(s.data, o.at + 14), 65535) / 100.0::real         as speed_mps,
  nullif(segment_u16(s.data, o.at + 16), 65535) / 100.0::real         as bearing_deg,
  nullif((segment_u16(s.data, o.at + 18) + 32768) % 65536 - 32768, -32768) as altitude_m,
  nullif(get_byte(s.data, o.at + 20), 255)                            as battery,
  segment_u16(s.data, o.at + 21)                                      as flags,
  s.received_at,
  s.device_id,
  s.dialect,
  s.skew_ms,
  s.started_at                                                        as segment_started_at
from segment s
cross join lateral (select 1 + 23 * n as at from generate_series(0, s.fixes - 1) as n) as o;
