-- name: requests : cases that strangers may read of: words were chosen for them, and nothing about them is private
select f.number, f.state, f.public_text, f.address, f.lat_e7, f.lon_e7, f.reported_at, f.updated_at, f.due_at,
  f.department_code, f.category_code, m.number as merged_number
from case_file f
join case_category c on c.code = f.category_code and c.in_public
left join case_file m on m.id = f.merged_into
where not f.secret and f.complained_of is null and f.public_text is not null
  and f.reported_at between $1 and $2
  and ($3::text[] is null or f.category_code = any ($3))
  and ($4::text[] is null or f.state = any ($4))
order by f.reported_at desc, f.id desc limit $5 offset $6;

-- name: requests_by_number : the same by their numbers
select f.number, f.state, f.public_text, f.address, f.lat_e7, f.lon_e7, f.reported_at, f.updated_at, f.due_at,
  f.department_code, f.category_code, m.number as merged_number
from case_key k
join case_file f on f.id = k.case_id
join case_category c on c.code = f.category_code and c.in_public
left join case_file m on m.id = f.merged_into
where k.kind = 'number' and k.key = any ($1::text[])
  and not f.secret and f.complained_of is null and f.public_text is not null
order by f.reported_at desc, f.id desc;

-- name: updates : steps of cases that strangers may read of
select f.number, e.seq, e.at, e.to_state, f.department_code
from case_event e join case_file f on f.id = e.case_id join case_category c on c.code = f.category_code and c.in_public
where e.at between $1 and $2 and e.kind = 'change' and e.public
  and not f.secret and f.complained_of is null and f.public_text is not null
order by e.at, f.id, e.seq limit $3;

-- name: public_id : the id of a case that strangers may read of
select f.id from case_key k join case_file f on f.id = k.case_id join case_category c on c.code = f.category_code and c.in_public
where k.kind = 'number' and k.key = $1 and not f.secret and f.complained_of is null and f.public_text is not null;

-- name: take_update : an update that did not come before
insert into case_key (kind, key, case_id) values ('update', $1, $2) on conflict do nothing returning case_id;
