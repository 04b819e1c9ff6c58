-- 可用不可见: what was run on data that does not leave, and whether its result may.

create table share_trial (
    tenant text not null,
    id text not null,
    contract text not null,
    dataset text not null,
    provider text not null,
    consumer text not null,
    query text not null,
    algorithm text not null default '',
    purpose text not null default '',
    state text not null check (state in ('waiting', 'held', 'released', 'withheld')),
    faults jsonb not null default '[]',   -- of the check of the output; with any, nobody is asked
    columns jsonb not null default '[]',
    rows bigint not null default 0,
    result jsonb,                         -- gone once it is withheld
    actor text not null,
    actor_name text not null default '',
    at timestamptz not null,
    decided_by text,
    decided_at timestamptz,
    reason text not null default '',
    taken_at timestamptz,
    primary key (tenant, id)
);
create index share_trial_contract on share_trial (tenant, contract, at desc);
select quanyu_protect('share_trial');
