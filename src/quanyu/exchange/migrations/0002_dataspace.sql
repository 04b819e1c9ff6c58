-- The Dataspace Protocol: what other connectors call our requests and contracts, and where they want to be called back.

create table share_negotiation (
    tenant text not null,
    pid text not null,                    -- providerPid
    consumer_pid text not null,
    callback text not null,
    consumer text not null,
    request text not null,
    offer jsonb not null,                 -- as the other side sent it
    state text not null,
    error text not null default '',       -- of the last message that could not be delivered
    created timestamptz not null,
    modified timestamptz not null,
    primary key (tenant, pid)
);
create unique index share_negotiation_consumer on share_negotiation (tenant, consumer, consumer_pid);
create index share_negotiation_request on share_negotiation (tenant, request);
select quanyu_protect('share_negotiation');

create table share_transfer (
    tenant text not null,
    pid text not null,
    consumer_pid text not null,
    callback text not null,
    consumer text not null,
    agreement text not null,              -- our contract
    format text not null,
    state text not null,
    error text not null default '',
    created timestamptz not null,
    modified timestamptz not null,
    primary key (tenant, pid)
);
create unique index share_transfer_consumer on share_transfer (tenant, consumer, consumer_pid);
create index share_transfer_agreement on share_transfer (tenant, agreement);
select quanyu_protect('share_transfer');
