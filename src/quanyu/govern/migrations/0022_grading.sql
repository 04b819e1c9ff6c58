-- GB/T 43697: what was found in a dataset, what grade follows from it, and who confirmed it.
create table grading (
    tenant text not null,
    name text not null,
    state text not null check (state in ('suggested', 'confirmed')),
    grade text not null,
    columns jsonb not null,
    inherited text,
    reason text,
    decided_by text,
    at timestamptz not null,
    primary key (tenant, name)
);
select quanyu_protect('grading');
