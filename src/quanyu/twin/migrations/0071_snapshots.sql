-- The words of ETSI GS CIM 009 V1.9.1, 5.2.41, and when a snapshot was last used.
alter table branch add column used timestamptz not null default now();
update branch set status = case status when 'ready' then 'success' when 'failed' then 'failure' else status end;
