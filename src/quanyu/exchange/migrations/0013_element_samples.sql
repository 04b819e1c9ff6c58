-- 标准样例: files that show what an element's standard means; their content is kept as exhibits are, by its hash.
create table share_element_sample (
    tenant text not null,
    element text not null,
    id text not null,                     -- of the exhibit
    name text not null,
    media_type text not null,
    bytes integer not null,
    standard text not null,               -- the version in force when it was attached
    author text not null,
    at timestamptz not null,
    primary key (tenant, element, id)
);
select quanyu_protect('share_element_sample');
