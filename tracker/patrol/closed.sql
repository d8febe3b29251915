-- name: holding : Shapes that are closed on a day or later, or ever where the day is null, with their days.
select geometry, valid_from, valid_to from closed_area where $1::date is null or (valid_from <= $1 and (valid_to is null or valid_to > $1)) order by id;

-- name: page : What takes something of grids under a prefix on a day or later.
select id, area_code, cardinality(grids) as grids, reason, geometry, valid_from, valid_to from closed_area
where (valid_to is null or valid_to > $2) and exists (select from unnest(grids) grid where starts_with(grid, $1))
order by valid_from, id limit $3;

-- name: add : Close some land.
insert into closed_area (area_code, grids, reason, geometry, valid_from, valid_to, created_at, created_by)
values ($1, $2, $3, $4, $5, $6, $7, $8) returning id;

-- name: area_of : Where one lies that still holds on a day or later.
select area_code from closed_area where id = $1 and (valid_to is null or valid_to > $2);

-- name: end : Open again from a day on; past rounds keep it.
update closed_area set valid_to = $2 where id = $1 and valid_from < $2;

-- name: drop : One that has not begun leaves no trace.
delete from closed_area where id = $1 and valid_from >= $2;
