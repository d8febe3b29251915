-- Patrol (一日三巡): plans with their rounds, the calendar, key points, reachable cells, the rounds' results, signals, urging.
create table patrol_plan (
  id             integer generated always as identity primary key,
  area_code      text not null check (area_code ~ '^[0-9]{12}([0-9]{3})?$'),  -- the most specific plan of a grid holds
  valid_from     date not null,
  valid_to       date,                                          -- exclusive
  rounds         jsonb not null,                                -- [{"name","starts":"06:00","ends":"10:00","weekdays":[1..7],"days":"all|work|rest"}]
  min_coverage   real not null check (min_coverage between 0 and 1),
  min_minutes    smallint not null check (min_minutes between 0 and 1440),
  all_key_points boolean not null,
  min_confidence real not null check (min_confidence between 0 and 1),
  sight_radius_m smallint not null check (sight_radius_m between 10 and 100),
  walkers        text not null check (walkers in ('grid', 'village')),  -- whose steps count: the grid's own workers, or any of its village
  created_at     timestamptz not null default now(),
  created_by     integer,
  check (valid_to is null or valid_to > valid_from)
);
create index patrol_plan_area on patrol_plan (area_code, valid_from);

create table calendar_day (
  day  date primary key,
  kind text not null check (kind in ('rest', 'work')),          -- what differs from the weekday: holiday, or 调休 workday
  name text not null
);

create table key_point (
  id         integer generated always as identity primary key,
  grid_code  text not null,
  name       text not null,
  kind       text not null,                                     -- fire, well, school, bridge, water, road, other
  lon        double precision not null,
  lat        double precision not null,
  radius_m   smallint not null default 30 check (radius_m between 10 and 200),
  checklist  text[] not null default '{}',
  valid_from date not null,
  valid_to   date
);
create index key_point_grid on key_point (grid_code);

create table reachable (
  grid_code  text not null,
  valid_from date not null,
  source     text not null check (source in ('lanes', 'points', 'tracks', 'drawn', 'unknown')),
  cells      bigint[] not null,                                 -- H3 cells in ascending order: the order of a round's bitmap
  why        bytea not null,                                    -- a byte a cell: tracker/patrol/reachable.py says what its bits mean
  created_at timestamptz not null default now(),
  created_by integer,
  primary key (grid_code, valid_from)
);

create table walked_cell (                                      -- cells outside the reachable ones that were walked in accepted rounds
  grid_code text not null,
  cell      bigint not null,
  day       date not null,
  worker_id integer not null,
  primary key (grid_code, cell, day, worker_id)
);
create index walked_cell_day on walked_cell (day);

create table patrol_round (
  grid_code     text not null,
  day           date not null,                                  -- Asia/Shanghai
  ordinal       smallint not null,                              -- 1, 2, 3 … of the day
  plan_id       integer not null,
  starts_at     timestamptz not null,
  ends_at       timestamptz not null,
  state         text not null check (state in ('waiting', 'open', 'done', 'late', 'missed', 'no_data', 'excused')),
  cells         integer not null,                               -- in spots, seven to a cell: tracker/patrol/spots.py
  covered       integer not null,
  bitmap        bytea not null,                                 -- bit i: spot i of the reachable cells was seen
  minutes       real not null,
  key_points    smallint not null,
  visited       smallint not null,
  confidence    real not null,
  longest_gap_s integer not null,
  fixes         integer not null,
  done_at       timestamptz,                                    -- when every criterion was met
  revised_at    timestamptz,                                    -- late data changed the round after its end
  updated_at    timestamptz not null,
  primary key (grid_code, day, ordinal)
);
create index patrol_round_day on patrol_round (day);

create function in_cells(spots bigint) returns double precision   -- as people are told: to a tenth of a cell, rounded down
  language sql immutable strict parallel safe
  return floor(spots * 10 / 7) / 10;

create table patrol_walk (
  worker_id     integer not null,
  grid_code     text not null,
  day           date not null,
  ordinal       smallint not null,
  bitmap        bytea not null,
  minutes       real not null,
  fixes         integer not null,
  longest_gap_s integer not null,
  confidence    real not null,
  visited       integer[] not null default '{}',                -- key points
  updated_at    timestamptz not null,
  primary key (worker_id, day, ordinal, grid_code)
);
create index patrol_walk_grid on patrol_walk (grid_code, day);

create table patrol_leave (
  worker_id  integer not null,
  from_day   date not null,
  to_day     date not null,                                     -- inclusive
  reason     text not null,
  created_by integer,
  primary key (worker_id, from_day),
  check (to_day >= from_day)
);

create table patrol_signal (
  id         bigint generated always as identity primary key,
  worker_id  integer not null,
  day        date not null,
  kind       text not null,                                     -- mock, teleport, frozen, constant_accuracy, constant_interval, copied, together, driving
  evidence   jsonb not null,
  found_at   timestamptz not null default now(),
  decision   text check (decision in ('confirmed', 'dismissed')),
  decided_by integer,
  decided_at timestamptz,
  note       text not null default '',
  unique (worker_id, day, kind)
);
create index patrol_signal_open on patrol_signal (found_at) where decision is null;

create table patrol_notice (
  id         bigint generated always as identity primary key,
  worker_id  integer not null,
  kind       text not null check (kind in ('urge', 'reminder', 'alarm')),  -- 督促, automatic before the end, after it
  text       text not null,
  created_at timestamptz not null default now(),
  created_by integer,
  day        date,
  ordinal    smallint,
  seen_at    timestamptz,
  answer     text,
  answered_at timestamptz,
  withdrawn_at timestamptz                                      -- taken back by who sent it: phones no longer show it
);
create index patrol_notice_worker on patrol_notice (worker_id, id);

create table patrol_dispute (
  id         bigint generated always as identity primary key,
  worker_id  integer not null,
  grid_code  text not null,
  day        date not null,
  ordinal    smallint not null,
  text       text not null,
  created_at timestamptz not null default now(),
  decision   text check (decision in ('accepted', 'refused')),
  decided_by integer,
  decided_at timestamptz,
  note       text not null default ''
);

create table patrol_tick (                                      -- lines of key points' checklists, as phones said last
  key_point_id integer not null,
  day          date not null,
  ordinal      smallint not null,
  line         smallint not null,                               -- from 0
  worker_id    integer not null,
  is_done      boolean not null,                                -- false: the tick was taken away again
  at           timestamptz not null,                            -- by the phone's clock; the newest counts
  received_at  timestamptz not null,
  primary key (key_point_id, day, ordinal, line, worker_id)
);
