"""The statements that write: state, words, counters, feed number and log of a group in one go each.

`u` changes the entities and answers what was (o…) and what is (n…); the shared rest keeps words, counters and log.
Every CTE waits for the one before it, so all writers take their locks in one order (see the migration).
Needs PostgreSQL 18: RETURNING old and new.

$1 tenant, $2 now; $3… the log: $3 ids, $4 types, $5 ops, $6 observed, $7 actors, $8 causes, $9 attributes;
$10… the rows, sorted by id: $10 ids and what the statement needs; several texts in one are joined by \\x01 (the driver
would take a list in a list for a second dimension).
"""

_RETURNING = """
  returning old.id as oid, old.type as otype, old.dataset as odataset, old.bbox as obox,
            new.id as nid, new.type as ntype, new.dataset as ndataset, new.bbox as nbox,
            (old.id is null or new.id is null
             or old.doc->'location' is distinct from new.doc->'location'
             or old.doc->'name' is distinct from new.doc->'name') as shown
"""

_COUNTED = """
c as (
  insert into layer as l (tenant, type, dataset, entities, located, points, x1, y1, x2, y2, version, modified)
  select $1, s.type, s.dataset, sum(s.n), coalesce(sum(s.n) filter (where s.box is not null), 0),
         coalesce(sum(s.n) filter (where s.box[0] ~= s.box[1]), 0),
         min((s.box[1])[0]), min((s.box[1])[1]), max((s.box[0])[0]), max((s.box[0])[1]),
         count(*) filter (where s.shown), $2
  from (select otype as type, odataset as dataset, -1 as n, obox as box, shown from u where oid is not null
        union all
        select ntype, ndataset, 1, nbox, shown from u where nid is not null) s
  where (select count(*) from t) >= 0
  group by s.type, s.dataset order by s.type, s.dataset
  on conflict (tenant, type, dataset) do update set
    entities = l.entities + excluded.entities, located = l.located + excluded.located,
    points = l.points + excluded.points,
    x1 = least(l.x1, excluded.x1), y1 = least(l.y1, excluded.y1),
    x2 = greatest(l.x2, excluded.x2), y2 = greatest(l.y2, excluded.y2),
    version = l.version + excluded.version, modified = greatest(l.modified, excluded.modified)
  returning 1
)"""

_LOGGED = """
n as (
  insert into feed as f (tenant, n) select $1, cardinality($3::text[]) where (select count(*) from c) >= 0
  on conflict (tenant) do update set n = f.n + excluded.n
  returning f.n - cardinality($3::text[]) as base
),
log as (
  insert into change (tenant, seq, entity, type, ts, observed, op, actor, cause, attrs)
  select $1, n.base + i.o, i.id, i.type, $2, i.observed, i.op, nullif(i.actor, ''), i.cause, i.attrs
  from n, unnest($3::text[], $4::text[], $5::smallint[], $6::timestamptz[], $7::text[], $8::text[], $9::jsonb[])
    with ordinality as i(id, type, op, observed, actor, cause, attrs, o)
)
"""

_CREATED = "select nid from u where oid is null"

_ROWS = """
  from unnest($10::text[], $11::text[], $12::text[], $13::text[], $14::text[], $15::jsonb[],
              $16::float8[], $17::float8[], $18::float8[], $19::float8[], $20::timestamptz[], $21::text[], $22::text[])
    as i(id, type, types, dataset, scope, doc, x1, y1, x2, y2, observed, words, removed)
"""
_SEVERAL = "string_to_array(i.{0}, E'\\x01')"

_INSERT = f"""
with u as (
  insert into entity as e (tenant, id, type, types, dataset, scope, doc, bbox, observed, version, created, modified)
  select $1, i.id, i.type, {_SEVERAL.format("types")}, i.dataset, {_SEVERAL.format("scope")}, i.doc,
         case when i.x1 is not null then box(point(i.x1, i.y1), point(i.x2, i.y2)) end, i.observed, 1, $2, $2
  {_ROWS}
  on conflict (tenant, id) do update set {{assignments}}, version = e.version + 1, modified = excluded.modified
  {_RETURNING}
)"""

_WORDS = """
t as (
  insert into entity_text as x (tenant, id, words, modified)
  select $1, i.id, array_to_tsvector(string_to_array(i.words, E'\\x01')), $2
""" + _ROWS + """
  where i.words is not null and (select count(*) from u) >= 0
  on conflict (tenant, id) do update set words = {words}, modified = excluded.modified
  where x.words is distinct from {words}
  returning 1
)"""  # fmt: skip

MERGE = ",".join((
    _INSERT.format(assignments="""
    doc = e.doc || excluded.doc, bbox = coalesce(excluded.bbox, e.bbox), scope = coalesce(excluded.scope, e.scope),
    observed = greatest(e.observed, excluded.observed)"""),
    _WORDS.format(words="x.words || excluded.words"), _COUNTED, _LOGGED,
)) + _CREATED  # fmt: skip

REPLACE = ",".join((
    _INSERT.format(assignments="""
    type = excluded.type, types = excluded.types, dataset = excluded.dataset, scope = excluded.scope,
    doc = excluded.doc, bbox = excluded.bbox, observed = excluded.observed"""),
    _WORDS.format(words="excluded.words"), _COUNTED, _LOGGED,
)) + _CREATED  # fmt: skip

REMOVE = ",".join((f"""
with u as (
  update entity as e set
    doc = (e.doc - {_SEVERAL.format("removed")}) || i.doc,
    bbox = case when i.x1 is not null then box(point(i.x1, i.y1), point(i.x2, i.y2))
                when 'location' = any({_SEVERAL.format("removed")}) or i.doc ? 'location' then null else e.bbox end,
    observed = greatest(e.observed, i.observed), version = e.version + 1, modified = $2
  {_ROWS}
  where e.tenant = $1 and e.id = i.id
  {_RETURNING}
)""", _WORDS.format(words="x.words || excluded.words"), _COUNTED, _LOGGED,
)) + _CREATED  # fmt: skip

DELETE = ",".join((f"""
with u as (
  delete from entity as e where e.tenant = $1 and e.id = any($10::text[])
  {_RETURNING}
)""", """
t as (
  delete from entity_text where tenant = $1 and id = any($10::text[]) and (select count(*) from u) >= 0 returning 1
)""", _COUNTED, _LOGGED,
)) + _CREATED  # fmt: skip

KNOWN = "select id, type, types from entity where tenant = $1 and id = any($2::text[]) order by id for update"
