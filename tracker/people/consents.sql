-- name: insert : a notice that was accepted; sent twice it is there once
insert into consent (worker_id, device_id, notice_version, consented_at, received_at)
values ($1, $2, $3, $4, $5) on conflict do nothing returning device_id;

-- name: note : the phone's newest consent stands beside its token
update device set notice_version = $2, consented_at = $3
where id = $1 and (consented_at is null or consented_at < $3);
