-- 异议 over the border of nodes. `raised`: here, of data of another node; `answers`: the other way round. `id` is that of the
-- raising node, `other_id` the dispute at the node whose data it is.
create table federation_dispute (
  tenant text not null,
  role text not null check (role in ('raised', 'answers')),
  peer text not null,
  id text not null,
  other_id text,
  asked text not null default '',       -- the request under whose contract the data came
  organisation text not null,
  dataset text not null,
  raised jsonb,
  shown jsonb,
  message text,
  told text not null default '',
  created timestamptz not null,
  modified timestamptz not null,
  primary key (tenant, role, peer, id)
);
create index federation_dispute_asked on federation_dispute (tenant, asked, created desc) where role = 'raised';
create index federation_dispute_other on federation_dispute (tenant, other_id) where role = 'answers';
select quanyu_protect('federation_dispute');
