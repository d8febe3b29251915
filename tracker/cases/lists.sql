-- name: open_cases : a queue: open cases of some states, the most urgent first, out of a window of so many; one state alone is named apart, for its index. The last of a full window comes in any case: from there one goes on
select w.*, is_wanted from (
  select f.*, row_number() over (order by red_sort, id) as place from case_file f
  where closed_at is null and ($1::text is null or state = $1) and ($2::text[] is null or state = any ($2))
    and ($3::text is null or starts_with(area_code, $3)) and ($4::text is null or township_code = $4) and ($5::text is null or village_code = $5)
    and ($6::text is null or department_code = $6 or co_departments @> array[$6])
    and (red_sort, id) > ($7::timestamptz, $8::bigint) and red_sort < $9
  order by red_sort, id limit $10
) as w cross join lateral (select ($11::text is null or complained_of is distinct from $11)
  and ($12::text is null or category_code = $12) and ($13::text is null or channel = $13)
  and (case $14::text when 'yellow' then yellow_at <= $15 when 'green' then coalesce(yellow_at > $15, true) else true end)
  and ($16::text is null or strpos(description, $16) > 0 or number = $16) as is_wanted
) as x
where is_wanted or place = $10
order by red_sort, id limit $17;

-- name: newest_cases : cases between two ids, newest first
select f.* from case_file f
where id >= $1 and id < $2 and ($3::text[] is null or state = any ($3)) and ($4::text is null or starts_with(area_code, $4))
  and ($5::text is null or township_code = $5) and ($6::text is null or village_code = $6)
  and ($7::text is null or complained_of is distinct from $7)
  and ($8::text is null or department_code = $8 or co_departments @> array[$8])
  and ($9::text is null or category_code = $9) and ($10::text is null or channel = $10)
  and ($11::text is null or strpos(description, $11) > 0 or number = $11)
order by id desc limit $12;

-- name: newest_id : where a search begins
select coalesce(max(id), 0) from case_file;

-- name: id_of_number : the case of a number
select case_id from case_key where kind = 'number' and key = $1;
