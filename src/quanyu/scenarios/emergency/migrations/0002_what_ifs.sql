-- Sitings that stand on a what-if branch of the twin, with what they would reach; gone with their branch.
create table emergency_what_if (
  tenant text not null,
  branch text not null,
  at timestamptz not null,
  author text not null,
  minutes double precision not null,
  since timestamptz not null,                -- the calls from then until before `until`
  until timestamptz not null,
  calls int not null,
  reached int not null,                      -- of these calls, within so many minutes, by what stands
  reached_then int not null,                 -- with the proposed stations as well
  body jsonb not null,                       -- {"standing": [place], "proposed": [place], "squares": [{place, calls, reached, then}]}
  primary key (tenant, branch)
);
select quanyu_protect('emergency_what_if');
