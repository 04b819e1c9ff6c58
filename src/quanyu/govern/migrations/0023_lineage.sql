-- One step of data: from a source or file to an import, a dataset, an entity type, a derived dataset, an export.
create table lineage_edge (
    tenant text not null,
    from_kind text not null,
    from_id text not null,
    to_kind text not null,
    to_id text not null,
    fields jsonb not null default '[]',
    detail jsonb not null default '{}',
    at timestamptz not null,
    primary key (tenant, from_kind, from_id, to_kind, to_id)
);
create index lineage_edge_back on lineage_edge (tenant, to_kind, to_id);
select quanyu_protect('lineage_edge');
