-- The temporal evolution of entities beyond the log: what it knows of entities without a state, how it was corrected,
-- and which days have left the database as Parquet.

create table past_entity (                -- entities that have a temporal evolution, and no state or none any more
    tenant text not null,
    id text not null,
    type text not null,
    types text[],                         -- all types, only where there are several
    dataset text not null default '',
    scope text[],
    created timestamptz not null,
    modified timestamptz not null,
    deleted timestamptz,                  -- null: it never had a state, only its past was told
    primary key (tenant, id)
);
create index past_entity_type on past_entity (tenant, type, id);
select quanyu_protect('past_entity');

-- However an entity leaves: its temporal evolution can still be found by its type.
create function twin_departed() returns trigger
language plpgsql as $$
begin
    insert into past_entity as p (tenant, id, type, types, dataset, scope, created, modified, deleted)
    select tenant, id, type, types, dataset, scope, created, modified, clock_timestamp() from gone order by id
    on conflict (tenant, id) do update set
      type = excluded.type, types = excluded.types, dataset = excluded.dataset, scope = excluded.scope,
      created = excluded.created, modified = excluded.modified, deleted = excluded.deleted;
    return null;
end $$;
create trigger entity_departed after delete on entity
    referencing old table as gone for each statement execute function twin_departed();

create table correction (                 -- laid over the log, which itself is never rewritten
    tenant text not null,
    entity text not null,
    made bigint generated always as identity,
    attribute text not null default '',   -- '': all attributes
    instance text not null default '',    -- '': all instances until the number `upto` of the feed
    dataset text,                         -- of these instances: null any, '' those without datasetId
    upto bigint not null default 0,
    content jsonb,                        -- the instance as it reads now; null: gone
    actor text,
    ts timestamptz not null,
    primary key (tenant, entity, made)
);
select quanyu_protect('correction');
grant usage on sequence correction_made_seq to quanyu_app;

create table sealed_day (                 -- a day of the log that lies in history/<tenant>/<day>.parquet
    tenant text not null,
    day date not null,
    rows bigint not null,
    last bigint not null,                 -- highest number of the feed in it
    bytes bigint not null,
    sealed timestamptz not null default now(),
    primary key (tenant, day)
);
select quanyu_protect('sealed_day');
