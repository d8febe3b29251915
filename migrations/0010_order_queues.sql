-- Measured on 10 million cases: queues must come out of an index in their order, and counts out of an index alone.
alter table case_file add column red_sort timestamptz generated always as (coalesce(red_at, timestamptz '9999-12-31 00:00+00')) stored;
drop index case_file_open;
drop index case_file_open_township;
drop index case_file_open_department;
create index case_file_open on case_file (red_sort, id) where closed_at is null;
create index case_file_open_state on case_file (state, red_sort, id)
  include (red_at, yellow_at, area_code, township_code, complained_of, department_code, co_departments) where closed_at is null;
create index case_file_open_township on case_file (township_code, state, red_sort, id) where closed_at is null;
create index case_file_open_department on case_file (department_code, state, red_sort, id) where closed_at is null;
