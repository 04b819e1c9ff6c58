-- Requests for data over the border of nodes. `asked`: made here, answered there; `answers`: the other way round. `id` is that
-- of the asking node, `other_id` the request at the answering one.
create table federation_request (
  tenant text not null,
  role text not null check (role in ('asked', 'answers')),
  peer text not null,
  id text not null,
  other_id text,
  organisation text not null,
  dataset text not null,
  title text not null,
  application jsonb,
  shown jsonb,
  message text,
  told text not null default '',
  created timestamptz not null,
  modified timestamptz not null,
  primary key (tenant, role, peer, id)
);
create index federation_request_newest on federation_request (tenant, role, created desc, id);
create index federation_request_other on federation_request (tenant, other_id) where role = 'answers';
select quanyu_protect('federation_request');

-- A question is answered once: its nonce is kept as long as its time would be accepted.
create table federation_nonce (
  tenant text not null,
  peer text not null,
  nonce text not null,
  at timestamptz not null,
  primary key (tenant, peer, nonce)
);
select quanyu_protect('federation_nonce');
