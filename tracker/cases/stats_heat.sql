-- name: cells : reports of days by cell; private ones, and those of categories that the public is not offered, apart
select cell, (private or not category = any ($5::text[])) as is_private, sum(n)::bigint as n from case_heat
where day >= $1 and day < $2 and starts_with(village_code, $3) and ($4::text is null or category = $4)
  and ($6::smallint[] is null or extract(isodow from day)::smallint = any ($6)) and hour >= $7 and hour < $8
group by 1, 2 having sum(n) > 0;

-- name: hours : the same by weekday (1 Monday) and hour of the local day
select extract(isodow from day)::smallint as weekday, hour, (private or not category = any ($5::text[])) as is_private, sum(n)::bigint as n
from case_heat where day >= $1 and day < $2 and starts_with(village_code, $3) and ($4::text is null or category = $4)
group by 1, 2, 3;

-- name: days : the same by day
select day, (private or not category = any ($5::text[])) as is_private, sum(n)::bigint as n
from case_heat where day >= $1 and day < $2 and starts_with(village_code, $3) and ($4::text is null or category = $4)
group by 1, 2 order by 1;

-- name: usual : how many reports of each kind each cell had
select cell, category, sum(n)::bigint as n from case_heat where day >= $1 and day < $2 and starts_with(village_code, $3) group by cell, category;

-- name: lately : reports with a place and a category since an instant, newest first; what was merged is counted with the case it follows
select * from case_file
where reported_at >= $1 and starts_with(area_code, $2) and lat_e7 is not null and category_code is not null and state not in ('merged', 'rejected', 'voided')
order by reported_at desc limit $3;
