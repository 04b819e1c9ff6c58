-- @contexts that are kept (ETSI GS CIM 009, 5.13): hosted for users, made for inline ones, or cached from elsewhere.

create table ld_context (
    tenant text not null,
    id text not null,                     -- of a cached one made from its URL, of an implicit one from its content
    kind text not null,                   -- Hosted, ImplicitlyCreated, Cached
    url text not null default '',         -- of a cached one; the others are served here
    body text not null,                   -- JSON, as it was sent or fetched
    created timestamptz not null,
    used timestamptz,
    hits bigint not null default 0,
    primary key (tenant, id)
) with (fillfactor = 80);
select quanyu_protect('ld_context');
