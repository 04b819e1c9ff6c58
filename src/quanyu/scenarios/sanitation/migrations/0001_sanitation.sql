-- What a day of street cleaning came to, and what was found; deductions of the contract follow from the findings.
create table sanitation_coverage (
  tenant text not null,
  day date not null,
  section text not null,
  street text not null,
  grade int not null,
  length double precision not null,          -- metres
  covered double precision not null,
  primary key (tenant, day, section)
);
select quanyu_protect('sanitation_coverage');

create table sanitation_finding (
  tenant text not null,
  id text not null,                          -- the same finding of the same day has the same id
  day date not null,
  kind text not null,
  vehicle text not null,
  section text not null,
  shift text not null,
  begun timestamptz not null,
  ended timestamptz not null,
  value double precision not null,
  dispute text,                              -- what the firm says against it
  upheld boolean,                            -- the ruling; null: none yet
  ruled_by text,
  primary key (tenant, id)
);
select quanyu_protect('sanitation_finding');
create index sanitation_finding_day on sanitation_finding (tenant, day);
