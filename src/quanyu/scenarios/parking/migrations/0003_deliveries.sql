-- What came through the three doors of occupancy, and what was wrong with it: the ground of the conformance reports.
create table parking_delivery (
  tenant text not null,
  id bigint generated always as identity,
  sender text not null,                      -- who sent it: the organisation, else the account
  format text not null,
  received timestamptz not null,
  accepted int not null,
  refused int not null,
  lag double precision,                      -- seconds from the newest moment told to its arrival
  faults jsonb not null,                     -- how often by reason
  primary key (tenant, id)
);
select quanyu_protect('parking_delivery');
create index parking_delivery_received on parking_delivery (tenant, received);
grant usage on all sequences in schema public to quanyu_app;
