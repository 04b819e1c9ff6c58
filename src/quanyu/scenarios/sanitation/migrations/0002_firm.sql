-- What the firm's platform says: its newest word on each thing, and what was wrong with what it sent; findings that became cases.
create table sanitation_record (
  tenant text not null,
  firm text not null,
  kind text not null,                        -- people, vehicles, plan, weighings, toilets, inspections
  code text not null,
  at timestamptz not null,                   -- the moment it speaks of; of registers when it arrived
  received timestamptz not null,
  body jsonb not null,
  case_id text,
  primary key (tenant, firm, kind, code)
);
select quanyu_protect('sanitation_record');
create index sanitation_record_at on sanitation_record (tenant, kind, at);

create table sanitation_delivery (
  tenant text not null,
  firm text not null,
  kind text not null,
  received timestamptz not null,
  accepted int not null,
  refused int not null,
  lag double precision,                      -- seconds from the moment to its arrival, in the mean
  faults jsonb not null,                     -- how often by field and reason
  filled jsonb not null,                     -- how often by field
  primary key (tenant, firm, kind, received)
);
select quanyu_protect('sanitation_delivery');

alter table sanitation_finding add column case_id text;
