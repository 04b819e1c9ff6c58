-- Where in the order of lists (type, id) any number of entities ends: each type is counted in stretches of a thousand or two, so that
-- an offset is a sum over few rows and a short walk along the index. Who comes and goes is written down beside them and
-- counted in later, as with the shapes: no two writers wait for each other.
create table stretch (
    tenant text not null,
    type text not null,                   -- the first one
    low text not null,                    -- ids from this one up to the next stretch of the type; '' the first
    dataset text not null,
    number bigint not null,               -- of the entities of this dataset in the stretch
    primary key (tenant, type, low, dataset)
) with (fillfactor = 70);
select quanyu_protect('stretch');

create table stretch_change (             -- what is not yet part of `stretch`
    n bigint generated always as identity,
    tenant text not null,
    type text not null,
    dataset text not null,
    number integer not null,              -- so many came; negative: went
    ids text[] not null,                  -- which
    primary key (tenant, n)
);
select quanyu_protect('stretch_change');
grant usage on sequence stretch_change_n_seq to quanyu_app;

insert into stretch (tenant, type, low, dataset, number)
select tenant, type, low, dataset, count(*) from (
    select tenant, type, dataset, case part when 0 then '' else min(id) over (partition by tenant, type, part) end as low
    from (select tenant, type, dataset, id, (row_number() over (partition by tenant, type order by id) - 1) / 1000 as part
          from entity) as numbered
) as divided group by 1, 2, 3, 4;

-- Who has expired and was not swept yet is counted, but in no list.
create index entity_expires on entity (tenant, type, expires) where expires is not null;

-- Tenants with more differences than that, in either log: only names, so that who counts them in knows where to look.
create function twin_uncounted(shapes bigint, entities bigint) returns setof text
language sql stable security definer set search_path from current as $$
    select tenant from (
        select tenant, count(*) > shapes as many from shape_change group by tenant
        union all
        select tenant, sum(abs(number)) > entities from stretch_change group by tenant
    ) as both_ group by tenant having bool_or(many)
$$;

-- How often entities came and went was counted to tell marks in memory that they are out of date.
alter table shape drop column turnover;
alter table shape_change drop column turnover;

create or replace function twin_came() returns trigger language plpgsql as $$
begin
    insert into shape_change (tenant, dataset, types, name, kind, number)
    select tenant, dataset, coalesce(types, array[type]), '', '', count(*) from fresh group by 1, 2, 3
    union all
    select f.tenant, f.dataset, coalesce(f.types, array[f.type]), a.key, twin_kind(a.value),
           sum(case jsonb_typeof(a.value) when 'array' then jsonb_array_length(a.value) else 1 end)
    from fresh f, jsonb_each(f.doc) a group by 1, 2, 3, 4, 5;
    insert into stretch_change (tenant, type, dataset, number, ids)
    select tenant, type, dataset, count(*), array_agg(id)
    from (select tenant, type, dataset, id, row_number() over () / 10000 as part from fresh) as parts
    group by tenant, type, dataset, part;
    return null;
end $$;

create or replace function twin_went() returns trigger language plpgsql as $$
begin
    insert into shape_change (tenant, dataset, types, name, kind, number)
    select tenant, dataset, coalesce(types, array[type]), '', '', -count(*) from gone group by 1, 2, 3
    union all
    select g.tenant, g.dataset, coalesce(g.types, array[g.type]), a.key, twin_kind(a.value),
           -sum(case jsonb_typeof(a.value) when 'array' then jsonb_array_length(a.value) else 1 end)
    from gone g, jsonb_each(g.doc) a group by 1, 2, 3, 4, 5;
    insert into stretch_change (tenant, type, dataset, number, ids)
    select tenant, type, dataset, -count(*), array_agg(id)
    from (select tenant, type, dataset, id, row_number() over () / 10000 as part from gone) as parts
    group by tenant, type, dataset, part;
    return null;
end $$;

create or replace function twin_reshaped() returns trigger language plpgsql as $$
begin
    insert into shape_change (tenant, dataset, types, name, kind, number)
    select tenant, dataset, types, name, kind, sum(number) from (
        select old.tenant, old.dataset, coalesce(old.types, array[old.type]) as types, '' as name, '' as kind, -1 as number
        union all
        select new.tenant, new.dataset, coalesce(new.types, array[new.type]), '', '', 1
        union all
        select old.tenant, old.dataset, coalesce(old.types, array[old.type]), key, twin_kind(value),
               -(case jsonb_typeof(value) when 'array' then jsonb_array_length(value) else 1 end)
        from jsonb_each(old.doc)
        union all
        select new.tenant, new.dataset, coalesce(new.types, array[new.type]), key, twin_kind(value),
               case jsonb_typeof(value) when 'array' then jsonb_array_length(value) else 1 end
        from jsonb_each(new.doc)
    ) as part group by 1, 2, 3, 4, 5 having sum(number) <> 0;
    if old.type <> new.type or old.dataset <> new.dataset then
        insert into stretch_change (tenant, type, dataset, number, ids)
        values (old.tenant, old.type, old.dataset, -1, array[old.id]), (new.tenant, new.type, new.dataset, 1, array[new.id]);
    end if;
    return null;
end $$;
