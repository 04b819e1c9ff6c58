-- What the city measures: definitions that change by versions, and what they came to.

create table evaluate_indicator (          -- of the versions valid on the last day of a period the newest counts
    tenant text not null,
    code text not null,
    version integer not null,
    valid_from date not null,
    body jsonb not null,
    published timestamptz not null,
    publisher text not null,               -- 'built-in' for those that come with Quanyu
    primary key (tenant, code, version)
);
select quanyu_protect('evaluate_indicator');

create table evaluate_value (              -- null where there is no data
    tenant text not null,
    code text not null,
    dimension text not null,               -- 'city', whose key is '', or what it was divided by
    key text not null,
    start date not null,
    value double precision,
    version integer not null,              -- of the formula
    computed timestamptz not null,
    inputs timestamptz,                    -- when the newest of what it was counted from was written
    primary key (tenant, code, dimension, key, start)
) with (fillfactor = 85);
create index evaluate_value_start on evaluate_value (tenant, code, dimension, start);
select quanyu_protect('evaluate_value');

create table evaluate_progress (           -- up to when changes have been counted
    tenant text not null primary key,
    counted timestamptz not null
);
select quanyu_protect('evaluate_progress');

create index case_record_closed on case_record (tenant, closed) where closed is not null;
create index case_record_reopens on case_record (tenant, reopens) where reopens is not null;
