-- name: due_cases : cases with a clock to look at, passing over those that are being changed or watched elsewhere
select * from case_file
where id in (select case_id from case_clock where next_at is not null and next_at <= $1 order by next_at limit $2)
for update skip locked;

-- name: due_resumes : suspensions whose day has come
select id, version from case_file where resume_at is not null and resume_at <= $1 and state = 'suspended' limit $2;

-- name: insert_urge : 催办 by the clock
insert into case_supervision (case_id, ordinal, kind, level, text, at, account_id, department_code, due_at)
select $1, coalesce((select max(ordinal) from case_supervision where case_id = $1), 0) + 1, $2, $3, $4, $5, $6, $7, $8
returning ordinal;
