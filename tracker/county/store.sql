-- name: version : The register's version, which every change raises.
select version, synthetic, note from register_version

-- name: lock_version : The version, held so that two changes of the register follow one another.
select version, synthetic from register_version for update

-- name: raise_version : Tell every process that the register has changed.
update register_version set version = version + 1, synthetic = coalesce($1, synthetic), note = $2 returning version

-- name: divisions_on : Divisions valid on a day.
select code, name, urban_rural, valid_from, valid_to, boundary, lon, lat from division
where valid_from <= $1 and (valid_to is null or valid_to > $1) order by code

-- name: grids_on : Grids valid on a day.
select code, name, color, valid_from, valid_to, boundary, lon, lat from grid
where valid_from <= $1 and (valid_to is null or valid_to > $1) order by code

-- name: latest_divisions : The newest row of every division, valid or not, for an import to compare with.
select distinct on (code) code, name, urban_rural, valid_from, valid_to, boundary, lon, lat from division
order by code, valid_from desc

-- name: latest_grids : The newest row of every grid, valid or not, for an import to compare with.
select distinct on (code) code, name, color, valid_from, valid_to, boundary, lon, lat from grid
order by code, valid_from desc

-- name: departments : Every department.
select code, name, area_code from department order by code

-- name: workers : Every worker, also those whose validity has ended: history still names them.
select id, number, name, phone, role, grid_code, duties, valid_from, valid_to from worker order by id

-- name: close_division : End a division's row on the day from which a new one is valid.
update division set valid_to = $2 where code = $1 and valid_from = $3

-- name: put_division : Open a division's row, or correct the one that is valid from the same day.
insert into division (code, name, level, parent_code, urban_rural, valid_from, valid_to, boundary, lon, lat)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
on conflict (code, valid_from) do update set name = excluded.name, urban_rural = excluded.urban_rural,
  valid_to = excluded.valid_to, boundary = excluded.boundary, lon = excluded.lon, lat = excluded.lat

-- name: close_grid : End a grid's row on the day from which a new one is valid.
update grid set valid_to = $2 where code = $1 and valid_from = $3

-- name: put_grid : Open a grid's row, or correct the one that is valid from the same day.
insert into grid (code, name, village_code, color, valid_from, valid_to, boundary, lon, lat)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9)
on conflict (code, valid_from) do update set name = excluded.name, color = excluded.color,
  valid_to = excluded.valid_to, boundary = excluded.boundary, lon = excluded.lon, lat = excluded.lat

-- name: put_department : Add or correct a department.
insert into department (code, name, area_code) values ($1, $2, $3)
on conflict (code) do update set name = excluded.name, area_code = excluded.area_code

-- name: put_worker : Add or correct a worker, known by number.
insert into worker (number, name, phone, role, grid_code, duties, valid_from, valid_to)
values ($1, $2, $3, $4, $5, $6, $7, $8)
on conflict (number) do update set name = excluded.name, phone = excluded.phone, role = excluded.role,
  grid_code = excluded.grid_code, duties = excluded.duties, valid_from = excluded.valid_from, valid_to = excluded.valid_to

-- name: is_empty : Whether nothing has been registered yet.
select not exists (select from division) and not exists (select from grid) and not exists (select from department)
  and not exists (select from worker) and not exists (select from plan_feature)

-- name: continue_worker_ids : Let new workers' ids follow the loaded ones.
select setval(pg_get_serial_sequence('worker', 'id'), greatest((select max(id) from worker), 1))

-- name: village_plan : The drawn plan of one village.
select kind, name, props, geometry from plan_feature where village_code = $1 order by id

-- name: overview_plan : The drawn plan of the county as a whole, settlements of villages among it.
select kind, name, props, geometry from plan_feature where village_code is null or kind = 'settlement' order by id
