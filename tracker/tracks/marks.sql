-- name: add_mark : A commit that processes elsewhere must hear of, in the commit itself.
insert into commit_mark (received_from, received_to) values ($1, $2) returning id;

-- name: read_marks : Commits that nobody has taken notice of yet, and those of the last moments.
select id, received_from, received_to from commit_mark order by id;

-- name: forget_marks : Commits that the house knows of.
delete from commit_mark where id = any($1::bigint[]);

-- name: received_between : What was received in a span of time, in the order of the fixes.
select worker_id, started_at, received_at, data from segment
where received_at between $1 and $2 and started_at >= $3 and not packed
order by started_at;

-- name: forget_old_marks : Commits of before the house read what is stored.
delete from commit_mark where made_at < now() - interval '1 minute';
