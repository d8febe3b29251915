-- name: plans_in : Plans made for an area, for what lies in it ($1), or for what it lies in ($2), newest first.
select id, area_code, valid_from, valid_to, rounds, min_coverage, min_minutes, all_key_points, min_confidence,
       sight_radius_m, walkers, created_at, created_by
from patrol_plan
where starts_with(area_code, $1) or area_code = any($2::text[])
order by area_code, valid_from desc, id desc limit $3;

-- name: key_points_in : Key points of grids under a prefix that hold on a day or later.
select id, grid_code, name, kind, lon, lat, radius_m, checklist, valid_from, valid_to from key_point
where grid_code >= $1 and grid_code < $1 || '~' and (valid_to is null or valid_to > $2) and id > $3
order by id limit $4;

-- name: count_key_points : How many a grid has on a day.
select count(*) from key_point where grid_code = $1 and (valid_to is null or valid_to > $2);

-- name: add_key_point : A new key point.
insert into key_point (grid_code, name, kind, lon, lat, radius_m, checklist, valid_from)
values ($1, $2, $3, $4, $5, $6, $7, $8) returning id;

-- name: key_point_grid : Where a key point is, while it holds after $2.
select grid_code from key_point where id = $1 and (valid_to is null or valid_to > $2);

-- name: end_key_point : No longer from a day on; past rounds keep it.
update key_point set valid_to = $2 where id = $1 and valid_from < $2;

-- name: drop_key_point : One that has not begun leaves no trace.
delete from key_point where id = $1 and valid_from >= $2;

-- name: reachable_versions : Where a grid's reachable cells come from, the newest first.
select valid_from, source, cells, why from reachable where grid_code = $1 order by valid_from desc limit 2;

-- name: put_reachable : Cells drawn by a supervisor, from a day on.
insert into reachable (grid_code, valid_from, source, cells, why, created_at, created_by)
values ($1, $2, 'drawn', $3, $4, $5, $6)
on conflict (grid_code, valid_from) do update
set source = excluded.source, cells = excluded.cells, why = excluded.why,
    created_at = excluded.created_at, created_by = excluded.created_by;

-- name: closed_in : Water and fenced land of a village and of the county's overview.
select geometry from plan_feature where kind in ('water', 'closed') and (village_code = $1 or village_code is null);

-- name: days_of_year : Special days.
select day, kind, name from calendar_day where day >= $1 and day < $2 order by day;

-- name: clear_days : Forget the special days of a span.
delete from calendar_day where day >= $1 and day < $2;

-- name: add_days : Special days.
insert into calendar_day (day, kind, name) select * from unnest($1::date[], $2::text[], $3::text[]);
