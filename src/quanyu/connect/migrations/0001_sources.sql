-- Sources that keep running (数据源): what to fetch, how often, how it went.
create table source (
  tenant text not null,
  name text not null,
  kind text not null,                    -- http, sql, mqtt, folder, ngsi-ld
  dataset text not null,
  settings jsonb not null,
  secret bytea,                          -- passwords and tokens, encrypted with a key of the data folder
  every_seconds int not null,            -- pause between two runs; for streams: how long messages are gathered
  state text not null default 'active',  -- active, paused
  cursor jsonb,                          -- where the next run goes on; moves only with an accepted delivery
  due timestamptz not null default now(),
  failures int not null default 0,       -- in a row; 0 after a run that worked
  fault text,
  fault_at timestamptz,
  succeeded_at timestamptz,
  newest timestamptz,                    -- newest arrival, for the lag
  records bigint not null default 0,
  created timestamptz not null default now(),
  primary key (tenant, name)
);
select quanyu_protect('source');

-- Messages of streams, stored before they are acknowledged, until a delivery has taken them.
create table source_message (
  tenant text not null,
  source text not null,
  id bigint generated always as identity,
  arrived timestamptz not null default now(),
  topic text not null default '',
  payload bytea not null,
  delivery text,                         -- the delivery that is taking them
  primary key (tenant, source, id)
);
select quanyu_protect('source_message');
grant usage on all sequences in schema public to quanyu_app;
