-- What is matched with what, and how its merged things come to their values.
create table fusion_job (
    tenant text not null,
    name text not null,
    body jsonb not null,
    state text not null default 'idle',
    result jsonb,
    modified timestamptz not null,
    primary key (tenant, name)
);
select quanyu_protect('fusion_job');

-- Pairs to be decided. A decision outlives the next run of its job.
create table fusion_candidate (
    tenant text not null,
    id bigint generated always as identity,
    job text not null,
    left_id text not null,
    right_id text not null,
    left_record jsonb not null,
    right_record jsonb not null,
    confidence double precision not null,
    compared jsonb not null,
    state text not null check (state in ('open', 'same', 'different')),
    conflict text,
    decided_by text,
    decided_at timestamptz,
    primary key (tenant, id),
    unique (tenant, job, left_id, right_id),
    foreign key (tenant, job) references fusion_job (tenant, name) on delete cascade
);
create index fusion_candidate_page on fusion_candidate (tenant, state, confidence desc, id);
select quanyu_protect('fusion_candidate');

create table fusion_golden (
    tenant text not null,
    id text not null,
    job text not null,
    type text not null,
    version integer not null,
    attributes jsonb not null,
    by_hand jsonb not null default '{}',
    modified timestamptz not null,
    primary key (tenant, id),
    foreign key (tenant, job) references fusion_job (tenant, name) on delete cascade
);
select quanyu_protect('fusion_golden');

-- A record belongs to one merged thing of a job at a time.
create table fusion_member (
    tenant text not null,
    job text not null,
    record_id text not null,
    golden text not null,
    record jsonb not null,
    primary key (tenant, job, record_id),
    foreign key (tenant, golden) references fusion_golden (tenant, id) on delete cascade deferrable initially deferred
);
create index fusion_member_golden on fusion_member (tenant, golden);
select quanyu_protect('fusion_member');

-- Each merge with everything as it was before, so that it can be undone exactly.
create table fusion_merge (
    tenant text not null,
    id bigint generated always as identity,
    job text not null,
    golden text not null,
    version integer not null,
    candidate bigint,
    before jsonb not null,
    author text not null,
    at timestamptz not null,
    undone boolean not null default false,
    primary key (tenant, id)
);
create index fusion_merge_golden on fusion_merge (tenant, golden, id desc);
select quanyu_protect('fusion_merge');
