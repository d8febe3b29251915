-- name: find : a key that still holds; it is noted that it was used, once an hour at most
with found as (select id, name, channel, used_at from program_key where sha256 = $1 and purpose = $2 and revoked_at is null),
  noted as (update program_key k set used_at = $3 from found f
    where k.id = f.id and (f.used_at is null or f.used_at < $3::timestamptz - interval '1 hour'))
select id, name, channel from found;

-- name: list : every key of a purpose, newest first
select id, name, channel, created_at, used_at, revoked_at from program_key where purpose = $1 order by id desc limit 200;

-- name: add : a new key
insert into program_key (purpose, channel, sha256, name, created_at, created_by) values ($1, $2, $3, $4, $5, $6) returning id;

-- name: revoke : it opens nothing from now on
update program_key set revoked_at = $3 where id = $1 and purpose = $2 and revoked_at is null returning id;
