-- Land that is closed to patrols for a time: a building site, a flood, a quarantine.
create table closed_area (
  id         integer generated always as identity primary key,
  area_code  text not null check (area_code ~ '^[0-9]{12}([0-9]{3})?$'),  -- the smallest division or grid that holds all of it: who may end it
  grids      text[] not null,                                   -- those of which it takes something
  reason     text not null,
  geometry   bytea not null,                                    -- WKB, degrees, cut to the grids
  valid_from date not null,
  valid_to   date,                                              -- exclusive
  created_at timestamptz not null,
  created_by integer,
  check (valid_to is null or valid_to > valid_from)
);
