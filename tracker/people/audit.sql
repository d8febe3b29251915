-- name: write_line : adds one line; nothing ever changes or removes one
insert into audit (account_id, device_id, action, subject, area_code, detail, address)
values ($1, $2, $3, $4, $5, $6, $7);

-- name: read_lines : newest lines first, before a cursor, in an area
select a.id, a.at, a.account_id, p.name as account, a.device_id, a.action, a.subject, a.area_code, a.detail, a.address
from audit a left join account p on p.id = a.account_id
where (starts_with(a.area_code, $1) or (a.area_code = '' and $2))
  and ($3::text is null or a.action = $3)
  and ($4::text is null or a.subject = $4)
  and ($5::integer is null or a.account_id = $5)
  and ($6::bigint is null or a.id < $6)
order by a.id desc
limit $7;
