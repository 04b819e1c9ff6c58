-- Runs of algorithms: what went in, what came out, by which version, how long it took.
create table compute_run (
  tenant text not null,
  id bigint generated always as identity,
  process text not null,
  version text not null,
  inputs jsonb not null,
  outputs jsonb not null,
  metrics jsonb not null,
  at timestamptz not null,
  author text not null,
  primary key (tenant, id)
);
select quanyu_protect('compute_run');
grant usage on all sequences in schema public to quanyu_app;
