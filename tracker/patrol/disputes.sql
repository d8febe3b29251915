-- name: add_dispute : A worker disputes a round; one at a time.
insert into patrol_dispute (worker_id, grid_code, day, ordinal, text, created_at)
select $1, $2, $3::date, $4::smallint, $5, $6
where not exists (
  select from patrol_dispute where worker_id = $1 and day = $3::date and ordinal = $4::smallint and decision is null)
returning id;

-- name: round_state : What the disputed round came to.
select state from patrol_round where grid_code = $1 and day = $2 and ordinal = $3;

-- name: page : Disputes of grids under a prefix, undecided first, newest first, with ids below $2.
select d.id, d.worker_id, d.grid_code, d.day, d.ordinal, d.text, d.created_at, d.decision, d.decided_at, d.note,
       r.state, r.cells / 7 as cells, in_cells(r.covered) as covered, r.minutes, r.confidence, r.longest_gap_s
from patrol_dispute d
left join patrol_round r on r.grid_code = d.grid_code and r.day = d.day and r.ordinal = d.ordinal
where d.grid_code >= $1 and d.grid_code < $1 || '~' and d.id < $2 and (not $3 or d.decision is null)
order by d.id desc limit $4;

-- name: one : A dispute, locked until the decision is written.
select worker_id, grid_code, day, ordinal, decision from patrol_dispute where id = $1 for update;

-- name: decide : The decision on a dispute.
update patrol_dispute set decision = $2, decided_by = $3, decided_at = $4, note = $5 where id = $1;

-- name: excuse_round : An accepted dispute takes the round out of what is counted.
update patrol_round set state = 'excused', revised_at = $4, updated_at = $4
where grid_code = $1 and day = $2 and ordinal = $3 and state in ('missed', 'no_data', 'late');
