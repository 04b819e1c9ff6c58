-- 政务数据目录: one entry per dataset. The columns beside `description` repeat what lists and facets need of it.
create table catalogue_entry (
    tenant text not null,
    name text not null,
    resource_code text not null,
    state text not null check (state in ('draft', 'published', 'offline')),
    version integer not null,
    description jsonb not null,
    facts jsonb not null default '{}',
    profile jsonb not null default '[]',
    created timestamptz not null,
    modified timestamptz not null,
    published timestamptz,
    primary key (tenant, name),
    unique (tenant, resource_code)
);
select quanyu_protect('catalogue_entry');

-- Every version that ever was, so that any of them can be restored.
create table catalogue_version (
    tenant text not null,
    name text not null,
    version integer not null,
    state text not null,
    description jsonb not null,
    author text not null,
    cause text not null,
    at timestamptz not null,
    primary key (tenant, name, version)
);
select quanyu_protect('catalogue_version');

create table catalogue_sequence (
    tenant text not null,
    prefix text not null,
    last integer not null,
    primary key (tenant, prefix)
);
select quanyu_protect('catalogue_sequence');

create table catalogue_usage (
    tenant text not null,
    name text not null,
    day date not null,
    kind text not null check (kind in ('view', 'download', 'call')),
    uses bigint not null,
    primary key (tenant, name, day, kind)
);
select quanyu_protect('catalogue_usage');
