-- Which types and attributes there are (ETSI GS CIM 009, 5.7.5 to 5.7.10), counted exactly. Every write adds the
-- differences that it made as rows of its own, so that no two writers wait for each other; who reads sums them up.
create table shape (
    tenant text not null,
    dataset text not null,
    types text[] not null,                -- all types of the entities that are counted
    name text not null,                   -- an attribute; '' counts the entities themselves
    kind text not null,                   -- Property, Relationship, …
    number bigint not null,               -- of its instances
    turnover bigint not null,             -- with name '': how many came and went; never falls
    primary key (tenant, dataset, types, name, kind)
) with (fillfactor = 70);
select quanyu_protect('shape');

create table shape_change (               -- what is not yet part of `shape`
    id bigint generated always as identity,
    tenant text not null,
    dataset text not null,
    types text[] not null,
    name text not null,
    kind text not null,
    number bigint not null,
    turnover bigint not null,
    primary key (tenant, id)
);
select quanyu_protect('shape_change');
grant usage on sequence shape_change_id_seq to quanyu_app;

create function twin_kind(attribute jsonb) returns text language sql immutable parallel safe as $$
    select coalesce(case jsonb_typeof(attribute) when 'array' then attribute->0->>'type' else attribute->>'type' end, '')
$$;

create function twin_came() returns trigger language plpgsql as $$
begin
    insert into shape_change (tenant, dataset, types, name, kind, number, turnover)
    select tenant, dataset, coalesce(types, array[type]), '', '', count(*), count(*) from fresh group by 1, 2, 3
    union all
    select f.tenant, f.dataset, coalesce(f.types, array[f.type]), a.key, twin_kind(a.value),
           sum(case jsonb_typeof(a.value) when 'array' then jsonb_array_length(a.value) else 1 end), 0
    from fresh f, jsonb_each(f.doc) a group by 1, 2, 3, 4, 5;
    return null;
end $$;

create function twin_went() returns trigger language plpgsql as $$
begin
    insert into shape_change (tenant, dataset, types, name, kind, number, turnover)
    select tenant, dataset, coalesce(types, array[type]), '', '', -count(*), count(*) from gone group by 1, 2, 3
    union all
    select g.tenant, g.dataset, coalesce(g.types, array[g.type]), a.key, twin_kind(a.value),
           -sum(case jsonb_typeof(a.value) when 'array' then jsonb_array_length(a.value) else 1 end), 0
    from gone g, jsonb_each(g.doc) a group by 1, 2, 3, 4, 5;
    return null;
end $$;

-- Most updates change values only: names and kinds are compared before the function is called (see the trigger).
create function twin_reshaped() returns trigger language plpgsql as $$
begin
    insert into shape_change (tenant, dataset, types, name, kind, number, turnover)
    select tenant, dataset, types, name, kind, sum(number), sum(turnover) from (
        select old.tenant, old.dataset, coalesce(old.types, array[old.type]) as types, '' as name, '' as kind,
               -1 as number, 1 as turnover
        union all
        select new.tenant, new.dataset, coalesce(new.types, array[new.type]), '', '', 1, 1
        union all
        select old.tenant, old.dataset, coalesce(old.types, array[old.type]), key, twin_kind(value),
               -(case jsonb_typeof(value) when 'array' then jsonb_array_length(value) else 1 end), 0
        from jsonb_each(old.doc)
        union all
        select new.tenant, new.dataset, coalesce(new.types, array[new.type]), key, twin_kind(value),
               case jsonb_typeof(value) when 'array' then jsonb_array_length(value) else 1 end, 0
        from jsonb_each(new.doc)
    ) as part group by 1, 2, 3, 4, 5 having sum(number) <> 0;
    return null;
end $$;

create trigger entity_came after insert on entity
    referencing new table as fresh for each statement execute function twin_came();
create trigger entity_went after delete on entity
    referencing old table as gone for each statement execute function twin_went();
create trigger entity_reshaped after update on entity for each row when (
    old.type <> new.type or old.dataset <> new.dataset or old.types is distinct from new.types
    or jsonb_path_query_array(old.doc, '$.*.type') <> jsonb_path_query_array(new.doc, '$.*.type')
    or jsonb_path_query_array(old.doc, '$.keyvalue().key') <> jsonb_path_query_array(new.doc, '$.keyvalue().key')
) execute function twin_reshaped();

insert into shape (tenant, dataset, types, name, kind, number, turnover)
select tenant, dataset, coalesce(types, array[type]), '', '', count(*), count(*) from entity group by 1, 2, 3
union all
select e.tenant, e.dataset, coalesce(e.types, array[e.type]), a.key, twin_kind(a.value),
       sum(case jsonb_typeof(a.value) when 'array' then jsonb_array_length(a.value) else 1 end), 0
from entity e, jsonb_each(e.doc) a group by 1, 2, 3, 4, 5;

create table entity_map (                 -- ETSI GS CIM 009, 5.14: the ids that a query found
    tenant text not null,
    id text not null,
    expires timestamptz not null,
    entities text[] not null,             -- in the order of the query
    sources jsonb not null default '{}',  -- id -> where it is found, where that is not here alone
    linked jsonb not null default '{}',   -- registration -> its own map
    owner text not null default '',       -- who asked: nobody else gets to see it
    primary key (tenant, id)
);
create index entity_map_expires on entity_map (tenant, expires);
select quanyu_protect('entity_map');
