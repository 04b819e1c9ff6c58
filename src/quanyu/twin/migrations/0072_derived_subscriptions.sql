-- Subscriptions that context sources keep for ours (ETSI GS CIM 009, 5.8.1, 5.8.2, 5.8.5, 5.8.6).
alter table subscription add column via text not null default '';  -- the brokers that it has come through

create table derived_subscription (
    tenant text not null,
    token text not null,                -- of the address at which the source notifies us
    subscription text not null,
    registration text not null,
    source jsonb not null,              -- the registration as it was last looked at: what ends there may have no other
    via text not null,
    wanted jsonb,                       -- what the source is to keep, in stored names; null: nothing any more
    held jsonb,                         -- what it keeps as far as we know; null: nothing
    remote text,                        -- the id that the source gave it
    ends timestamptz,                   -- when the registration is over
    due timestamptz,                    -- when something is to be done about it
    busy timestamptz,                   -- until then, somebody is at it
    unwanted timestamptz,               -- since when it is to end
    tries integer not null default 0,
    fault text,
    made timestamptz not null,
    primary key (tenant, token)
) with (fillfactor = 70);
create unique index derived_subscription_wanted on derived_subscription (tenant, subscription, registration)
    where wanted is not null;
create index derived_subscription_due on derived_subscription (tenant, due) where due is not null;
select quanyu_protect('derived_subscription');

-- Up to which versions of registrations and subscriptions a tenant's derived ones are worked out, and when the next is
-- due. Not protected: it says to every process whose turn it is.
create table derived_state (
    tenant text primary key,
    registrations bigint not null default 0,
    subscriptions bigint not null default 0,
    due timestamptz
) with (fillfactor = 10);
select quanyu_open('derived_state');
