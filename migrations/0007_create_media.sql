-- Photos of cases: one row for each upload, whose file stands in <data>/media under the hash of its content.
create table media (
  ref         text primary key check (ref ~ '^[0-9a-f]{32}$'),        -- random: knowing it is the right to attach it
  sha256      bytea not null,                                         -- of the stored picture
  bytes       integer not null,
  width       integer not null,
  height      integer not null,
  uploaded_at timestamptz not null,
  account_id  integer,                                                -- who sent it: an account, a worker, or a citizen's report
  worker_id   integer,
  client_id   uuid
);
create index media_sha256 on media (sha256);
create unique index media_client on media (client_id, sha256) where client_id is not null;  -- sent again: the same row
create index media_uploaded on media (uploaded_at);
create index case_media_ref on case_media (ref);
