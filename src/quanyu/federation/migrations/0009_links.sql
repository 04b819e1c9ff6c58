-- What is dealt with over the border of nodes, in one shape: begun at one (`asks`), dealt with at the other (`answers`). `id` is that of
-- the node where it was begun, `other_id` what answers it here, `under` the one that it belongs to. `told`: a mark of the last state that
-- the asking node was shown.
create table federation_link (
  tenant text not null,
  kind text not null,
  side text not null check (side in ('asks', 'answers')),
  peer text not null,
  id text not null,
  other_id text,
  under text not null default '',
  organisation text not null,
  dataset text not null,
  said jsonb,
  shown jsonb,
  corrected jsonb,                      -- what the owner has corrected since
  message text,
  told text not null default '',
  created timestamptz not null,
  modified timestamptz not null,
  primary key (tenant, kind, side, peer, id)
);
create index federation_link_newest on federation_link (tenant, kind, created desc, id desc) where side = 'asks';
create index federation_link_under on federation_link (tenant, kind, under) where side = 'asks';
select quanyu_protect('federation_link');

insert into federation_link
  (tenant, kind, side, peer, id, other_id, organisation, dataset, said, shown, corrected, message, told, created, modified)
select tenant, 'request', case role when 'asked' then 'asks' else 'answers' end, peer, id, other_id, organisation, dataset,
       application, shown, corrected, message, told, created, modified
from federation_request;

insert into federation_link
  (tenant, kind, side, peer, id, other_id, under, organisation, dataset, said, shown, message, told, created, modified)
select tenant, 'dispute', case role when 'raised' then 'asks' else 'answers' end, peer, id, other_id, asked, organisation, dataset,
       raised, shown, message, told, created, modified
from federation_dispute;

drop table federation_request;
drop table federation_dispute;
