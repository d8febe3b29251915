-- name: by_area : Rounds over, by the first $4 digits of the grid's code, by day where $4 is 0; $1 prefix, $2 to $3 days.
select case when $4 = 0 then day::text else rpad(left(grid_code, $4), case when $4 = 15 then 15 else 12 end, '0') end as key,
       count(*) filter (where state = 'done')::integer as done,
       count(*) filter (where state = 'late')::integer as late,
       count(*) filter (where state = 'missed')::integer as missed,
       count(*) filter (where state = 'no_data')::integer as no_data,
       count(*) filter (where state = 'excused')::integer as excused,
       0 as by_others,
       avg(covered::double precision / nullif(cells, 0)) filter (where state in ('done', 'late', 'missed')) as coverage,
       coalesce(sum(minutes), 0)::double precision as minutes,
       coalesce(sum(key_points) filter (where state <> 'excused'), 0)::integer as key_points,
       coalesce(sum(visited) filter (where state <> 'excused'), 0)::integer as visited
from patrol_round
where day between $2 and $3 and grid_code >= $1 and grid_code < $1 || '~' and state not in ('waiting', 'open')
group by 1;

-- name: by_worker : Rounds over of each worker's own grid while they served; $1-$4 workers, grids, first and past-the-last day; $5 to $6 days.
with leave_day as materialized (
  select distinct l.worker_id, d::date as day from patrol_leave l
  cross join lateral generate_series(greatest(l.from_day, $5::date), least(l.to_day, $6::date), interval '1 day') as d
  where l.worker_id = any($1::integer[]) and l.to_day >= $5::date and l.from_day <= $6::date
), own as (
  select w.worker_id, r.cells, r.key_points, k.minutes, bit_count(k.bitmap) as covered, cardinality(k.visited) as visited,
         case
           when r.state = 'excused' or l.worker_id is not null then 'excused'
           when r.state in ('done', 'late') and coalesce(k.minutes, 0) <= 0 then 'by_others'
           when r.state = 'missed' and k.confidence < coalesce(p.min_confidence, 0.5) then 'no_data'
           else r.state
         end as outcome
  from unnest($1::integer[], $2::text[], $3::date[], $4::date[]) as w (worker_id, grid_code, valid_from, valid_to)
  join patrol_round r on r.grid_code = w.grid_code and r.day between $5 and $6
    and r.day >= w.valid_from and (w.valid_to is null or r.day < w.valid_to) and r.state not in ('waiting', 'open')
  left join leave_day l on l.worker_id = w.worker_id and l.day = r.day
  left join patrol_plan p on p.id = r.plan_id
  left join patrol_walk k
    on k.worker_id = w.worker_id and k.day = r.day and k.ordinal = r.ordinal and k.grid_code = r.grid_code
)
select worker_id::text as key,
       count(*) filter (where outcome = 'done')::integer as done,
       count(*) filter (where outcome = 'late')::integer as late,
       count(*) filter (where outcome = 'missed')::integer as missed,
       count(*) filter (where outcome = 'no_data')::integer as no_data,
       count(*) filter (where outcome = 'excused')::integer as excused,
       count(*) filter (where outcome = 'by_others')::integer as by_others,
       avg(coalesce(covered, 0)::double precision / nullif(cells, 0))
         filter (where outcome in ('done', 'late', 'missed')) as coverage,
       coalesce(sum(minutes), 0)::double precision as minutes,
       coalesce(sum(key_points) filter (where outcome not in ('excused', 'by_others')), 0)::integer as key_points,
       coalesce(sum(visited) filter (where outcome not in ('excused', 'by_others')), 0)::integer as visited
from own
group by worker_id;

-- name: own_rounds : One worker's rounds from $3 to $4 in their grid $2, newest first.
select r.day, r.ordinal, r.grid_code, r.starts_at, r.ends_at, r.state, r.cells / 7 as cells, r.covered / 7 as covered, r.minutes, r.key_points, r.visited,
       r.confidence, r.longest_gap_s, r.revised_at, (bit_count(k.bitmap) / 7)::integer as own_covered, k.minutes as own_minutes,
       d.id as dispute_id, d.text as dispute_text, d.decision as dispute_decision, d.note as dispute_note
from patrol_round r
left join patrol_walk k
  on k.worker_id = $1 and k.day = r.day and k.ordinal = r.ordinal and k.grid_code = r.grid_code
left join lateral (
  select id, text, decision, note from patrol_dispute
  where worker_id = $1 and day = r.day and ordinal = r.ordinal order by id desc limit 1
) d on true
where r.day between $3 and $4 and r.grid_code = $2 and r.state <> 'waiting'
order by r.day desc, r.ordinal desc;
