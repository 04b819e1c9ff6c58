-- A limit counts from a day on, so that a new one can be laid down before it holds; without an amount it ends on that day.
alter table case_condition add column effective_from date not null default '0001-01-01';
alter table case_condition alter column effective_from drop default, alter column amount drop not null;
alter table case_condition drop constraint case_condition_pkey;
alter table case_condition add primary key (tenant, class, area, urgent, effective_from);
