-- name: read_categories : small classes, retired ones too
select code, group_name as "group", name, name_en, icon, line, department_name, department_code, limit_value as "limit", limit_unit as unit,
  urgent, needs_check, in_public, keywords, attributes, enabled
from case_category order by sort, code;

-- name: read_channels : ways in, retired ones too
select code, name, name_en, kind, verify, enabled from case_channel order by sort, code;

-- name: read_limits : the limit of every stage
select stage, limit_value, limit_unit from case_stage_limit;

-- name: read_plans : hours and weekdays of the working calendar
select plans from case_calendar order by valid_from desc, id limit 1;

-- name: read_days : holidays and 调休 workdays
select day, kind from calendar_day;

-- name: read_templates : texts to begin with
select id, kind, title, body from case_template where enabled order by kind, sort, id;
