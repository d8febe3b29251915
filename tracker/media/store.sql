-- name: add : A new upload; nothing where the same report sent the same picture before
insert into media (ref, sha256, bytes, width, height, uploaded_at, account_id, worker_id, client_id)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9)
on conflict (client_id, sha256) where client_id is not null do nothing
returning ref

-- name: same : What the same report sent before
select ref from media where client_id = $1 and sha256 = $2

-- name: sent_by_client : How many photos one report has sent
select count(*) from media where client_id = $1

-- name: find : One upload
select ref, sha256, account_id, worker_id from media where ref = $1

-- name: known : Those of some refs that exist
select ref from media where ref = any($1::text[])

-- name: cases_of : The cases that show a photo
select case_id from case_media where ref = $1 order by case_id limit 20

-- name: drop_unused : Uploads that no case took up; gives their contents
delete from media m
where m.uploaded_at < $1 and not exists (select from case_media c where c.ref = m.ref)
returning m.sha256

-- name: still_used : Those of some contents that an upload still names
select distinct sha256 from media where sha256 = any($1::bytea[])
