-- name: insert_session : a person signed in
insert into session (token_hash, account_id, created_at, last_seen_at, expires_at, address, agent)
values ($1, $2, $3, $3, $4, $5, $6);

-- name: find_session : the account behind a session that is neither expired nor idle
select s.token_hash, s.expires_at, s.last_seen_at, a.id, a.name, a.display_name, a.role, a.area_code,
  a.department_code
from session s join account a on a.id = s.account_id
where s.token_hash = $1 and s.expires_at > $2 and s.last_seen_at > $3 and a.disabled_at is null;

-- name: find_valid : which of these sessions still stand
select s.token_hash from session s join account a on a.id = s.account_id
where s.token_hash = any ($1) and s.expires_at > $2 and a.disabled_at is null;

-- name: touch : these sessions are in use
update session set last_seen_at = $2 where token_hash = any ($1) and last_seen_at < $3;

-- name: delete_sessions : these sessions end
delete from session where token_hash = any ($1);

-- name: delete_sessions_of : all sessions of an account end, except one
delete from session where account_id = $1 and token_hash <> $2 returning token_hash;

-- name: delete_old : sessions that are over, so that the table stays small
delete from session where expires_at <= $1 or last_seen_at <= $2;
