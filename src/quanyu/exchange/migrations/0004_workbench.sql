-- The workbench: queries that a person keeps, with the chart that shows them. Never their answers.

create table workbench_query (
    tenant text not null,
    id text not null,
    owner text not null,                  -- the account that keeps it
    owner_name text not null,
    name text not null,
    sql text not null,
    chart jsonb not null,                 -- how the answer is shown (workbench.model.Chart)
    shared boolean not null,              -- others see it too; what they get of it is theirs to read
    created timestamptz not null,
    modified timestamptz not null,
    primary key (tenant, id)
);
create index workbench_query_owner on workbench_query (tenant, owner, modified desc);
create index workbench_query_shared on workbench_query (tenant, modified desc) where shared;
select quanyu_protect('workbench_query');
