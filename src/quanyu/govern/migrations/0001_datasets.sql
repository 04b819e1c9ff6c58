-- A dataset: what one department's files of one kind come together to. Its content is Parquet files (dataset_part).
create table dataset (
  tenant text not null,
  name text not null,
  title text not null,
  owner text,                                       -- organisation
  region text,                                      -- region code
  kind text not null default 'entities' check (kind in ('entities', 'observations')),
  model text,
  key_columns text[] not null default '{}',
  mapping jsonb,                                    -- EntityMapping, reused by the next import
  options jsonb not null default '{}',              -- how its files are read, reused by the next import
  columns jsonb not null default '[]',              -- ColumnProfile of the newest import
  update_cycle text,
  gate double precision not null default 60,        -- below this score the dataset is not shareable
  raw_policy text not null default 'parquet' check (raw_policy in ('parquet', 'upload')),
  version bigint not null default 0,                -- rises with every change of the content
  records bigint not null default 0,
  quarantined bigint not null default 0,            -- open rows only
  score double precision,
  created timestamptz not null,
  modified timestamptz not null,
  primary key (tenant, name)
);
select quanyu_protect('dataset');

-- One arrival of files. `fingerprint` (content and options) makes the same arrival twice one import.
create table dataset_import (
  tenant text not null,
  id text not null,
  dataset text not null,
  state text not null check (state in ('received', 'landing', 'checking', 'committing', 'done', 'failed', 'cancelled')),
  files jsonb not null,
  options jsonb not null,
  fingerprint text not null,
  actor text not null,
  source text,                                      -- the running source that brought it, if any
  arrived timestamptz not null,
  started timestamptz,
  finished timestamptz,
  progress jsonb,
  cancel boolean not null default false,
  report jsonb,
  fault jsonb,
  primary key (tenant, id),
  foreign key (tenant, dataset) references dataset (tenant, name) on delete cascade
);
create index dataset_import_newest on dataset_import (tenant, dataset, id desc);
create index dataset_import_fingerprint on dataset_import (tenant, dataset, fingerprint);
create index dataset_import_working on dataset_import (tenant, state) where state in ('received', 'landing', 'checking', 'committing');
select quanyu_protect('dataset_import');

-- The files that make up the content. `import` is an import or a release from quarantine; paths are below the data folder.
create table dataset_part (
  tenant text not null,
  dataset text not null,
  import text not null,
  role text not null check (role in ('accepted', 'quarantine', 'raw', 'superseded')),
  path text not null,
  bytes bigint not null,
  version bigint not null,                          -- of the dataset that this part made
  primary key (tenant, dataset, import, role),
  foreign key (tenant, dataset) references dataset (tenant, name) on delete cascade
);
select quanyu_protect('dataset_part');
