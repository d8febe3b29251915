-- name: insert_enrolment : a code was handed out
insert into enrolment (code_hash, worker_id, created_by, created_at, expires_at)
values ($1, $2, $3, $4, $5) returning id;

-- name: use_enrolment : a code is used up, if it is still good and its worker has not left
update enrolment e set used_at = $2
from worker w
where e.code_hash = $1 and e.used_at is null and e.expires_at > $2
  and w.id = e.worker_id and (w.valid_to is null or w.valid_to > ($2::timestamptz at time zone 'Asia/Shanghai')::date)
returning e.id, e.worker_id, e.created_by, w.grid_code;

-- name: insert_device : the phone that used the code
insert into device (worker_id, token_hash, name, created_at, created_by, notice_version, consented_at)
values ($1, $2, $3, $4, $5, $6, $7) returning id;

-- name: insert_consent : the privacy notice that was accepted with it
insert into consent (worker_id, device_id, notice_version, consented_at, received_at) values ($1, $2, $3, $4, $5);

-- name: note_device : which phone used the code
update enrolment set device_id = $2 where id = $1;
