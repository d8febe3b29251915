-- name: plans : Every plan ever made; past days are judged by those of their time.
select id, area_code, valid_from, valid_to, rounds, min_coverage, min_minutes, all_key_points, min_confidence,
       sight_radius_m, walkers from patrol_plan order by id

-- name: lock_plans : Let one process at a time see whether there is a plan.
lock table patrol_plan in share row exclusive mode

-- name: close_plans : End the plan of an area on the day from which a new one is valid.
update patrol_plan set valid_to = $2 where area_code = $1 and valid_from < $2 and (valid_to is null or valid_to > $2)

-- name: drop_plans : Forget a version that would have begun on that day or later.
delete from patrol_plan where area_code = $1 and valid_from >= $2

-- name: add_plan : Store a plan.
insert into patrol_plan (area_code, valid_from, valid_to, rounds, min_coverage, min_minutes, all_key_points,
                         min_confidence, sight_radius_m, walkers, created_by)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) returning id

-- name: special_days : Holidays and 调休 workdays.
select day, kind, name from calendar_day order by day

-- name: key_points : Every key point, also of the past.
select id, grid_code, name, kind, lon, lat, radius_m, checklist, valid_from, valid_to from key_point order by id

-- name: leaves_on : Who is on leave on a day.
select worker_id from patrol_leave where from_day <= $1 and to_day >= $1

-- name: day_segments : Everything that some workers sent of one local day; $2 and $3 are its midnights.
select worker_id, (extract(epoch from started_at) * 1000)::bigint as started_ms, data from segment
where worker_id = any($1::integer[]) and started_at >= $2 and started_at < $3

-- name: put_rounds : Write rounds as they stand.
insert into patrol_round (grid_code, day, ordinal, plan_id, starts_at, ends_at, state, cells, covered, bitmap, minutes,
                          key_points, visited, confidence, longest_gap_s, fixes, done_at, revised_at, updated_at)
select * from unnest($1::text[], $2::date[], $3::smallint[], $4::integer[], $5::timestamptz[], $6::timestamptz[],
                     $7::text[], $8::integer[], $9::integer[], $10::bytea[], $11::real[], $12::smallint[],
                     $13::smallint[], $14::real[], $15::integer[], $16::integer[], $17::timestamptz[],
                     $18::timestamptz[], $19::timestamptz[])
on conflict (grid_code, day, ordinal) do update set
  plan_id = excluded.plan_id, starts_at = excluded.starts_at, ends_at = excluded.ends_at,
  state = case  -- a dispute that was accepted holds, whatever late data say
    when excluded.state in ('late', 'missed', 'no_data') and exists (
      select from patrol_dispute d where d.grid_code = excluded.grid_code and d.day = excluded.day
        and d.ordinal = excluded.ordinal and d.decision = 'accepted') then 'excused'
    else excluded.state end,
  cells = excluded.cells, covered = excluded.covered, bitmap = excluded.bitmap, minutes = excluded.minutes,
  key_points = excluded.key_points, visited = excluded.visited, confidence = excluded.confidence,
  longest_gap_s = excluded.longest_gap_s, fixes = excluded.fixes, done_at = excluded.done_at,
  revised_at = excluded.revised_at, updated_at = excluded.updated_at

-- name: put_walks : Write what each worker gave.
insert into patrol_walk (worker_id, grid_code, day, ordinal, bitmap, minutes, fixes, longest_gap_s, confidence,
                         visited, updated_at)
select w.worker_id, w.grid_code, w.day, w.ordinal, w.bitmap, w.minutes, w.fixes, w.longest_gap_s, w.confidence,
       coalesce(string_to_array(nullif(w.visited, ''), ',')::integer[], '{}'), w.updated_at
from unnest($1::integer[], $2::text[], $3::date[], $4::smallint[], $5::bytea[], $6::real[], $7::integer[],
            $8::integer[], $9::real[], $10::text[], $11::timestamptz[])
  as w (worker_id, grid_code, day, ordinal, bitmap, minutes, fixes, longest_gap_s, confidence, visited, updated_at)
on conflict (worker_id, day, ordinal, grid_code) do update set
  bitmap = excluded.bitmap, minutes = excluded.minutes, fixes = excluded.fixes,
  longest_gap_s = excluded.longest_gap_s, confidence = excluded.confidence, visited = excluded.visited,
  updated_at = excluded.updated_at

-- name: rounds_of : One round of the day of every grid whose code begins with $1.
select * from patrol_round where day = $2 and ordinal = $3 and grid_code like $1 || '%' order by grid_code

-- name: day_rounds : Every round of a day.
select * from patrol_round where day = $1

-- name: walks_of : What each worker gave to one round of one grid.
select worker_id, grid_code, day, ordinal, bitmap, minutes, fixes, longest_gap_s, confidence, visited
from patrol_walk where grid_code = $1 and day = $2 and ordinal = $3 order by worker_id

-- name: received_since : Who sent something of which local day since $1; $2 and $3 bound the time of the fixes.
select distinct worker_id, (started_at at time zone interval '8 hours')::date as day from segment
where received_at >= $1 and started_at >= $2 and started_at < $3

-- name: mark : Since when something may be missing in the tables.
select folded_at from patrol_mark

-- name: put_mark : Everything of earlier days that was received before is folded and written.
insert into patrol_mark (folded_at) values ($1) on conflict (only_row) do update set folded_at = excluded.folded_at

-- name: lower_mark : Something before this is to be folded again, also if the server is killed now.
update patrol_mark set folded_at = least(folded_at, $1)

-- name: put_late : Workers of whom something came after its day.
insert into patrol_late (worker_id, day, folded_at) select unnest($1::integer[]), $2, $3
on conflict (worker_id, day) do update set folded_at = excluded.folded_at

-- name: usual_minutes : The median time on foot of each grid's rounds that were done.
select grid_code, percentile_cont(0.5) within group (order by minutes)::double precision as minutes
from patrol_round where day >= $1 and day < $2 and state in ('done', 'late') group by grid_code
