-- The state of the city (entity), everything that happened to it (change), and the counters kept exact beside them.
-- Lock order of every writer: entity rows by id, entity_text, layer, feed. Who keeps it cannot deadlock.

create table feed (                       -- one row per tenant: numbers changes without a gap, in commit order
    tenant text primary key,
    n bigint not null default 0
) with (fillfactor = 10);
select quanyu_protect('feed');

-- Where a box lies on the Web Mercator square: the bits of column and row at zoom 24, interleaved (Morton order),
-- so that the entities of any map tile are one range of one index.
create function twin_place(area box) returns bigint
language plpgsql immutable strict parallel safe as $$
declare
    middle point := center(area);
    slope double precision := sin(radians(greatest(-85.0511287798, least(85.0511287798, middle[1]))));
    x bigint := greatest(0, least(16777215, floor((middle[0] + 180) / 360 * 16777216)::bigint));
    y bigint := greatest(0, least(16777215, floor((0.5 - ln((1 + slope) / (1 - slope)) / (4 * pi())) * 16777216)::bigint));
begin
    x := (x | (x << 16)) & 281470681808895;
    x := (x | (x << 8)) & 71777214294589695;
    x := (x | (x << 4)) & 1085102592571150095;
    x := (x | (x << 2)) & 3689348814741910323;
    x := (x | (x << 1)) & 6148914691236517205;
    y := (y | (y << 16)) & 281470681808895;
    y := (y | (y << 8)) & 71777214294589695;
    y := (y | (y << 4)) & 1085102592571150095;
    y := (y | (y << 2)) & 3689348814741910323;
    y := (y | (y << 1)) & 6148914691236517205;
    return x | (y << 1);
end $$;

create table entity (
    tenant text not null,
    id text not null,
    type text not null,                   -- the first type, as a short term
    types text[],                         -- all types, only where there are several
    dataset text not null default '',     -- the dataset that owns it; '' where it came through the broker's door
    scope text[],
    doc jsonb not null,                   -- normalized attributes by short term
    bbox box,                             -- of `location`, longitude and latitude, WGS-84
    place bigint generated always as (twin_place(bbox)) stored,
    observed timestamptz,                 -- the newest observedAt of its attributes
    version bigint not null,              -- rises with every change of the entity
    created timestamptz not null,
    modified timestamptz not null,        -- not indexed: an index here would end HOT updates
    primary key (tenant, id)
) with (fillfactor = 85, autovacuum_vacuum_scale_factor = 0.05);
create index entity_type on entity (tenant, type, id);
create index entity_place on entity (tenant, type, dataset, place) where place is not null;
create index entity_bbox on entity using gist (bbox);
create index entity_types on entity using gin (types) where types is not null;
select quanyu_protect('entity');

create table entity_text (                -- apart from entity: words change rarely, telemetry stays HOT
    tenant text not null,
    id text not null,
    words tsvector not null,
    modified timestamptz not null,
    primary key (tenant, id)
);
create index entity_text_words on entity_text using gin (words);
create index entity_text_newest on entity_text (tenant, modified desc);
select quanyu_protect('entity_text');

create table change (
    tenant text not null,
    seq bigint not null,
    entity text not null,
    type text not null,
    ts timestamptz not null,              -- when it was received; the partition key, never late
    observed timestamptz,                 -- when it was so in the city, where the source says
    op smallint not null,                 -- 1 merged, 2 replaced, 3 deleted, 4 attributes removed
    actor text,
    cause text,                           -- the import that brought it
    attrs jsonb not null,                 -- the attributes of this change; for op 4 null by name
    primary key (tenant, seq, ts)
) partition by range (ts);
create index change_entity on change (tenant, entity, ts);
create table change_rest partition of change default;   -- stays empty while partitions are made ahead
select quanyu_protect('change');

create table reader (                     -- how far each follower of the feed has read
    tenant text not null,
    name text not null,
    seq bigint not null default 0,
    primary key (tenant, name)
) with (fillfactor = 10);
select quanyu_protect('reader');

create table layer (                      -- exact counters per type and dataset, kept in the transaction of every write
    tenant text not null,
    type text not null,
    dataset text not null default '',
    entities bigint not null default 0,
    located bigint not null default 0,    -- with a location
    points bigint not null default 0,     -- whose location is a single point
    x1 double precision, y1 double precision, x2 double precision, y2 double precision,  -- covers all; shrinks only when emptied
    version bigint not null default 0,    -- rises when an entity comes, goes or moves; the tiles' ETag
    modified timestamptz not null,
    primary key (tenant, type, dataset)
) with (fillfactor = 50);
select quanyu_protect('layer');

create table layer_label (                -- what people call the layers of a dataset
    tenant text not null,
    dataset text not null,
    titles jsonb not null default '{}',   -- by language
    demo boolean not null default false,
    primary key (tenant, dataset)
);
select quanyu_protect('layer_label');

-- Makes the daily partitions of `change` from today to `days` ahead. Owned by the owner of the table, because the
-- node itself works as a role that may not create tables. Answers how many it made.
create function twin_partitions_ahead(days integer) returns integer
language plpgsql security definer set search_path from current as $$
declare
    first_day date := (now() at time zone 'UTC')::date;
    day date;
    made integer := 0;
begin
    for day in select first_day + step from generate_series(0, least(days, 366)) as step loop
        if to_regclass('change_' || to_char(day, 'YYYYMMDD')) is null
           and not exists (select from change_rest
                           where ts >= day::timestamp at time zone 'UTC'
                             and ts < (day + 1)::timestamp at time zone 'UTC') then
            execute format('create table %I partition of change for values from (%L) to (%L)',
                           'change_' || to_char(day, 'YYYYMMDD'),
                           day::text || ' 00:00:00+00', (day + 1)::text || ' 00:00:00+00');
            made := made + 1;
        end if;
    end loop;
    return made;
end $$;
select twin_partitions_ahead(7);
