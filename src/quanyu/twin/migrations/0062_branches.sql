-- What-if branches: states of a tenant that differ from the live one in the entities that were touched (decision 0035).
-- The entities themselves stand in `entity` under a tenant of their own, `space`, which nothing else reads.
create table branch (
    tenant text not null,
    id text not null,
    space text not null unique,
    frozen boolean not null,                -- holds what its queries found and nothing else; otherwise the rest is live
    status text not null,
    document jsonb not null,                -- as it was asked for
    details jsonb not null default '{}',
    created timestamptz not null,
    modified timestamptz not null,
    expires timestamptz,
    primary key (tenant, id)
);
select quanyu_protect('branch');

create table branch_entity (                -- what a branch decides itself; without an entity in `space` it is gone there
    tenant text not null,
    space text not null,
    id text not null,
    was_there boolean not null,             -- when it was touched first
    primary key (tenant, space, id)
);
select quanyu_protect('branch_entity');
