-- Who wants to hear of registrations (ETSI GS CIM 009, 5.11): the same shape as `subscription`, told of other things.
create table source_subscription (
    tenant text not null,
    id text not null,
    made bigint generated always as identity,
    body jsonb not null,                    -- as its owner reads it, in stored names
    names jsonb not null,                   -- stored names of the terms in its filters
    context jsonb,                          -- of its notifications, as it was given
    maker jsonb not null,
    due timestamptz,                        -- when the next periodic notification is to be sent
    created timestamptz not null,
    modified timestamptz not null,
    sent bigint not null default 0,
    failed bigint not null default 0,
    last_notification timestamptz,
    last_success timestamptz,
    last_failure timestamptz,
    primary key (tenant, id)
) with (fillfactor = 80);
select quanyu_protect('source_subscription');
create index source_subscription_due on source_subscription (due) where due is not null;
