-- name: insert_account : a new account
insert into account (name, display_name, password_hash, role, area_code, department_code, created_at)
values ($1, $2, $3, $4, $5, $6, $7)
returning id, name, display_name, role, area_code, department_code, created_at, disabled_at, locked_until;

-- name: list_accounts : accounts in an area, by id
select id, name, display_name, role, area_code, department_code, created_at, disabled_at, locked_until
from account where starts_with(area_code, $1) and id > $2 order by id limit $3;

-- name: lock_account : one account, held while it is changed
select id, name, display_name, role, area_code, department_code, created_at, disabled_at, locked_until
from account where id = $1 for update;

-- name: change_account : what is null stays; a new password also ends a lock
update account set
  display_name = coalesce($2::text, display_name),
  role = coalesce($3::text, role),
  area_code = coalesce($4::text, area_code),
  department_code = coalesce($8::text, department_code),
  disabled_at = case when $5::boolean is null then disabled_at when $5 then coalesce(disabled_at, $7) end,
  password_hash = coalesce($6::text, password_hash),
  failed_count = case when $6 is null then failed_count else 0 end,
  locked_until = case when $6 is null then locked_until end
where id = $1
returning id, name, display_name, role, area_code, department_code, created_at, disabled_at, locked_until;

-- name: set_password : a person changed their own password
update account set password_hash = $2, failed_count = 0, locked_until = null
where id = $1
returning id, name, area_code;
