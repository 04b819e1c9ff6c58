-- Whom the city calls back (回访抽样); without a row everybody.
create table case_sampling (
    tenant text not null primary key,
    body jsonb not null
);
select quanyu_protect('case_sampling');
