-- Cases: what somebody noticed and who finishes it. The way of a case is a workflow; here stands what it is about, with the
-- state of the work mirrored for lists, in the transaction that moves it.

create sequence case_number;              -- unique across tenants; gaps mean nothing
grant usage on sequence case_number to quanyu_app;

create table case_class (                 -- what a case may be about; a city's own list, by default GB/T 30428.2
    tenant text not null,
    code text not null,
    parent text,
    kind text not null check (kind in ('component', 'event')),
    titles jsonb not null,                -- by language
    words text[] not null default '{}',   -- other names people use
    weight double precision not null default 1,   -- severity, for the degree to which problems are solved
    fields jsonb not null default '[]',   -- what a reporter is asked beside the usual
    valid_from date not null default '2000-01-01',
    valid_to date,
    primary key (tenant, code)
);
select quanyu_protect('case_class');

create table case_condition (             -- 立案条件: under which limit a class is filed in an area; the longest area counts
    tenant text not null,
    class text not null,
    area text not null default '',        -- the beginning of a region code
    rule text not null default '',        -- in words
    amount double precision not null,
    unit text not null,
    urgent boolean not null default false,
    primary key (tenant, class, area, urgent)
);
select quanyu_protect('case_condition');

create table case_duty (                  -- 权责清单: who handles a class in an area
    tenant text not null,
    class text not null,                  -- or the beginning of it; '' is every class
    area text not null default '',
    organisation text not null,
    primary key (tenant, class, area)
);
select quanyu_protect('case_duty');

create table case_record (
    tenant text not null,
    id text not null,                     -- the number that people are told
    instance text not null,
    class text,
    channel text not null,                -- resident, hotline, patrol, sensor, rule, open311, import, ngsi-ld
    title text not null,
    description text not null default '',
    address text,
    lon double precision, lat double precision,
    region text, grid text, component text,
    urgent boolean not null default false,
    photos text[] not null default '{}',
    fields jsonb not null default '{}',
    facts jsonb,                          -- what made it, where a rule or a sensor did
    reporter jsonb,                       -- personal: name, phone, email; shown to the desk only
    follow text not null,                 -- the secret with which the reporter follows the case
    external text,                        -- "<system>:<number>" where it came from elsewhere
    state text not null,
    organisation text,
    due timestamptz,
    reported timestamptz not null,
    closed timestamptz,
    outcome text,
    merged_into text,
    reopens text,
    callback jsonb,
    words tsvector not null,
    primary key (tenant, id)
) with (fillfactor = 80);
create unique index case_record_instance on case_record (tenant, instance);
create unique index case_record_external on case_record (tenant, external) where external is not null;
create index case_record_newest on case_record (tenant, reported desc, id desc);
create index case_record_state on case_record (tenant, state, reported desc);
create index case_record_body on case_record (tenant, organisation, state, reported desc);
create index case_record_class on case_record (tenant, class, reported desc);
create index case_record_place on case_record using gist (box(point(lon, lat), point(lon, lat))) where closed is null and lon is not null;
create index case_record_words on case_record using gin (words);
select quanyu_protect('case_record');
