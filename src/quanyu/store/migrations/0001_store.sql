-- The plain role that the node works as: it owns nothing, so row security binds it.
do $$ begin
  if not exists (select 1 from pg_roles where rolname = 'quanyu_app') then
    create role quanyu_app login;
  end if;
end $$;
grant quanyu_app to current_user;
grant usage on schema public to quanyu_app;
revoke create on schema public from public;

-- A table of tenants' rows: each transaction sees the rows of the tenant that it has set, and no others.
create function quanyu_protect(name text) returns void language plpgsql as $$
begin
  execute format('alter table %I enable row level security', name);
  execute format('alter table %I force row level security', name);
  execute format(
    'create policy own on %I using (tenant = current_setting(''quanyu.tenant'', true))
     with check (tenant = current_setting(''quanyu.tenant'', true))', name);
  execute format('create policy keeper on %I to %I using (true) with check (true)', name, current_user);
  perform quanyu_open(name);
end $$;

-- A table of the node itself, without tenants' rows.
create function quanyu_open(name text) returns void language plpgsql as $$
begin
  execute format('grant select, insert, update, delete on %I to quanyu_app', name);
end $$;

-- Durable work: jobs and events. State: waiting, running, done, dead (given up, shown on the system page).
create table job (
  id bigint generated always as identity primary key,
  tenant text not null,
  kind text not null,
  body jsonb not null,
  state text not null default 'waiting',
  due timestamptz not null default now(),
  tries int not null default 0,
  fault text,
  progress jsonb,
  leased_until timestamptz,
  created timestamptz not null default now(),
  finished timestamptz
) with (fillfactor = 70, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 1000);
create index job_due on job (due, id) where state = 'waiting';
create index job_leased on job (leased_until) where state = 'running';
create index job_shown on job (tenant, state, id);
select quanyu_open('job');
grant usage on all sequences in schema public to quanyu_app;
alter default privileges in schema public grant usage on sequences to quanyu_app;
