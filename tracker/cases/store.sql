-- name: lock_case : changes of one case are worked off one after the other, in any number of processes
select * from case_file where id = $1 for update;

-- name: one_case : a case as it stands
select * from case_file where id = $1;

-- name: next_id : ids come first, because the number is made of one
select nextval(pg_get_serial_sequence('case_file', 'id'));

-- name: insert_case : a new case
insert into case_file (id, number, state, channel, category_code, description, public_text, address, lat_e7, lon_e7, area_code, secret,
  complained_of, urgent, self_handled, reporter_worker, reported_at, updated_at, attributes)
values ($1, $2, 'reported', $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18) returning *;

-- name: take_key : a key that is new; nothing comes back where it is known
insert into case_key (kind, key, case_id, reporter) values ($1, $2, $3, $4) on conflict do nothing returning case_id;

-- name: find_key : whose key it is
select case_id, reporter from case_key where kind = $1 and key = $2;

-- name: find_filed : the case of a report that its sender sends again
select f.id, f.number from case_key k join case_file f on f.id = k.case_id where k.kind = 'client' and k.key = $1;

-- name: read_clocks : every clock of a case, in the order in which they began
select * from case_clock where case_id = $1 order by started_at, stage, round;

-- name: insert_event : the next event of a case
insert into case_event (case_id, seq, at, kind, actor, from_state, to_state, account_id, worker_id, department_code, text, data, public)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13);

-- name: last_change : what was done last, for those who come too late
select e.at, e.actor, e.from_state, e.to_state, a.display_name from case_event e left join account a on a.id = e.account_id
where e.case_id = $1 and e.kind = 'change' order by e.seq desc limit 1;

-- name: last_request : the data of the last change into a state; going back there after a refused voiding asks for nothing
select data from case_event where case_id = $1 and to_state = $2 and from_state <> 'void_req' order by seq desc limit 1;

-- name: insert_media : photos by their ids in the media room
insert into case_media (case_id, ordinal, ref, role, at, actor)
select $1, coalesce((select max(ordinal) from case_media where case_id = $1), 0) + row_number() over (), m.ref, m.role, $4, $5
from unnest($2::text[], $3::text[]) as m(ref, role);

-- name: insert_reporter : somebody who is owed an answer
insert into case_reporter (case_id, ordinal, name_sealed, phone_sealed, phone_index, secret, channel, external_number, reported_at, anonymous)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10);

-- name: owed : reporters of a case and of those merged into it who have no answer, and no outcome of a visit; what the photos of the case show
select count(*) filter (where r.answered_at is null) as unanswered, count(*) filter (where r.outcome is null) as unvisited,
  array(select distinct role from case_media where case_id = $1) as roles
from case_reporter r where r.case_id = $1 or r.case_id in (select id from case_file where merged_into = $1);

-- name: answer_reporters : the answer for those who have none, or for the ones named; who cannot be called needs no visit
update case_reporter r set answer = $2, answered_at = $3, answered_by = $4,
  outcome = case when anonymous then 'anonymous' else outcome end
where (r.case_id = $1 or r.case_id in (select id from case_file where merged_into = $1))
  and (case when $5::smallint[] is null then answered_at is null else r.case_id = $1 and ordinal = any ($5) end);

-- name: forget_answers : a reopened case owes them anew; the events keep the old ones
update case_reporter set answer = null, answered_at = null, answered_by = null, outcome = null, visits = 0
where case_id = $1 or case_id in (select id from case_file where merged_into = $1);

-- name: note_visit : one attempt to call back; the third in vain ends them
update case_reporter set visits = visits + 1, solved = coalesce($4::boolean, solved),
  outcome = case when $3::text <> 'no_contact' then $3 when visits >= 2 then 'unreachable' else outcome end
where case_id = $1 and ordinal = $2 returning outcome, solved, visits;

-- name: rate : the reporter's own words
update case_reporter set rating = $3, rating_text = $4, rated_at = $5, solved = coalesce($6::boolean, solved),
  outcome = case when $3::smallint >= 4 then 'satisfied' when $3 = 3 then 'basic' else 'unsatisfied' end
where case_id = $1 and ordinal = $2 and rated_at is null and answered_at is not null returning rating, outcome, solved;

-- name: follow : what followed one case follows another
update case_file set merged_into = $2 where merged_into = $1;

-- name: insert_supervision : 催办 or 督办
insert into case_supervision (case_id, ordinal, kind, level, text, at, account_id, department_code, due_at)
select $1, coalesce((select max(ordinal) from case_supervision where case_id = $1), 0) + 1, $2, $3, $4, $5, $6, $7, $8
returning ordinal;

-- name: answer_supervision : the department's reply, once
update case_supervision set reply = $3, replied_at = $4, replied_by = $5
where case_id = $1 and ordinal = $2 and reply is null returning ordinal;

-- name: insert_outbox : what others must hear of, in the transaction that made it so
insert into case_outbox (case_id, topic, payload, departments, workers, created_at, available_at) values ($1, $2, $3, $4, $5, $6, $6);

-- name: drop_keys : keys taken for a case that was not needed
delete from case_key where case_id = $1;

-- name: read_reporter : what is sealed of one reporter
select name_sealed, phone_sealed from case_reporter where case_id = $1 and ordinal = $2;

-- name: is_follower : whether a case was merged into another
select id from case_file where merged_into = $1 and id = $2;
