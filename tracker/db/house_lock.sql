-- name: try_lock : Become the house, unless another process is it.
select pg_try_advisory_lock($1);

-- name: notice_death : A machine that vanishes loses the lock after some 15 s instead of two hours.
select set_config('tcp_keepalives_idle', '5', false), set_config('tcp_keepalives_interval', '5', false),
       set_config('tcp_keepalives_count', '2', false);

-- name: read_term : Who was the house last.
select term from house;

-- name: write_term : This process is.
insert into house (term) values ($1) on conflict (only_row) do update set term = excluded.term;

-- name: read_identity : What tells one installation from another.
select md5(system_identifier::text || '/' || current_database()) from pg_control_system();
