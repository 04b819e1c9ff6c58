-- Versions of standards that a tenant adds to or puts over the built-in ones. kind: code-lists, elements, models.
create table standard (
  tenant text not null,
  kind text not null,
  name text not null,
  version text not null,
  effective_from date not null,
  effective_to date,
  body jsonb not null,
  changed_by text not null,
  changed_at timestamptz not null,
  primary key (tenant, kind, name, version),
  check (effective_to is null or effective_to > effective_from)
);
select quanyu_protect('standard');

-- Region codes with the time in which each name was good; effective_to is the first day on which it is not.
-- They are national, therefore without tenant.
create table region (
  code text not null,
  effective_from date not null,
  effective_to date,
  name text not null,
  level text not null,
  parent text,
  primary key (code, effective_from)
);
create index region_parent on region (parent, code);
create index region_name on region (name);
select quanyu_open('region');

-- What people decided about the columns of a dataset; signature is of the set of column labels.
create table mapping_memory (
  tenant text not null,
  dataset text not null,
  signature text not null,
  body jsonb not null,
  decided_by text not null,
  decided_at timestamptz not null,
  primary key (tenant, dataset)
);
create index mapping_memory_signature on mapping_memory (tenant, signature, decided_at);
select quanyu_protect('mapping_memory');
