-- Entities and attributes that end by themselves, tenants of the broker, and what left with a change.
alter table entity add column expires timestamptz;  -- expiresAt of the entity itself: hidden from then on
alter table entity add column due timestamptz;      -- not later than the first expiresAt of the entity or of an attribute
create index entity_due on entity (due) where due is not null;

alter table change add column types text[];         -- all types of the entity, only where there are several
alter table change add column was jsonb;            -- what left: the document of a deleted entity, the attributes removed

create table broker_tenant (                        -- names that NGSILD-Tenant may carry beside the node's own
    name text primary key,
    created timestamptz not null default now()
);
select quanyu_open('broker_tenant');

-- Entities of all tenants in which something expires by then: only names, so that the sweeper knows where to look.
create function twin_due(moment timestamptz, most integer) returns table (tenant text, id text)
language sql stable security definer set search_path from current as $$
    select e.tenant, e.id from entity e where e.due <= moment order by e.due limit most
$$;

-- Ends the statement, and with it the transaction, when an entity is no longer as the writer knew it.
create function twin_stale() returns integer
language plpgsql as $$
begin
    raise exception 'an entity has changed meanwhile' using errcode = 'QY001';
end $$;
