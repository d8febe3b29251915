-- name: read_brief : a worker with the present names of grid and village
select w.id, w.name, w.role, w.grid_code as grid, coalesce(g.name, '') as grid_name, coalesce(v.name, '') as village
from worker w
left join lateral (select name from grid where code = w.grid_code order by valid_from desc limit 1) g on true
left join lateral (
  select name from division where code = left(w.grid_code, 12) order by valid_from desc limit 1) v on true
where w.id = $1 and (w.valid_to is null or w.valid_to > (now() at time zone 'Asia/Shanghai')::date);
