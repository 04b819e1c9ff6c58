-- The organisation whose source it is: its officers see and run it. Without one it is the city's.
alter table source add column owner text;
create index source_owner on source (tenant, owner);
