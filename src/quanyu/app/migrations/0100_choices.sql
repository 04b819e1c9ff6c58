-- City and base map as they are chosen in the portal, where nothing was said at the start of the node.
create table choice (
    tenant text primary key,
    city text not null default '',
    city_en text not null default '',
    basemap bytea,                          -- locked: its address may hold a key
    basemap_gcj02 boolean not null default false,
    basemap_attribution text not null default ''
);
select quanyu_protect('choice');
