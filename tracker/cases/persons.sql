-- name: known_keys : keys that sealed something, or may have
select id, proof from person_key;

-- name: remember_key : from now on the key file must hold this key
insert into person_key (id, proof) values ($1, $2) on conflict do nothing;

-- name: sealed_otherwise : reporters with something sealed by another key than the current one
select case_id, ordinal, name_sealed, phone_sealed from case_reporter
where (name_sealed is not null and substring(name_sealed from 2 for 8) <> convert_to($1::text, 'UTF8'))
  or (phone_sealed is not null and substring(phone_sealed from 2 for 8) <> convert_to($1, 'UTF8'))
order by case_id, ordinal limit $2 for update;

-- name: put_sealed : the same, sealed anew
update case_reporter set name_sealed = $3, phone_sealed = $4 where case_id = $1 and ordinal = $2;

-- name: secrets_otherwise : secrets of webhooks sealed by another key than the current one
select id, secret_sealed from webhook
where substring(secret_sealed from 2 for 8) <> convert_to($1::text, 'UTF8') order by id limit $2 for update;

-- name: put_secret : the same, sealed anew
update webhook set secret_sealed = $2 where id = $1;
