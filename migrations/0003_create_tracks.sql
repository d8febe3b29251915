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
  raw         bytea,                                            -- coordinates as sent where the datum was not WGS-84
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
