-- name: read_good : every token that may upload today
select d.token_hash, d.id, d.worker_id, w.grid_code, d.crs
from device d join worker w on w.id = d.worker_id
where d.revoked_at is null and (w.valid_to is null or w.valid_to > $1::date);

-- name: fingerprint : changes when read_good would give something else
select concat(count(*), ':', bit_xor(hashtextextended(
  concat_ws(' ', d.id, encode(d.token_hash, 'hex'), d.worker_id, w.grid_code, d.crs), 0)))
from device d join worker w on w.id = d.worker_id
where d.revoked_at is null and (w.valid_to is null or w.valid_to > $1::date);

-- name: read_by_hash : one token, for a phone that another process enrolled just now
select d.token_hash, d.id, d.worker_id, w.grid_code, d.crs
from device d join worker w on w.id = d.worker_id
where d.token_hash = $1 and d.revoked_at is null and (w.valid_to is null or w.valid_to > $2::date);

-- name: read_one : a phone for its page
select id, worker_id, name, app, crs, created_at, revoked_at, last_seen_at from device where id = $1;

-- name: read_of_worker : a worker's phones, newest first
select id, worker_id, name, app, crs, created_at, revoked_at, last_seen_at
from device where worker_id = $1 order by id desc limit 100;

-- name: revoke : a phone's token ends
update device set revoked_at = $2 where id = $1 and revoked_at is null returning token_hash;

-- name: change : name or datum of a phone
update device set name = coalesce($2::text, name), crs = coalesce($3::text, crs) where id = $1;

-- name: write_seen : last use of many phones at once, locked in one order for other processes' sake; time never goes back
with locked as materialized (select id from device where id = any($1::integer[]) order by id for no key update)
update device d
set last_seen_at = greatest(d.last_seen_at, s.at),
    app = case when s.app = '' then d.app else s.app end,
    skew_ms = coalesce(s.skew_ms, d.skew_ms)
from unnest($1::integer[], $2::timestamptz[], $3::text[], $4::integer[]) as s (id, at, app, skew_ms)
join locked using (id)
where d.id = s.id;
