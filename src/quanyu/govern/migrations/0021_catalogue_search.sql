-- What search looks at. `words` holds the words of an entry with the best rank they are found at ("1井盖" in the title, "2井盖"
-- in the keywords …) and its facet values ("=grade:general_2"), so that one index answers both.
create table catalogue_text (
    tenant text not null,
    name text not null,
    audience text not null check (audience in ('open', 'published', 'hidden')),
    modified timestamptz not null,
    words tsvector not null,
    body text not null,
    facets jsonb not null,
    organisation text generated always as (facets ->> 'organisation') stored,
    region text generated always as (facets ->> 'region') stored,
    share_type text generated always as (facets ->> 'share_type') stored,
    open text generated always as (facets ->> 'open') stored,
    grade text generated always as (facets ->> 'grade') stored,
    format text generated always as (facets ->> 'format') stored,
    model text generated always as (facets ->> 'model') stored,
    update_cycle text generated always as (facets ->> 'update_cycle') stored,
    score text generated always as (facets ->> 'score') stored,
    state text generated always as (facets ->> 'state') stored,
    primary key (tenant, name),
    foreign key (tenant, name) references catalogue_entry on delete cascade
);
create index catalogue_text_words on catalogue_text using gin (words);
create index catalogue_text_newest on catalogue_text (tenant, modified desc, name);
alter table catalogue_text alter column words set statistics 1000;
select quanyu_protect('catalogue_text');

-- Facets of the whole catalogue: differences are appended (no row is locked by two imports) and summed when read.
create table catalogue_tally (
    tenant text not null,
    audience text not null,
    facet text not null,
    value text not null,
    entries bigint not null
);
create index catalogue_tally_tenant on catalogue_tally (tenant);
select quanyu_protect('catalogue_tally');

create function catalogue_tally_added() returns trigger language plpgsql as $$
begin
    insert into catalogue_tally
    select tenant, audience, facet, value, count(*) from added, jsonb_each_text(facets) as f (facet, value) group by 1, 2, 3, 4;
    return null;
end $$;

create function catalogue_tally_removed() returns trigger language plpgsql as $$
begin
    insert into catalogue_tally
    select tenant, audience, facet, value, -count(*) from removed, jsonb_each_text(facets) as f (facet, value) group by 1, 2, 3, 4;
    return null;
end $$;

create trigger catalogue_text_inserted after insert on catalogue_text referencing new table as added
    for each statement execute function catalogue_tally_added();
create trigger catalogue_text_deleted after delete on catalogue_text referencing old table as removed
    for each statement execute function catalogue_tally_removed();
create trigger catalogue_text_updated_to after update on catalogue_text referencing new table as added
    for each statement execute function catalogue_tally_added();
create trigger catalogue_text_updated_from after update on catalogue_text referencing old table as removed
    for each statement execute function catalogue_tally_removed();

-- `@@` is not leakproof, so under row security no index would serve it. These two functions look with the owner's eyes, name
-- the tenant themselves, and are all that the plain role may do so. An empty query finds everything.
create function catalogue_page(query text, patterns text[], before timestamptz, behind text, count integer)
returns table (name text, modified timestamptz)
language plpgsql stable security definer set search_path = public, pg_temp set plan_cache_mode = force_custom_plan as $$
begin
    return query
    select t.name, t.modified from catalogue_text as t
    where t.tenant = current_setting('quanyu.tenant', true)
      and (query = '' or t.words @@ query::tsquery)
      and (patterns = '{}' or t.body like all (patterns))
      and (before is null or t.modified < before or (t.modified = before and t.name > behind))
    order by t.modified desc, t.name
    limit count;
end $$;

-- Counts at most `most` entries; facet '' is their number. Narrow columns and grouping sets are three times as fast as jsonb;
-- matching row by row is slower than the index even where half of the rows match.
create function catalogue_facets(query text, patterns text[], most integer)
returns table (facet text, value text, entries bigint)
language plpgsql stable security definer set search_path = public, pg_temp set plan_cache_mode = force_custom_plan set enable_seqscan = off as $$
begin
    return query
    select
        case when grouping(h.organisation) = 0 then 'organisation'
             when grouping(h.region) = 0 then 'region'
             when grouping(h.share_type) = 0 then 'share_type'
             when grouping(h.open) = 0 then 'open'
             when grouping(h.grade) = 0 then 'grade'
             when grouping(h.format) = 0 then 'format'
             when grouping(h.model) = 0 then 'model'
             when grouping(h.update_cycle) = 0 then 'update_cycle'
             when grouping(h.score) = 0 then 'score'
             when grouping(h.state) = 0 then 'state'
             else '' end,
        coalesce(h.organisation, h.region, h.share_type, h.open, h.grade, h.format, h.model, h.update_cycle, h.score, h.state, ''),
        count(*)
    from (
        select t.* from catalogue_text as t
        where t.tenant = current_setting('quanyu.tenant', true)
          and (query = '' or t.words @@ query::tsquery)
          and (patterns = '{}' or t.body like all (patterns))
        limit most
    ) as h
    group by grouping sets (h.organisation, h.region, h.share_type, h.open, h.grade, h.format, h.model, h.update_cycle, h.score, h.state, ());
end $$;

revoke all on function catalogue_page, catalogue_facets from public;
grant execute on function catalogue_page, catalogue_facets to quanyu_app;
