-- Live occupancy from three formats, stays, chargers, and how quickly roads were driven.
create table parking_reading (
  tenant text not null,
  lot text not null,
  at timestamptz not null,
  free int not null,
  spaces int,
  format text not null,                      -- t133, ngsi-ld or csv
  primary key (tenant, lot, at)
);
select quanyu_protect('parking_reading');

create table parking_stay (
  tenant text not null,
  lot text not null,
  plate text not null,                       -- a hash: who parks where is nobody's business
  begun timestamptz not null,
  ended timestamptz,
  primary key (tenant, lot, plate, begun)
);
select quanyu_protect('parking_stay');
create index parking_stay_begun on parking_stay (tenant, begun);

create table parking_connector (
  tenant text not null,
  connector text not null,
  station text not null,
  feeder text not null,
  kw double precision not null,
  status int not null,                       -- T/CEC 102: 0, 1, 2, 3, 4, 255
  park int not null,                         -- 0, 10, 50
  bolt int not null,                         -- 0, 10, 50: whether the bar is up
  at timestamptz not null,
  primary key (tenant, connector)
);
select quanyu_protect('parking_connector');

create table parking_order (
  tenant text not null,
  sequence text not null,                    -- StartChargeSeq: 9 of the operator and 18
  connector text not null,
  status int not null,                       -- 1 to 5
  kwh double precision not null,
  at timestamptz not null,
  primary key (tenant, sequence)
);
select quanyu_protect('parking_order');

create table parking_drive (
  tenant text not null,
  day date not null,
  hour int not null,
  segment text not null,
  metres double precision not null,          -- driven by all vehicles together
  seconds double precision not null,
  length double precision not null,
  free double precision not null,            -- seconds when free
  primary key (tenant, day, hour, segment)
);
select quanyu_protect('parking_drive');
