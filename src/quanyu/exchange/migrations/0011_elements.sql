-- 一数一源: which body is the one source of a data element. `code` is the name of its standard.
create table share_element (              -- its way is the workflow `share_element`, mirrored here for lists
    tenant text not null,
    code text not null,
    title_zh text not null,
    title_en text not null default '',
    definition text not null default '',
    subject text not null default '',
    reason text not null,                 -- what the element is needed for
    asked_by text not null,
    instance text not null,               -- of the present way; an element without a source may be asked for again
    round integer not null default 1,     -- rises whenever claims are opened anew
    state text not null,
    due timestamptz,
    outcome text,
    author text not null,
    created timestamptz not null,
    modified timestamptz not null,
    primary key (tenant, code)
);
create unique index share_element_instance on share_element (tenant, instance);
create index share_element_due on share_element (tenant, due) where outcome is null;
select quanyu_protect('share_element');

create table share_element_claim (
    tenant text not null,
    element text not null,
    round integer not null,
    body text not null,
    items jsonb not null,                 -- [{dataset, item}] that carry the element
    reason text not null,
    basis text not null,
    update_cycle text not null,
    coverage text not null default '',
    state text not null check (state in ('standing', 'withdrawn', 'source', 'co_source', 'not_chosen')),
    author text not null,
    at timestamptz not null,
    primary key (tenant, element, round, body)
);
create index share_element_claim_body on share_element_claim (tenant, body);
select quanyu_protect('share_element_claim');

create table share_element_accord (       -- what claimants propose to each other: who leads, who is a source beside
    tenant text not null,
    element text not null,
    round integer not null,
    number integer not null,
    lead text not null,
    beside jsonb not null,
    note text not null default '',
    accepted jsonb not null,              -- bodies, the proposing one first
    state text not null check (state in ('open', 'agreed', 'superseded')),
    at timestamptz not null,
    primary key (tenant, element, round, number)
);
create unique index share_element_accord_open on share_element_accord (tenant, element) where state = 'open';
select quanyu_protect('share_element_accord');

create table share_element_source (       -- every source that was ever settled; one at most holds at any moment
    tenant text not null,
    element text not null,
    version integer not null,
    lead text not null,
    beside jsonb not null,
    items jsonb not null,                 -- [{dataset, item}] of the lead and those beside, the lead's first
    way text not null check (way in ('undisputed', 'agreed', 'decided', 'overturned')),
    reason text not null default '',
    effective_from timestamptz not null,
    effective_to timestamptz check (effective_to >= effective_from),
    settled_by text not null,
    at timestamptz not null,
    primary key (tenant, element, version)
);
create unique index share_element_source_last on share_element_source (tenant, element) where effective_to is null;
create index share_element_source_lead on share_element_source (tenant, lead);
select quanyu_protect('share_element_source');
