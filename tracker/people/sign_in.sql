-- name: lock_by_name : the account of a name, held so that attempts are counted one after the other
select id, password_hash, area_code, disabled_at, failed_count, locked_until
from account where name = $1 for update;

-- name: count_failure : counts an attempt before its password is checked
update account set failed_count = $2, locked_until = $3 where id = $1;

-- name: clear_failures : after a right password
update account set failed_count = 0, locked_until = null where id = $1;

-- name: renew_hash : the same password with today's costs, unless it was changed meanwhile
update account set password_hash = $2 where id = $1 and password_hash = $3;
