-- 回流: records that a consumer has made or mended and gives back to the owner, who decides what becomes of them.
create table share_return (
    tenant text not null,
    id text not null,
    contract text not null,
    dataset text not null,
    provider text not null,
    consumer text not null,
    key text not null,                    -- of whoever gave it back: the same again is the same return
    records jsonb not null,               -- texts by column
    note text not null default '',
    state text not null check (state in ('waiting', 'taken', 'refused')),
    rule text check (rule in ('ours', 'theirs')),
    taken bigint not null default 0,
    import_id text,
    reason text not null default '',
    author text not null,
    decided_by text,
    created timestamptz not null,
    modified timestamptz not null,
    primary key (tenant, id)
);
create unique index share_return_key on share_return (tenant, contract, key);
create index share_return_newest on share_return (tenant, created desc, id desc);
select quanyu_protect('share_return');
