-- The Dataspace Protocol in both roles: a row is what this node knows of a negotiation or a transfer, whichever side it is on.

alter table share_negotiation rename column consumer_pid to other_pid;   -- what the other side calls it; '' until that is known
alter table share_negotiation rename column callback to address;         -- where the other side is told
alter table share_negotiation
    add column side text not null default 'provider',
    add column connector text not null default '',                       -- whose data we ask for; '' as provider
    add column secret text not null default '',                          -- in our callback address: who knows it is the other side
    add column dataset text not null default '',
    add column agreement jsonb,                                          -- as it was told or heard
    add column sending text not null default '',                         -- a message that is under way: its answer may come first
    add column steps jsonb not null default '[]',                        -- the states it has been in, each with its time
    alter column request drop not null;
drop index share_negotiation_consumer;
create unique index share_negotiation_other on share_negotiation (tenant, side, consumer, other_pid) where other_pid <> '';
create index share_negotiation_consumer on share_negotiation (tenant, consumer, created desc);

alter table share_transfer rename column consumer_pid to other_pid;
alter table share_transfer rename column callback to address;
alter table share_transfer
    add column side text not null default 'provider',
    add column connector text not null default '',
    add column secret text not null default '',
    add column dataset text not null default '',
    add column data jsonb,                                               -- the data address that we were told
    add column sending text not null default '',
    add column steps jsonb not null default '[]';
drop index share_transfer_consumer;
create unique index share_transfer_other on share_transfer (tenant, side, consumer, other_pid) where other_pid <> '';
create index share_transfer_consumer on share_transfer (tenant, consumer, created desc);

create table share_connector (            -- of others, whose data bodies here ask for
    tenant text not null,
    id text not null,
    title text not null,
    url text not null,                    -- under which the protocol is spoken, version included
    participant text not null,
    secret bytea,                         -- our token there, locked with the node's key
    organisation text not null,           -- whose it is
    created timestamptz not null,
    primary key (tenant, id)
);
select quanyu_protect('share_connector');
