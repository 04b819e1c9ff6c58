"""The statements that the map reads."""

LAYERS = """
select l.type, l.dataset, l.entities, l.located, l.points, l.x1, l.y1, l.x2, l.y2, l.version, l.modified,
       coalesce(b.titles, '{}') as titles, coalesce(b.demo, false) as demo
from layer l left join layer_label b on b.tenant = l.tenant and b.dataset = l.dataset
where l.tenant = $1 and l.located > 0 and ($2::text is null or l.type = $2) and ($3::text is null or l.dataset = $3)
order by l.dataset, l.type
"""
NEWEST = "select n from feed where tenant = $1"
LABEL = """
insert into layer_label (tenant, dataset, titles, demo) values ($1, $2, $3, $4)
on conflict (tenant, dataset) do update set titles = excluded.titles, demo = excluded.demo
"""

_OF_LAYER = "tenant = $1 and type = $2 and dataset = $3"
_NAME = "coalesce(doc #>> '{name,value}', doc #>> '{name,0,value}') as name"

PLACES = f"select place from entity where {_OF_LAYER} and place is not null"

# $4, $5 the range of places, $6 limit.
POINTS = f"""
select id, {_NAME}, (center(bbox))[0] as x, (center(bbox))[1] as y from entity
where {_OF_LAYER} and place >= $4 and place < $5 limit $6
"""
# $4 box, $5 the least width or height in degrees, $6 limit; the largest first. `type || ''`: see BY_BOX.
SHAPES = f"""
select id, {_NAME}, doc #>> '{{location,value}}' as geometry from (
  select id, doc, greatest(width(bbox), height(bbox)) as size from entity
  where tenant = $1 and (type || '') = $2 and dataset = $3 and bbox && $4::box
  order by greatest(width(bbox), height(bbox)) desc, id limit $6) as largest
where size >= $5
"""

# $4 the moment, $5 how far back, $6 box, $7 limit. Without a change before the moment or since, it always was where it is.
PAST = f"""
select e.id, {_NAME}, coalesce((w.at->>0)::float8, (center(e.bbox))[0]) as lon, coalesce((w.at->>1)::float8, (center(e.bbox))[1]) as lat,
  coalesce(later.moved, false) as moved
from (
  select id, doc, bbox from entity
  where {_OF_LAYER} and place is not null and created <= $4 and ($6::box is null or bbox && $6) limit $7
) e
left join lateral (
  select coalesce(c.attrs #> '{{location,value,coordinates}}', c.attrs #> '{{location,0,value,coordinates}}') as at
  from change c where c.tenant = $1 and c.entity = e.id and c.attrs ? 'location' and c.op in (1, 2) and c.ts <= $4 and c.ts > $5
  order by c.ts desc limit 1
) w on true
left join lateral (
  select true as moved from change c where c.tenant = $1 and c.entity = e.id and c.attrs ? 'location' and c.op in (1, 2)
    and c.ts > $4 limit 1
) later on true
where (w.at is not null or later.moved is null)
  and not exists (select from correction n where n.tenant = $1 and n.entity = e.id and n.attribute in ('', 'location'))
"""

# $2 box, $3 whoever was observed before that is silent.
STANDING = """
select type, dataset, count(*) as number, count(*) filter (where observed < $3) as silent
from entity where tenant = $1 and observed is not null and place is not null and ($2::box is null or bbox && $2)
group by type, dataset order by count(*) desc, type, dataset
"""
