-- name: workers_of_day : Who sent how many fixes between $1 and $2, the midnights of a day.
select worker_id, sum(fixes)::integer as fixes from segment where started_at >= $1 and started_at < $2 group by 1 order by 1;

-- name: rows_of_workers : All that some workers sent on that day.
select worker_id, started_at, ordinal, ended_at, received_at, device_id, dialect, skew_ms, fixes, data, raw, parts
from segment where worker_id = any($1::integer[]) and started_at >= $2 and started_at < $3;
