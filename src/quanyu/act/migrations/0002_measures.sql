-- What scores are made of: who handled a case, how it went, mirrored like its state.
alter table case_record
    add column handled_by text,
    add column filed timestamptz,          -- when it was filed first (立案)
    add column late boolean not null default false,   -- handled after its due time
    add column reworks integer not null default 0,
    add column reopened integer not null default 0,
    add column sent_back integer not null default 0;
create index case_record_handled on case_record (tenant, handled_by, reported);
