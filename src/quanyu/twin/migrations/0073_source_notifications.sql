-- What subscribers of registrations are still to be told (ETSI GS CIM 009, 5.11.7): written with what it tells of, gone once
-- it is delivered.
create table source_notification (
    tenant text not null,
    id bigint generated always as identity,
    subscription text not null,
    body jsonb not null,
    made timestamptz not null,
    due timestamptz not null,
    busy timestamptz,                   -- until then, somebody is at it
    tries integer not null default 0,
    primary key (tenant, id),
    foreign key (tenant, subscription) references source_subscription on delete cascade
) with (fillfactor = 70, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 1000);
create index source_notification_order on source_notification (tenant, subscription, id);
create index source_notification_due on source_notification (due);
select quanyu_protect('source_notification');
