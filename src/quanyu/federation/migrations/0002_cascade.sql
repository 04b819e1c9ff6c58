-- The catalogue over all levels: this node's published entries and those that others have told of. `seq` grows in commit order,
-- so that "everything after n" misses nothing.
create table federation_counter (
  tenant text not null primary key,
  last bigint not null
);
select quanyu_protect('federation_counter');

create table federation_entry (
  tenant text not null,
  id text not null,
  node text not null,
  -- who told of it: the node itself, or one on the way
  told_by text not null,
  version bigint not null,
  gone boolean not null,
  entry jsonb not null,
  modified timestamptz not null,
  seq bigint not null,
  words tsvector not null,
  primary key (tenant, id)
);
create unique index federation_entry_seq on federation_entry (tenant, seq);
create index federation_entry_words on federation_entry using gin (words);
create index federation_entry_newest on federation_entry (tenant, modified desc, id) where not gone;
select quanyu_protect('federation_entry');

-- `shown`: up to where a node has been told; `told_catalogue`: whether it is told at all.
alter table federation_node add column shown bigint not null default 0;
alter table federation_node add column told_catalogue boolean not null default false;

-- `@@` is not leakproof: under row security no index would serve it. An empty query finds everything.
create function federation_page(query text, before timestamptz, behind text, count integer)
returns table (id text, entry jsonb, told_by text, modified timestamptz)
language plpgsql stable security definer set search_path = public, pg_temp set plan_cache_mode = force_custom_plan as $$
begin
    return query
    select e.id, e.entry, e.told_by, e.modified from federation_entry as e
    where e.tenant = current_setting('quanyu.tenant', true) and not e.gone
      and (query = '' or e.words @@ query::tsquery)
      and (before is null or e.modified < before or (e.modified = before and e.id > behind))
    order by e.modified desc, e.id
    limit count;
end $$;
revoke all on function federation_page from public;
grant execute on function federation_page to quanyu_app;
