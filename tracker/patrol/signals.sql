-- name: segments_of_day : What some workers sent on one local day; $2 and $3 are its midnights.
select worker_id, started_at, data from segment
where worker_id = any($1::integer[]) and started_at >= $2 and started_at < $3;

-- name: put_signals : Signals found; evidence grows during the day until somebody has decided.
insert into patrol_signal (worker_id, day, kind, evidence, found_at)
select s.worker_id, $2, s.kind, s.evidence, $1
from unnest($3::integer[], $4::text[], $5::jsonb[]) as s (worker_id, kind, evidence)
on conflict (worker_id, day, kind) do update set evidence = excluded.evidence
where patrol_signal.decision is null;

-- name: page : Signals of some workers, newest first, with ids below $2.
select id, worker_id, day, kind, evidence, found_at, decision, decided_at, note from patrol_signal
where worker_id = any($1::integer[]) and id < $2 and (not $3 or decision is null)
order by id desc limit $4;

-- name: one : A signal, locked until the decision is written.
select worker_id, day, kind, decision from patrol_signal where id = $1 for update;

-- name: decide : A supervisor's decision.
update patrol_signal set decision = $2, decided_by = $3, decided_at = $4, note = $5 where id = $1;

-- name: late : Of which days and workers something came after the day, the oldest day first.
select worker_id, day, folded_at from patrol_late order by day, worker_id limit $1;

-- name: forget_late : They were looked at; what came meanwhile has a newer time and stays.
delete from patrol_late p using unnest($1::integer[], $2::date[], $3::timestamptz[]) as d (worker_id, day, folded_at)
where p.worker_id = d.worker_id and p.day = d.day and p.folded_at = d.folded_at;
