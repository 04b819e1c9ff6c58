-- What a city sets about the understanding of reports; without a row the defaults hold.
create table case_understanding (
    tenant text not null primary key,
    rules jsonb not null
);
select quanyu_protect('case_understanding');

-- Similar open cases at a component or an address, where no point is known.
create index case_record_open_component on case_record (tenant, component) where closed is null and component is not null;
create index case_record_open_address on case_record (tenant, address) where closed is null and address is not null;
