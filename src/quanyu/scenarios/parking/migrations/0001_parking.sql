-- Yards that are shared when their owners do not need them, and who has booked a space.
create table parking_yard (
  tenant text not null,
  yard text not null,
  name text not null,
  spaces int not null check (spaces > 0),
  opens time not null,                       -- local time; a yard that closes before it opens is open over midnight
  closes time not null,
  yuan_an_hour numeric(8, 2) not null,
  primary key (tenant, yard)
);
select quanyu_protect('parking_yard');

create table parking_booking (
  tenant text not null,
  id text not null,
  yard text not null,
  plate text not null,
  begun timestamptz not null,
  ended timestamptz not null,
  booked timestamptz not null,
  author text not null,
  primary key (tenant, id),
  check (ended > begun)
);
select quanyu_protect('parking_booking');
create index parking_booking_yard on parking_booking (tenant, yard, begun);
