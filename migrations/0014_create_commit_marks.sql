-- What lets several processes agree: marks of commits that readers elsewhere must hear of, and notices when what they keep in memory changes.
create table commit_mark (
  id            bigint generated always as identity primary key,
  received_from timestamptz not null,                           -- of the uploads in the commit, so that they are found in history
  received_to   timestamptz not null,
  made_at       timestamptz not null default now()
);                                                              -- a row lives for seconds: tracker/tracks/marks.py

create table house (
  only_row boolean primary key default true check (only_row),
  term     text not null                                        -- of the process that is or was the house last: tracker/db/house_lock.py
);

create function tell_change() returns trigger language plpgsql as $$
begin
  perform pg_notify('sanxun_changed', tg_argv[0]);              -- sent when the transaction commits, once however often it was said
  return null;
end $$;

create trigger tell_devices after insert or delete or update of token_hash, worker_id, crs, revoked_at on device
  for each statement execute function tell_change('devices');
create trigger tell_duty after insert or update or delete on duty_shift
  for each statement execute function tell_change('duty');
create trigger tell_schedules after insert or update or delete on duty_schedule
  for each statement execute function tell_change('schedules');
create trigger tell_register after update on register_version
  for each statement execute function tell_change('register');
