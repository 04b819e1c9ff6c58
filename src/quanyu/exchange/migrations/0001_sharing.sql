-- Sharing: who asks for what, what is agreed, what was delivered under it. Parties are organisations of this node, or of another
-- one that `*_node` names ('' is this node).

create sequence share_number;             -- unique across tenants; gaps mean nothing
grant usage on sequence share_number to quanyu_app;

create table share_request (              -- 共享申请: its way is the workflow `share_request`, mirrored here for lists
    tenant text not null,
    id text not null,                     -- the number that people are told
    instance text not null,
    dataset text not null,
    consumer text not null,
    consumer_node text not null default '',
    provider text not null,
    title text not null,
    body jsonb not null,                  -- what is asked for (requests.model.Application)
    answer jsonb,                         -- item by item, with reasons (requests.model.Answer)
    commitment jsonb,                     -- 承诺书 as it was signed: who, when, hash of the text
    effect jsonb,                         -- 成效反馈
    contract text,
    state text not null,
    holder text,                          -- the body whose move it is; null is the authority
    due timestamptz,
    outcome text,
    author text not null,
    created timestamptz not null,
    modified timestamptz not null,
    primary key (tenant, id)
);
create index share_request_consumer on share_request (tenant, consumer, created desc);
create index share_request_provider on share_request (tenant, provider, created desc);
create unique index share_request_instance on share_request (tenant, instance);
select quanyu_protect('share_request');

create table share_contract (
    tenant text not null,
    id text not null,
    request text,
    dataset text not null,
    provider text not null,
    consumer text not null,
    consumer_node text not null default '',
    state text not null check (state in ('offered', 'active', 'suspended', 'terminated', 'expired')),
    version integer not null default 0,   -- the one in force; 0 while none is
    terms jsonb,                          -- of that version
    starts timestamptz, ends timestamptz, -- of these terms, for lists and the clock
    secret bytea not null,                -- key of its masks, locked with the node's key
    reason text not null default '',      -- of the last suspension or end
    delete_by timestamptz,                -- when the consumer must have deleted what it got, once it has ended
    deleted timestamptz, deleted_by text, -- that it says it has
    created timestamptz not null,
    modified timestamptz not null,
    primary key (tenant, id)
);
create index share_contract_consumer on share_contract (tenant, consumer, dataset);
create index share_contract_dataset on share_contract (tenant, dataset);
create index share_contract_ends on share_contract (ends) where state in ('active', 'suspended');
select quanyu_protect('share_contract');

create table share_contract_version (     -- every proposal of either side; what is accepted is in force
    tenant text not null,
    contract text not null,
    version integer not null,
    terms jsonb not null,
    hash text not null,                   -- SM3 of parties and terms as canonical JSON
    state text not null check (state in ('proposed', 'accepted', 'refused', 'superseded')),
    proposed_by text not null,            -- organisation
    author text not null,
    at timestamptz not null,
    decided_by text,
    decided_at timestamptz,
    reason text not null default '',
    primary key (tenant, contract, version)
);
select quanyu_protect('share_contract_version');

create table share_usage (                -- what a contract has used up; the row is the lock of its calls
    tenant text not null,
    contract text not null,
    calls bigint not null default 0,
    refused bigint not null default 0,
    rows bigint not null default 0,
    bytes bigint not null default 0,
    epsilon double precision not null default 0,
    last timestamptz,
    primary key (tenant, contract)
) with (fillfactor = 50);
select quanyu_protect('share_usage');

create table share_call (                 -- the ledger: a line for each contract of each call
    tenant text not null,
    contract text not null,
    id text not null,
    at timestamptz not null,
    actor text not null,
    actor_name text not null default '',
    consumer text not null,
    purpose text not null default '',
    way text not null,
    query text not null default '',       -- as it was asked
    format text not null default '',
    dataset_version integer,
    state text not null check (state in ('open', 'done', 'cut', 'failed')),
    rows bigint not null default 0,
    bytes bigint not null default 0,
    hash text,                            -- SM3 of the bytes that left
    finished timestamptz,
    primary key (tenant, contract, id)
);
create index share_call_at on share_call (tenant, contract, at desc);
create index share_call_id on share_call (tenant, id);
select quanyu_protect('share_call');

create table share_dispute (              -- 异议: its way is the workflow `share_dispute`
    tenant text not null,
    id text not null,
    instance text not null,
    dataset text not null,
    dataset_version integer not null,
    provider text not null,
    consumer text not null,
    contract text,
    record jsonb not null,                -- which one: values of columns that name it
    field text not null,
    current text,
    claimed text,
    evidence text not null,
    state text not null,
    due timestamptz,
    answer text not null default '',
    outcome text,
    corrected_version integer,
    author text not null,
    created timestamptz not null,
    modified timestamptz not null,
    primary key (tenant, id)
);
create index share_dispute_dataset on share_dispute (tenant, dataset, created desc);
create unique index share_dispute_instance on share_dispute (tenant, instance);
select quanyu_protect('share_dispute');

create table share_notice (               -- what a body is told
    tenant text not null,
    id bigint generated always as identity,
    organisation text not null,
    kind text not null,
    about text not null,                  -- number of the request, contract or dispute
    dataset text not null,
    body jsonb not null default '{}',
    at timestamptz not null,
    read_at timestamptz,
    read_by text,
    primary key (tenant, id)
);
create index share_notice_organisation on share_notice (tenant, organisation, id desc);
create unique index share_notice_once on share_notice (tenant, organisation, kind, about, dataset);
select quanyu_protect('share_notice');

create table share_release (              -- 开放数据: files for anybody, each version with its checksums
    tenant text not null,
    dataset text not null,
    version integer not null,
    dataset_version integer not null,
    files jsonb not null,                 -- openness.model.File
    anonymity jsonb,                      -- k and the columns that were looked at
    rows bigint not null,
    left_out bigint not null,             -- records of groups that were too small
    licence text not null,
    attribution text not null,
    state text not null check (state in ('published', 'withdrawn')),
    reason text not null default '',
    author text not null,
    at timestamptz not null,
    primary key (tenant, dataset, version)
);
select quanyu_protect('share_release');

create table share_download (             -- by day, without anybody's name
    tenant text not null,
    dataset text not null,
    version integer not null,
    format text not null,
    day date not null,
    number bigint not null default 0,
    bytes bigint not null default 0,
    primary key (tenant, dataset, version, format, day)
);
select quanyu_protect('share_download');
