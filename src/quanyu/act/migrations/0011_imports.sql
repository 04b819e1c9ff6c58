-- Cases of other systems: what was brought, how far it is, and every line that was refused, with its reasons.

create table case_import (
    tenant text not null,
    id text not null,
    system text not null,
    mapping jsonb not null,
    actor text not null,
    file text not null,                    -- name within uploads of the data folder; '' once it is done
    begun timestamptz not null,
    finished timestamptz,
    read integer not null default 0,
    made integer not null default 0,
    known integer not null default 0,      -- by their number elsewhere
    refused integer not null default 0,
    fault text,                            -- why it ended early
    primary key (tenant, id)
);
select quanyu_protect('case_import');

create table case_import_refusal (
    tenant text not null,
    import_id text not null,
    line integer not null,
    content jsonb not null,
    faults jsonb not null,
    primary key (tenant, import_id, line)
);
select quanyu_protect('case_import_refusal');
