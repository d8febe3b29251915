-- name: count_open : how many open cases of each state, by light, of the county, which is all there are: out of the index case_file_open_state alone
select state, count(*) as total, count(*) filter (where red_sort < $1) as red, count(*) filter (where red_sort >= $1 and yellow_at <= $1) as yellow
from case_file where closed_at is null group by state;

-- name: count_open_township : the same of a township: out of the index case_file_open_township alone
select state, count(*) as total, count(*) filter (where red_sort < $1) as red, count(*) filter (where red_sort >= $1 and yellow_at <= $1) as yellow
from case_file where closed_at is null and township_code = $2 group by state;

-- name: count_open_near : the same of a village or a grid
select state, count(*) as total, count(*) filter (where red_sort < $1) as red, count(*) filter (where red_sort >= $1 and yellow_at <= $1) as yellow
from case_file where closed_at is null and township_code = left($2, 9) and starts_with(area_code, $2) group by state;

-- name: count_of_department : the same of a department, main or helping, without cases that complain of it
select state, count(*) as total, count(*) filter (where red_sort < $1) as red, count(*) filter (where red_sort >= $1 and yellow_at <= $1) as yellow
from case_file where closed_at is null and (department_code = $3 or co_departments @> array[$3])
  and starts_with(area_code, $2) and complained_of is distinct from $3 group by state;

-- name: reporters : of a case and of those merged into it
select * from case_reporter
where case_id = $1 or case_id in (select id from case_file where merged_into = $1) order by case_id <> $1, case_id, ordinal;

-- name: media : photos of a case
select ordinal, ref, role, at, actor from case_media where case_id = $1 order by ordinal;

-- name: supervisions : 催办 and 督办
select * from case_supervision where case_id = $1 order by ordinal;

-- name: events : the timeline with names
select e.*, coalesce(a.display_name, w.name, '') as name
from case_event e left join account a on a.id = e.account_id left join worker w on w.id = e.worker_id
where e.case_id = $1 order by e.seq;

-- name: followers : cases merged into this one
select * from case_file where merged_into = $1 order by id;

-- name: of_worker : what a worker has to verify or check
select * from case_file where worker_id = $1 and closed_at is null and state in ('verifying', 'checking') order by coalesce(red_at, '9999-12-31 00:00Z'), id limit 100;

-- name: reported_by : a worker's own reports
select * from case_file where reporter_worker = $1 order by id desc limit 100;

-- name: of_caller : earlier cases of a phone number
select f.* from case_reporter r join case_file f on f.id = r.case_id
where r.phone_index = $1 and starts_with(f.area_code, $2) order by r.reported_at desc limit 50;

-- name: around : cases of some days around a point, for likeness
select * from case_file
where village_code = any ($1::text[]) and reported_at >= $2 and state <> 'merged' and ($3::text is null or category_code = $3)
order by id desc limit 300;

-- name: find_key : whose query code it is
select case_id, reporter from case_key where kind = $1 and key = $2;

-- name: one_reporter : what a reporter sees of their own answer
select answer, answered_at, rating from case_reporter where case_id = $1 and ordinal = $2;

-- name: codes : 民情码 of an area
select code, area_code, place, created_at, revoked_at from case_code where starts_with(area_code, $1) and code > $2 order by code limit $3;

-- name: one_code : a 民情码 that still holds
select code, area_code, place from case_code where code = $1 and revoked_at is null;

-- name: posters : 民情码 that still hold in an area, or one of them, as they are hung up
select code, area_code, place from case_code
where starts_with(area_code, $1) and revoked_at is null and ($2::text is null or code = $2) order by area_code, code limit $3;

-- name: insert_code : a new 民情码
insert into case_code (code, area_code, place, created_at, created_by) values ($1, $2, $3, $4, $5);

-- name: lock_code : where a 民情码 hangs
select area_code from case_code where code = $1;

-- name: revoke_code : a 民情码 holds no longer
update case_code set revoked_at = coalesce(revoked_at, $2) where code = $1;

-- name: public_case : a case for its reporter
select * from case_file where id = $1;

-- name: public_events : what a reporter may read
select at, kind, to_state, text from case_event where case_id = $1 and public and (kind = 'reply' or to_state is not null) order by seq;

-- name: open_tasks : what workers have to verify and check already
select worker_id, count(*)::integer as total from case_file
where worker_id = any ($1::integer[]) and closed_at is null and state in ('verifying', 'checking') group by worker_id;

-- name: external_case : a report by the number that another system gave it, with the answer to whom it came from
select coalesce(m.number, f.number) as number, coalesce(m.state, f.state) as state, coalesce(m.due_at, f.due_at) as due_at,
  coalesce(m.closed_at, f.closed_at) as closed_at, case when m.id is null then f.department_code else m.department_code end as department_code,
  r.answer, r.answered_at
from case_key k join case_file f on f.id = k.case_id left join case_file m on m.id = f.merged_into
join case_reporter r on r.case_id = f.id and r.ordinal = k.reporter
where k.kind = 'external' and k.key = $1;
