-- Entities of a type whose attribute has a value between two others, through the index of a declared attribute (see
-- quanyu.twin.declared). A function of the owner, because comparisons of jsonb do not count as leakproof: under row
-- security no index of them is ever used. It keeps to the tenant of the transaction itself. Entities whose attribute is no
-- plain value, and those that have the type besides another one, are always among them.
create function twin_declared(kind text, name text, least_ jsonb, most_ jsonb, number integer) returns setof text
language plpgsql stable security definer set search_path from current as $$
begin
    return query execute format($query$
        select id from entity where tenant = $1 and type = $2 and (doc->%1$L->'value') >= $3 and (doc->%1$L->'value') <= $4
        union all
        select id from entity where tenant = $1 and type = $2 and doc ? %1$L
          and coalesce(jsonb_typeof(doc->%1$L->'value'), 'array') = any (array['array', 'object'])
        union all
        select id from entity where tenant = $1 and types is not null and $2 = any (types) and type <> $2
        limit $5
    $query$, name) using current_setting('quanyu.tenant'), kind, least_, most_, number;
end $$;
