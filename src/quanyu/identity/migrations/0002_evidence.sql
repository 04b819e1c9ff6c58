-- The evidence chain (docs/decisions/0010-evidence-chain.md). Writers add to evidence_pending in their own transaction,
-- without any lock; the sealer moves the rows into evidence, numbered and linked, and signs each block.
create table evidence_pending (
  tenant text not null,
  id bigint generated always as identity,
  at timestamptz not null default clock_timestamp(),
  actor text not null,
  actor_name text not null,
  action text not null,
  kind text not null,
  resource text not null,
  outcome text not null check (outcome in ('allowed', 'denied', 'done', 'failed')),
  reason text not null,
  detail json not null,
  primary key (tenant, id)
);
select quanyu_protect('evidence_pending');
revoke update on evidence_pending from quanyu_app;

-- detail is json, not jsonb: it keeps the very bytes that were hashed.
create table evidence (
  tenant text not null,
  seq bigint not null,
  at timestamptz not null,
  actor text not null,
  actor_name text not null,
  action text not null,
  kind text not null,
  resource text not null,
  outcome text not null,
  reason text not null,
  detail json not null,
  previous bytea not null,
  hash bytea not null,
  primary key (tenant, seq)
);
create index evidence_actor on evidence (tenant, actor, seq);
create index evidence_action on evidence (tenant, action, seq);
create index evidence_resource on evidence (tenant, resource, seq) where resource <> '';
create index evidence_at on evidence using brin (at);
select quanyu_protect('evidence');
revoke update, delete on evidence from quanyu_app;

create table evidence_block (
  tenant text not null,
  number bigint not null,
  first bigint not null,
  last bigint not null,
  at timestamptz not null,
  head bytea not null,
  previous bytea not null,
  key text not null,
  signature bytea not null,
  primary key (tenant, number)
);
select quanyu_protect('evidence_block');
revoke update, delete on evidence_block from quanyu_app;

-- One row a tenant: where the chain ends. Its row lock puts sealers in line; no writer ever waits for it.
create table evidence_head (
  tenant text primary key,
  seq bigint not null default 0,
  hash bytea not null,
  block bigint not null default 0,
  block_hash bytea not null
);
select quanyu_protect('evidence_head');
