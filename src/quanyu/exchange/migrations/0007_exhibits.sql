-- 证据附件: what is shown beside the words of a dispute, by the hash of what is kept.
create table share_exhibit (
    tenant text not null,
    id text not null,                     -- SHA-256 of `content`
    media_type text not null,
    content bytea not null,
    received timestamptz not null,
    used timestamptz,                     -- since when a dispute names it; what none names goes after a day
    primary key (tenant, id)
);
create index share_exhibit_unused on share_exhibit (tenant, received) where used is null;
select quanyu_protect('share_exhibit');

alter table share_dispute add column exhibits jsonb not null default '[]';
