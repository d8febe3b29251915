-- name: take_messages : messages that nobody else is sending, until the transaction ends
select case_id, id, topic, payload, departments, workers, created_at from case_outbox
where sent_at is null and available_at <= $1 order by available_at, id limit $2 for update skip locked;

-- name: mark_sent : what was told
update case_outbox o set sent_at = $1, attempts = attempts + 1
from unnest($2::bigint[], $3::bigint[]) as m(case_id, id) where o.case_id = m.case_id and o.id = m.id;

-- name: fan_out : one delivery for every webhook that asked for it; an event that was fanned out before is left as it is
insert into webhook_delivery (webhook_id, event_id, kind, body, due_at, created_at)
select w.id, m.event_id, m.kind, m.body, $6::timestamptz, $6
from unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[]) as m(event_id, kind, area, departments, body)
join webhook w on w.retired_at is null
  and (w.kinds = '{}' or m.kind = any (w.kinds))
  and starts_with(m.area, case when w.area_code like '______000000' then left(w.area_code, 6)
    when w.area_code like '_________000' then left(w.area_code, 9) else w.area_code end)
  and (w.department_code is null or w.department_code = any (string_to_array(m.departments, E'\n')))
on conflict (webhook_id, event_id) do nothing;

-- name: take_due : deliveries that are this process's until the given time; a receiver that rests is passed over
update webhook_delivery d set attempts = d.attempts + 1, due_at = $3
from webhook w
where w.id = d.webhook_id and d.id in (
  select one.id from webhook_delivery one join webhook hook on hook.id = one.webhook_id
  where one.state = 'waiting' and one.due_at <= $1 and hook.retired_at is null and (hook.rests_until is null or hook.rests_until <= $1)
  order by one.due_at, one.id limit $2 for update of one skip locked)
returning d.id, d.webhook_id, d.event_id, d.kind, d.body, d.attempts, w.url, w.secret_sealed, w.failures;

-- name: put_done : taken by its receiver
update webhook_delivery set state = 'done', ended_at = $2, status = $3, error = '' where id = $1;

-- name: put_again : to be tried again
update webhook_delivery set due_at = $2, status = $3, error = $4 where id = $1;

-- name: put_dead : given up; people see it and may send it again
update webhook_delivery set state = 'dead', ended_at = $2, status = $3, error = $4 where id = $1;

-- name: receiver_answers : it is there
update webhook set failures = 0, rests_until = null where id = $1 and (failures > 0 or rests_until is not null);

-- name: receiver_fails : it is left alone for a while
update webhook set failures = failures + 1, rests_until = greatest(rests_until, $2) where id = $1;

-- name: depths : how much waits, and how old the oldest message is
select (select count(*) from case_outbox where sent_at is null)::integer as outbox,
  coalesce((select extract(epoch from $1::timestamptz - min(available_at)) from case_outbox where sent_at is null), 0)::float8 as oldest_s,
  (select count(*) from webhook_delivery where state = 'waiting')::integer as waiting,
  (select count(*) from webhook_delivery where state = 'dead')::integer as dead;

-- name: forget_sent : messages that were told long ago
delete from case_outbox where sent_at < $1;

-- name: forget_ended : deliveries that ended long ago; dead ones are kept longer
delete from webhook_delivery where (state = 'done' and ended_at < $1) or (state = 'dead' and ended_at < $2);

-- name: next_hook : the id of the next webhook, which its secret is sealed for
select nextval(pg_get_serial_sequence('webhook', 'id'))::integer;

-- name: add_hook : a new webhook
insert into webhook (id, name, url, secret_sealed, kinds, area_code, department_code, created_at, created_by)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9);

-- name: hooks : every webhook with what waits and what was given up, newest first
select w.id, w.name, w.url, w.kinds, w.area_code, w.department_code, w.created_at, w.retired_at, w.failures,
  (select count(*) from webhook_delivery d where d.webhook_id = w.id and d.state = 'waiting')::integer as waiting,
  (select count(*) from webhook_delivery d where d.webhook_id = w.id and d.state = 'dead')::integer as dead
from webhook w order by w.id desc limit 200;

-- name: change_hook : what it asks for; a new address is tried at once
update webhook set name = $2, url = $3, kinds = $4, area_code = $5, department_code = $6, failures = 0, rests_until = null
where id = $1 and retired_at is null returning id;

-- name: change_secret : signed with another secret from now on
update webhook set secret_sealed = $2 where id = $1 and retired_at is null returning id;

-- name: retire_hook : it gets nothing from now on
update webhook set retired_at = $2 where id = $1 and retired_at is null returning id;

-- name: drop_waiting : what a retired webhook will not get
update webhook_delivery set state = 'dead', ended_at = $2, error = 'retired' where webhook_id = $1 and state = 'waiting';

-- name: add_test : a delivery of its own for one webhook
insert into webhook_delivery (webhook_id, event_id, kind, body, due_at, created_at)
select id, $2::text, $3::text, $4::text, $5::timestamptz, $5 from webhook where id = $1 and retired_at is null returning id;

-- name: deliveries : of one webhook, newest first
select id, event_id, kind, state, attempts, due_at, created_at, ended_at, status, error from webhook_delivery
where webhook_id = $1 and ($2::text is null or state = $2) and id < $3 order by id desc limit $4;

-- name: send_again : dead letters of a webhook that holds, one (or all where the second is null), from the first try on
update webhook_delivery d set state = 'waiting', attempts = 0, due_at = $3, ended_at = null
from webhook w
where w.id = d.webhook_id and w.retired_at is null and d.webhook_id = $1 and d.state = 'dead' and ($2::bigint is null or d.id = $2)
returning d.id;

-- name: wake_hook : it is asked again at once
update webhook set rests_until = null where id = $1;
