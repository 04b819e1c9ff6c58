-- What a terminal does not answer is sent again: how often it was. 0 of what was sent before this was counted, which is not.
alter table source_order add column times int not null default 0;
drop index source_order_waiting;
create index source_order_waiting on source_order (tenant, source, terminal) where answered is null;
