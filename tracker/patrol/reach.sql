-- name: on_day : The reachable cells that hold for each grid on a day.
select distinct on (grid_code) grid_code, valid_from, source, cells, why from reachable
where valid_from <= $1 order by grid_code, valid_from desc;

-- name: add : Keep cells that were worked out; what somebody drew stays.
insert into reachable (grid_code, valid_from, source, cells, why) values ($1, $2, $3, $4, $5)
on conflict (grid_code, valid_from) do update
set source = excluded.source, cells = excluded.cells, why = excluded.why, created_at = now()
where reachable.source <> 'drawn';

-- name: drawn : What the plan has of lanes, houses and closed areas.
select kind, geometry from plan_feature where kind in ('lane', 'house', 'water', 'closed') order by id;

-- name: points : Key points that hold on a day.
select lon, lat from key_point where valid_from <= $1 and (valid_to is null or valid_to > $1) order by id;

-- name: drawn_print : Changes when the plan's features or the key points that hold on a day do.
select concat(
  (select concat(count(*), ':', min(id), ':', max(id)) from plan_feature), ' ',
  (select concat(count(*), ':', max(id)) from key_point where valid_from <= $1 and (valid_to is null or valid_to > $1)));

-- name: accepted : Who walked in the rounds of a day that were done, and when; without those of whom something is to be looked into.
select r.grid_code, w.worker_id, r.starts_at, r.ends_at
from patrol_round r
join patrol_walk w on w.grid_code = r.grid_code and w.day = r.day and w.ordinal = r.ordinal
where r.day = $1 and r.state in ('done', 'late') and w.minutes > 0
  and not exists (
    select from patrol_signal s where s.worker_id = w.worker_id and s.day = $1 and s.decision is distinct from 'dismissed')
order by r.grid_code, w.worker_id, r.starts_at;

-- name: put_walked : Cells outside the reachable ones that a worker walked on a day.
insert into walked_cell (grid_code, cell, day, worker_id)
select $1, unnest($2::bigint[]), $3, $4 on conflict do nothing;

-- name: drop_walked : Old walks prove nothing any more.
delete from walked_cell where day < $1;

-- name: walked : By how many workers, on how many days, each cell of some grids was walked.
select grid_code, cell, count(distinct day)::integer as days, count(distinct worker_id)::integer as workers, max(day) as last_day
from walked_cell where grid_code = any($1::text[]) group by grid_code, cell
having count(distinct day) >= 3 or (count(distinct day) >= 2 and count(distinct worker_id) >= 2)
order by grid_code, cell;
