-- Requests of nodes below for data of others: a level between checks them and passes them on (转报). `through`: by way of which node
-- requests to that one go, and those from it come; '' is directly.
alter table federation_node add column through text not null default '';

create table federation_referral (        -- its way is the workflow `share_referral`, mirrored here for lists
  tenant text not null,
  id text not null,                       -- the number that people are told
  instance text not null,
  peer text not null,                     -- who asks
  local text not null,                    -- the request's id there
  owner text not null,                    -- the node whose data it is
  organisation text not null,
  dataset text not null,
  title text not null,
  message text not null,                  -- the one that asked, signed by its node, with what it said
  payload jsonb not null,
  state text not null,
  due timestamptz,
  outcome text,
  opinion text not null default '',
  created timestamptz not null,
  modified timestamptz not null,
  primary key (tenant, id)
);
create index federation_referral_newest on federation_referral (tenant, created desc, id desc);
select quanyu_protect('federation_referral');
