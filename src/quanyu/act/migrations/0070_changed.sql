-- When a case came and when it was changed last, by the database's own clock: what counts cases asks for the newest.
alter table case_record
    add column created timestamptz not null default now(),
    add column changed timestamptz not null default now();
create index case_record_changed on case_record (tenant, changed);
