-- The dataset whose content a reference set repeats; it is taken anew whenever that changes.
alter table reference_set add column dataset text not null default '';
alter table reference_set add column version bigint not null default 0;
create index reference_set_dataset on reference_set (tenant, dataset);
