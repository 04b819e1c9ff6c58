-- How a city judges, and what it has to give.

create table evaluate_policy (             -- every change is a version; the newest that is valid on a day counts
    tenant text not null,
    version integer not null,
    valid_from date not null,
    body jsonb not null,
    published timestamptz not null,
    publisher text not null,
    primary key (tenant, version)
);
select quanyu_protect('evaluate_policy');

create table evaluate_budget (             -- operating budget of a body or one of its systems in a year
    tenant text not null,
    organisation text not null,
    year integer not null,
    system text not null default '',
    amount double precision not null check (amount >= 0),
    used double precision check (used between 0 and 1),        -- 使用度, where it is measured
    quality double precision check (quality between 0 and 1),  -- availability, freshness, on time
    primary key (tenant, organisation, year, system)
);
select quanyu_protect('evaluate_budget');
