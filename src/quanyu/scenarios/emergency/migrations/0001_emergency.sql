-- Calls with their decisions and moments; summaries of patients, and everybody who looked or was refused.
create table emergency_call (
  tenant text not null,
  call text not null,
  lon double precision not null,
  lat double precision not null,
  problem text not null,
  patient text,
  treating text[] not null,                  -- accounts of who treats: crew and doctors
  rang timestamptz not null,
  moments jsonb not null,                    -- answered, accepted, dispatched, left, arrived, boarded, handed_over, closed
  hand_over jsonb,                           -- the record of the hand-over
  primary key (tenant, call)
);
select quanyu_protect('emergency_call');
create index emergency_call_rang on emergency_call (tenant, rang);

create table emergency_decision (
  tenant text not null,
  call text not null,
  number int not null,                       -- from 1; the last one is in force
  at timestamptz not null,
  ambulance text not null,
  facility text not null,
  body jsonb not null,                       -- seconds, cost, and why each nearer one was passed over
  primary key (tenant, call, number)
);
select quanyu_protect('emergency_decision');
create index emergency_decision_facility on emergency_decision (tenant, facility);

create table emergency_summary (
  tenant text not null,
  patient text not null,                     -- a token, never a number of identity
  account text,                              -- who may see who looked
  body jsonb not null,
  primary key (tenant, patient)
);
select quanyu_protect('emergency_summary');

create table emergency_access (
  tenant text not null,
  id bigint generated always as identity,
  patient text not null,
  at timestamptz not null,
  actor text not null,
  how text not null,                         -- treating, break_glass, denied
  call text,
  reason text,
  primary key (tenant, id)
);
select quanyu_protect('emergency_access');
create index emergency_access_patient on emergency_access (tenant, patient, at);
grant usage on all sequences in schema public to quanyu_app;
