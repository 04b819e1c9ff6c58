-- 重复采集: items of other bodies that carry a data element of which a source is settled.
create table share_element_copy (
    tenant text not null,
    element text not null,
    dataset text not null,
    item text not null,
    body text not null,                   -- whose item it is
    state text not null check (state in ('found', 'explained')),
    reason text not null default '',      -- why the body holds it, or why the authority does not accept that
    found timestamptz not null,
    modified timestamptz not null,
    primary key (tenant, element, dataset, item)
);
create index share_element_copy_dataset on share_element_copy (tenant, dataset);
create index share_element_copy_body on share_element_copy (tenant, body);
select quanyu_protect('share_element_copy');
