-- Who wants to hear of changes, what waits to be told, and the one reader that looks.

create table subscription (
    tenant text not null,
    id text not null,
    made bigint generated always as identity,     -- the order of the list
    body jsonb not null,                          -- as its owner gave it, in stored names
    names jsonb not null,                         -- the stored names of the terms in its q
    context jsonb,                                -- the @context of its notifications; null is the core's
    maker jsonb not null,                         -- the actor who made it: nothing is told that they may not see
    since bigint not null,                        -- changes up to this number of the feed were before it
    revision bigint not null,                     -- of the tenant's subscriptions, when it last changed
    due timestamptz,                              -- of a periodic one: when it speaks next
    quiet_until timestamptz,                      -- of a throttled one: not before
    sent bigint not null default 0,
    failed bigint not null default 0,
    last_notification timestamptz,
    last_success timestamptz,
    last_failure timestamptz,
    created timestamptz not null,
    modified timestamptz not null,
    primary key (tenant, id)
) with (fillfactor = 70);
create index subscription_made on subscription (tenant, made);
create index subscription_revision on subscription (tenant, revision);
create index subscription_due on subscription (tenant, due) where due is not null;
select quanyu_protect('subscription');

create table notification (                       -- written with the reader's progress, gone once it is delivered
    tenant text not null,
    id bigint generated always as identity,
    subscription text not null,
    body jsonb not null,                          -- the whole message: headers and content
    made timestamptz not null,
    due timestamptz not null,
    tries integer not null default 0,
    held boolean not null default false,          -- throttled: what comes meanwhile is laid into it
    dead timestamptz,                             -- given up; shown and replayed by people
    fault text,
    primary key (tenant, id)
) with (fillfactor = 70, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 1000);
create index notification_lane on notification (tenant, subscription, id) where dead is null;
create index notification_dead on notification (tenant, id) where dead is not null;
select quanyu_protect('notification');

-- Tenants with subscriptions. Not protected: the notifier asks here whose feed it follows, and the feed whom to wake.
create table notified_tenant (
    tenant text primary key,
    revision bigint not null default 0            -- rises with every change of the tenant's subscriptions
) with (fillfactor = 10);
select quanyu_open('notified_tenant');
grant usage on all sequences in schema public to quanyu_app;

-- Whoever writes entities: where somebody listens, the notifier wakes at the commit.
create function twin_feed_moved() returns trigger
language plpgsql as $$
begin
    if exists (select from notified_tenant where tenant = new.tenant) then
        perform pg_notify('quanyu_feed', new.tenant);
    end if;
    return null;
end $$;
create trigger feed_moved after insert or update on feed for each row execute function twin_feed_moved();
