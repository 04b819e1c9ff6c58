-- What a firm is paid by, and the firm's own book of a month; the city's book follows from the findings.
create table sanitation_contract (
  tenant text not null,
  firm text not null,
  base numeric not null,                     -- yuan a month
  most numeric not null,                     -- points that a month can lose
  points jsonb not null,                     -- off for each finding, by kind; decimal numbers as texts
  set_by text not null,
  set_at timestamptz not null,
  primary key (tenant, firm)
);
select quanyu_protect('sanitation_contract');

create table sanitation_book (
  tenant text not null,
  firm text not null,
  month date not null,                       -- its first day
  pay numeric not null,                      -- yuan, as the firm reckons
  entries jsonb not null,                    -- kind by finding
  received timestamptz not null,
  primary key (tenant, firm, month)
);
select quanyu_protect('sanitation_book');
