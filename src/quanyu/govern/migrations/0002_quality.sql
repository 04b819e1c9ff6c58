-- Quality rules of a dataset. A change is a new version; the one in force is the highest that is effective.
create table quality_rule (
  tenant text not null,
  dataset text not null,
  name text not null,
  version integer not null,
  body jsonb not null,                              -- govern.quality.rules.Rule
  enabled boolean not null default true,
  effective_from date not null,
  effective_to date,
  author text not null,
  at timestamptz not null,
  primary key (tenant, dataset, name, version),
  foreign key (tenant, dataset) references dataset (tenant, name) on delete cascade
);
select quanyu_protect('quality_rule');

-- What each import came to under each rule.
create table quality_result (
  tenant text not null,
  dataset text not null,
  import text not null,
  rule text not null,
  body jsonb not null,                              -- the rule as it was then
  checked bigint not null,
  violations bigint not null,
  details jsonb not null default '[]',
  groups bigint,
  proposals bigint not null default 0,
  primary key (tenant, dataset, import, rule),
  foreign key (tenant, dataset) references dataset (tenant, name) on delete cascade
);
select quanyu_protect('quality_result');

-- The score of a dataset after each change of its content: the trend.
create table quality_score (
  tenant text not null,
  dataset text not null,
  version bigint not null,
  at timestamptz not null,
  cause text not null check (cause in ('import', 'release', 'dismiss', 'rules')),
  score double precision not null,
  dimensions jsonb not null,
  rules jsonb not null,                             -- {rule: [checked, violations]}
  records bigint not null,
  quarantined bigint not null,
  primary key (tenant, dataset, version),
  foreign key (tenant, dataset) references dataset (tenant, name) on delete cascade
);
create index quality_score_time on quality_score (tenant, at);
select quanyu_protect('quality_score');

-- The ledger: one line for each rule of a dataset that records break, until none does.
create table defect (
  tenant text not null,
  dataset text not null,
  rule text not null,
  number integer not null,                          -- rises when a closed defect comes back
  records bigint not null,
  owner text,
  deadline date,
  state text not null default 'open' check (state in ('open', 'working', 'accepted', 'closed')),
  note text not null default '',
  opened timestamptz not null,
  modified timestamptz not null,
  closed timestamptz,
  closed_by text,
  primary key (tenant, dataset, rule, number),
  foreign key (tenant, dataset) references dataset (tenant, name) on delete cascade
);
create index defect_state on defect (tenant, state, deadline);
select quanyu_protect('defect');

-- Tables that rules look into: code lists, registers. The rows are a Parquet file below the data folder.
create table reference_set (
  tenant text not null,
  name text not null,
  title text not null,
  path text not null,
  columns text[] not null,
  records bigint not null,
  modified timestamptz not null,
  primary key (tenant, name)
);
select quanyu_protect('reference_set');
