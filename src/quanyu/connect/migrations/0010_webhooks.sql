-- Webhooks: who is told of which events, and what is on its way to them.

create table webhook (
    tenant text not null,
    id text not null,
    url text not null,
    types text[] not null,                 -- beginnings of event types; none is every type
    secret bytea not null,                 -- locked with the node's key; shown once, when it is made
    active boolean not null default true,
    created timestamptz not null,
    creator text not null,
    last_success timestamptz,
    last_failure timestamptz,
    fault text,
    primary key (tenant, id)
);
select quanyu_protect('webhook');

create table webhook_delivery (            -- written in the transaction of what happened, gone when it is delivered
    tenant text not null,
    id bigint generated always as identity,
    webhook text not null,
    event text not null,                   -- the id of the event, the same in every attempt
    body jsonb not null,                   -- CloudEvents 1.0
    made timestamptz not null,
    due timestamptz not null,
    tries integer not null default 0,
    fault text,
    dead timestamptz,                      -- given up
    primary key (tenant, id)
) with (fillfactor = 70);
create index webhook_delivery_due on webhook_delivery (tenant, webhook, id) where dead is null;
create index webhook_delivery_dead on webhook_delivery (tenant, webhook, id) where dead is not null;
select quanyu_protect('webhook_delivery');
