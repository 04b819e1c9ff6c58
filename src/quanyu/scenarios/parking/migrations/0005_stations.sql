-- Whose a connector and an order are: a company sees and changes its own only. And swaps of batteries, told by their operator.
alter table parking_connector add column operator text not null default '';   -- the organisation; '': told by who looks after all
alter table parking_connector drop constraint parking_connector_pkey, add primary key (tenant, operator, connector);
alter table parking_order add column operator text not null default '';
alter table parking_order drop constraint parking_order_pkey, add primary key (tenant, operator, sequence);
create index parking_order_at on parking_order (tenant, at);

create table parking_swap (
  tenant text not null,
  operator text not null,
  sequence text not null,                    -- 9 of the operator and 18, as of charging orders
  station text not null,
  arrived timestamptz not null,              -- when the vehicle came
  begun timestamptz not null,
  ended timestamptz,                         -- null: it is being done
  given text not null,                       -- the battery that the vehicle got
  taken text not null,                       -- the one that it left
  kwh double precision not null,             -- by which the one holds more than the other
  primary key (tenant, operator, sequence),
  check (arrived <= begun and begun <= ended)
);
select quanyu_protect('parking_swap');
create index parking_swap_begun on parking_swap (tenant, begun);
