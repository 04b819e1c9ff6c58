-- Context sources that are registered with this broker (ETSI GS CIM 009, 5.9), as documents in stored names.
create table registration (
    tenant text not null,
    id text not null,
    version bigint not null,               -- of `registration_state` when it was written
    document jsonb not null,
    created timestamptz not null,
    modified timestamptz not null,
    sent bigint not null default 0,        -- timesSent, timesFailed, lastSuccess, lastFailure of 5.2.9
    failed bigint not null default 0,
    last_success timestamptz,
    last_failure timestamptz,
    primary key (tenant, id)
) with (fillfactor = 70);
select quanyu_protect('registration');

-- One row per tenant: a number that rises with every change, so that each process knows whether its index is current,
-- and the name under which this tenant of this broker is known to others (6.3.18: loops are recognised by it).
create table registration_state (
    tenant text primary key,
    version bigint not null default 0,
    alias text not null
) with (fillfactor = 10);
select quanyu_protect('registration_state');
