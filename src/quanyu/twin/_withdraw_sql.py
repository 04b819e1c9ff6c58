"""The statements by which entities leave, in the order of the locks: rows, words, layer, feed (see the first migration)."""

LISTED = "create temp table listed (id text not null) on commit drop"

_LEAVING = """
create temp table leaving on commit drop as
select e.id, e.type, e.dataset, e.bbox as box from entity e
where e.tenant = $1 and e.dataset = $2 and {which} order by e.id for update
"""
THESE = _LEAVING.format(which="e.id in (select id from listed)")
ALL_OTHERS = _LEAVING.format(which="not exists (select from listed where listed.id = e.id)")
# The id of the same thing under another type: urn:ngsi-ld:<type>:<dataset>:<key>.
UNDER_ANOTHER_TYPE = _LEAVING.format(
    which="""e.id in (
      select 'urn:ngsi-ld:' || l.type || substr(listed.id, length('urn:ngsi-ld:' || $3::text) + 1)
      from listed, layer l where l.tenant = $1 and l.dataset = $2 and l.type <> $3 and l.entities > 0)"""
)
COUNT = "select count(*) from leaving"
DELETE = """
with gone as (delete from entity where tenant = $1 and id in (select id from leaving))
delete from entity_text where tenant = $1 and id in (select id from leaving)
"""
LAYERS = """
update layer l set entities = l.entities - s.entities, located = l.located - s.located, points = l.points - s.points,
  version = l.version + s.entities, modified = greatest(l.modified, $2)
from (select type, dataset, count(*) as entities, count(box) as located,
             count(*) filter (where box[0] ~= box[1]) as points
      from leaving group by type, dataset order by type, dataset) s
where l.tenant = $1 and l.type = s.type and l.dataset = s.dataset
"""
EMPTY_LAYERS = "delete from layer where tenant = $1 and dataset = $2 and entities = 0"
FEED = """
insert into feed as f (tenant, n) values ($1, $2)
on conflict (tenant) do update set n = f.n + excluded.n returning f.n - $2
"""
LOG = """
insert into change (tenant, seq, entity, type, ts, op, actor, cause, attrs)
select $1, $3 + row_number() over (), id, type, $2, 3, $4, $5, '{}' from leaving
"""
OTHER_TYPES = "select exists (select from layer where dataset = $1 and type <> $2 and entities > 0)"
CLEAN = "drop table leaving, listed"
