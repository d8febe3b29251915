-- When a worker may be tracked: shifts opened on the phone, and weekly schedules for apps that cannot say it.
create table duty_shift (
  worker_id  integer not null references worker (id),
  started_at timestamptz not null,
  ended_at   timestamptz,                                       -- null: still on duty
  source     text not null check (source in ('phone', 'supervisor', 'limit')),  -- who ended it, or opened it while open
  changed_at timestamptz not null default now(),                -- the database's clock; other processes ask for what is newer
  primary key (worker_id, started_at),
  check (ended_at is null or ended_at >= started_at)
);
create index duty_shift_open on duty_shift (worker_id) where ended_at is null;
create index duty_shift_changed on duty_shift (changed_at);

create table duty_schedule (
  worker_id integer not null references worker (id),
  weekday   smallint not null check (weekday between 1 and 7),  -- ISO: Monday 1
  starts    time not null,                                      -- Asia/Shanghai
  ends      time not null,
  primary key (worker_id, weekday, starts),
  check (ends > starts)
);

create table duty_dropped (
  worker_id integer not null,
  day       date not null,                                      -- Asia/Shanghai
  fixes     integer not null,
  primary key (worker_id, day)
);
