-- What people decided about quarantined records; the records themselves stay as they came, in quarantine.parquet.
-- A row without a line here is open.
create table quarantine_fix (
  tenant text not null,
  dataset text not null,
  import text not null,
  row bigint not null,
  state text not null check (state in ('open', 'mended', 'released', 'dismissed', 'superseded')),
  edits jsonb not null default '{}',                -- {column: new text}
  faults jsonb not null default '[]',               -- what the record still breaks after the edits
  reason text not null default '',
  rule text,                                        -- the bulk fix that made it
  released_as text,                                 -- the part the record went into
  version integer not null default 1,
  actor text not null,
  at timestamptz not null,
  primary key (tenant, dataset, import, row),
  foreign key (tenant, dataset) references dataset (tenant, name) on delete cascade
);
create index quarantine_fix_state on quarantine_fix (tenant, dataset, state);
select quanyu_protect('quarantine_fix');
