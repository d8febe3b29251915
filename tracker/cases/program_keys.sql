-- name: use : a key that still holds, with so many more reports counted in its hour unless they are too many; a look ($4 = 0) is noted once an hour
with found as (
  select id, name, channel, used_at, case when counts_from > $3::timestamptz - interval '1 hour' then counts_from else $3 end as since,
    case when counts_from > $3 - interval '1 hour' then counted else 0 end as before
  from program_key where sha256 = $1 and purpose = $2 and revoked_at is null for no key update
), noted as (
  update program_key k set used_at = $3, counts_from = f.since, counted = f.before + $4 from found f
  where k.id = f.id and f.before + $4 <= $5 and ($4 > 0 or f.used_at is null or f.used_at < $3 - interval '1 hour')
)
select id, name, channel, since, before + $4::integer > $5::integer as is_over from found;

-- name: list : every key of a purpose, newest first
select id, name, channel, created_at, used_at, revoked_at from program_key where purpose = $1 order by id desc limit 200;

-- name: add : a new key
insert into program_key (purpose, channel, sha256, name, created_at, created_by) values ($1, $2, $3, $4, $5, $6) returning id;

-- name: revoke : it opens nothing from now on
update program_key set revoked_at = $3 where id = $1 and purpose = $2 and revoked_at is null returning id;
