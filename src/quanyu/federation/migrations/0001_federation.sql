-- Other nodes and what is exchanged with them. The private keys lie in the folder of keys, never here.
create table federation_node (
  tenant text not null,
  id text not null,
  side text not null check (side in ('self', 'above', 'below', 'beside')),
  card jsonb not null,
  state text not null check (state in ('trusted', 'revoked')),
  -- of the last accepted poll: an older one is a replay
  poll bigint not null default 0,
  skew_seconds double precision,
  seen timestamptz,
  fault text,
  since timestamptz not null,
  primary key (tenant, id)
);
create unique index federation_node_self on federation_node (tenant) where side = 'self';
select quanyu_protect('federation_node');

create table federation_invitation (
  tenant text not null,
  secret bytea not null,
  level text not null,
  side text not null,
  made timestamptz not null,
  expires timestamptz not null,
  used_by text,
  primary key (tenant, secret)
);
select quanyu_protect('federation_invitation');

-- Sent and received messages. Envelope and receipt stay, the payload goes when its time is over.
create table federation_message (
  tenant text not null,
  direction text not null check (direction in ('out', 'in')),
  id text not null,
  peer text not null,
  kind text not null,
  about text not null,
  number bigint not null,
  envelope json not null,
  payload json,
  receipt json,
  receipt_hash text,
  state text not null check (state in ('waiting', 'accepted', 'refused')),
  at timestamptz not null,
  done timestamptz,
  tries integer not null default 0,
  due timestamptz,
  fault text,
  primary key (tenant, direction, id)
);
create unique index federation_message_order on federation_message (tenant, direction, peer, about, number);
create index federation_message_waiting on federation_message (tenant, peer, due) where state = 'waiting';
create index federation_message_at on federation_message (tenant, at, id);
create index federation_message_about on federation_message (tenant, about, at);
select quanyu_protect('federation_message');
