-- Cases that several nodes work on. `shared` is their one identity: the node and number where the case began.
create table federation_body (
  tenant text not null,
  organisation text not null,
  node text not null,
  primary key (tenant, organisation)
);
select quanyu_protect('federation_body');

create table federation_case (
  tenant text not null,
  shared text not null,
  peer text not null,
  role text not null check (role in ('gave', 'took')),
  case_id text not null,
  -- the work here that waits for the other node; '' where this node works for the other
  work text not null default '',
  peer_state text,
  -- by node and work: the last step that the peer has been told
  told jsonb not null default '{}',
  told_state text not null default '',
  since timestamptz not null,
  primary key (tenant, shared, peer)
);
create index federation_case_here on federation_case (tenant, case_id);
select quanyu_protect('federation_case');

-- What other nodes did about a shared case; their own words, never changed.
create table federation_case_step (
  tenant text not null,
  shared text not null,
  node text not null,
  work text not null,
  number integer not null,
  at timestamptz not null,
  step jsonb not null,
  primary key (tenant, shared, node, work, number)
);
select quanyu_protect('federation_case_step');
