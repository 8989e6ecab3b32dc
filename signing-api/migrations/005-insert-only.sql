-- What was written stays: every table refuses changes but those that are mutable by design. A later migration that makes a table gives it
-- these triggers too (a test asks every table).
create function refuse_change() returns trigger language plpgsql as $$
begin
  raise exception '% is insert-only', tg_table_name using errcode = 'restrict_violation';
end $$;

do $$
declare
  name text;
begin
  for name in
    select c.relname from pg_class c
    where c.relkind in ('r', 'p') and c.relnamespace = current_schema()::regnamespace
      and c.relname not in ('jobs', 'leases', 'idempotency_keys', 'migrations', 'status_envelopes')
  loop
    execute format('create trigger insert_only before update or delete or truncate on %I
      for each statement execute function refuse_change()', name);
  end loop;
end $$;
