-- name: put : Ticks as a phone says them; sent twice they are there once, and of two the newest counts.
insert into patrol_tick (key_point_id, day, ordinal, line, worker_id, is_done, at, received_at)
select t.key_point_id, t.day, t.ordinal, t.line, $1, t.is_done, t.at, $2
from unnest($3::integer[], $4::date[], $5::smallint[], $6::smallint[], $7::boolean[], $8::timestamptz[])
  as t (key_point_id, day, ordinal, line, is_done, at)
on conflict (key_point_id, day, ordinal, line, worker_id) do update
set is_done = excluded.is_done, at = excluded.at, received_at = excluded.received_at
where patrol_tick.at < excluded.at;

-- name: of_round : What is ticked at some key points in a round.
select key_point_id, line, worker_id, at from patrol_tick
where key_point_id = any($1::integer[]) and day = $2 and ordinal = $3 and is_done
order by key_point_id, line, at, worker_id;
