-- name: categories : small classes, those in use first
select code, group_name as "group", name, name_en, icon, line, department_code, department_name, limit_value as "limit", limit_unit as unit,
  urgent, needs_check, in_public, filing_rule, closing_rule, keywords, attributes, sort, enabled
from case_category order by enabled desc, sort, code;

-- name: one_category : one of them, locked until the change is made
select code, group_name as "group", name, name_en, icon, line, department_code, department_name, limit_value as "limit", limit_unit as unit,
  urgent, needs_check, in_public, filing_rule, closing_rule, keywords, attributes, sort, enabled
from case_category where code = $1 for update;

-- name: put_category : a new one, or all of a known one
insert into case_category (code, group_name, name, name_en, icon, line, department_code, department_name, limit_value, limit_unit,
  urgent, needs_check, in_public, filing_rule, closing_rule, keywords, attributes, sort, enabled)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19)
on conflict (code) do update set group_name = excluded.group_name, name = excluded.name, name_en = excluded.name_en, icon = excluded.icon,
  line = excluded.line, department_code = excluded.department_code, department_name = excluded.department_name,
  limit_value = excluded.limit_value, limit_unit = excluded.limit_unit, urgent = excluded.urgent, needs_check = excluded.needs_check,
  in_public = excluded.in_public, filing_rule = excluded.filing_rule, closing_rule = excluded.closing_rule, keywords = excluded.keywords,
  attributes = excluded.attributes, sort = excluded.sort, enabled = excluded.enabled
returning code, group_name as "group", name, name_en, icon, line, department_code, department_name, limit_value as "limit", limit_unit as unit,
  urgent, needs_check, in_public, filing_rule, closing_rule, keywords, attributes, sort, enabled;

-- name: retire_category : nobody chooses it any more
update case_category set enabled = false where code = $1;

-- name: channels : ways in, those in use first
select code, name, name_en, kind, verify, sort, enabled from case_channel order by enabled desc, sort, code;

-- name: one_channel : one of them, locked until the change is made
select code, name, name_en, kind, verify, sort, enabled from case_channel where code = $1 for update;

-- name: put_channel : a new one, or all of a known one
insert into case_channel (code, name, name_en, kind, verify, sort, enabled) values ($1, $2, $3, $4, $5, $6, $7)
on conflict (code) do update set name = excluded.name, name_en = excluded.name_en, kind = excluded.kind, verify = excluded.verify,
  sort = excluded.sort, enabled = excluded.enabled
returning code, name, name_en, kind, verify, sort, enabled;

-- name: retire_channel : nothing comes in by it any more
update case_channel set enabled = false where code = $1;

-- name: templates : texts to begin with, those in use first
select id, kind, title, body, sort, enabled from case_template order by enabled desc, kind, sort, id;

-- name: one_template : one of them, locked until the change is made
select id, kind, title, body, sort, enabled from case_template where id = $1 for update;

-- name: add_template : a new one
insert into case_template (kind, title, body, sort) values ($1, $2, $3, $4) returning id, kind, title, body, sort, enabled;

-- name: put_template : all of a known one
update case_template set kind = $2, title = $3, body = $4, sort = $5, enabled = true where id = $1
returning id, kind, title, body, sort, enabled;

-- name: retire_template : nobody begins with it any more
update case_template set enabled = false where id = $1;

-- name: one_limit : the limit of a stage, locked until the change is made
select stage, limit_value as "limit", limit_unit as unit from case_stage_limit where stage = $1 for update;

-- name: put_limit : for clocks that begin from now on
update case_stage_limit set limit_value = $2, limit_unit = $3 where stage = $1
returning stage, limit_value as "limit", limit_unit as unit;

-- name: plans : working hours by the day from which they hold
select plans from case_calendar order by valid_from desc, id limit 1;

-- name: lock_plans : the same, locked until the change is made
select plans from case_calendar order by valid_from desc, id limit 1 for update;

-- name: save_plans : all of them
update case_calendar set plans = $1, changed_at = $2 where id = (select id from case_calendar order by valid_from desc, id limit 1);

-- name: note : what was changed, by whom
insert into case_setting_change (kind, key, at, account_id, before, after) values ($1, $2, $3, $4, $5, $6);

-- name: history : what was changed, newest first
select c.id, c.kind, c.key, c.at, a.display_name as account, c.before, c.after
from case_setting_change c left join account a on a.id = c.account_id
where ($1::text is null or c.kind = $1) and ($2::text is null or c.key = $2) and c.id < $3 order by c.id desc limit $4;
