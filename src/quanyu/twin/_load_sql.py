"""The statements of an import, in the order of the locks: rows and words of each file, layer, feed. The feed number, which every
other writer of the tenant needs, is taken last.
"""

_STAGING = """
create temp table staging (
  line bigint generated always as identity, id text not null, type text not null, doc jsonb not null,
  x1 float8, y1 float8, x2 float8, y2 float8, observed timestamptz, words text
) on commit drop
"""
STAGED = ("id", "type", "doc", "x1", "y1", "x2", "y2", "observed", "words")
_TOUCHED = """
create temp table touched (
  id text not null, type text not null, dataset text not null, was_type text, was_dataset text,
  box box, was_box box, shown boolean not null
) on commit drop
"""
_LOADED = "create temp table loaded (like touched) on commit drop"
_WORDED = "create temp table worded (line bigint not null, words tsvector not null) on commit drop"
_SETTINGS = "select set_config('work_mem', '128MB', true), set_config('synchronize_seqscans', 'off', true)"
BEGIN = (_SETTINGS, _STAGING, _TOUCHED, _WORDED, _LOADED)
"""`staging`, `touched` and `worded` are of one file, `loaded` is what all of them touched."""

# The newest observation of an entity stays, the later line where there is none.
ONE_EACH = """
delete from staging where line in (
  select line from (
    select line, row_number() over (partition by id order by observed desc nulls last, line desc) as place
    from staging where id in (select id from staging group by id having count(*) > 1)) as ranked
  where place > 1)
"""
ANY_TWICE = "select exists (select from staging group by id having count(*) > 1)"

# An older observation than the one we hold is history, not state: it changes nothing here.
UPSERT = """
with u as (
  insert into entity as e (tenant, id, type, dataset, doc, bbox, observed, version, created, modified)
  select $1, s.id, s.type, case when split_part(s.id, ':', 5) <> '' then split_part(s.id, ':', 4) else '' end, s.doc,
         case when s.x1 is not null then box(point(s.x1, s.y1), point(s.x2, s.y2)) end, s.observed, extract(epoch from $2::timestamptz) * 1000000, $2, $2
  from staging s order by s.id
  on conflict (tenant, id) do update set
    type = excluded.type, types = null, dataset = excluded.dataset, doc = excluded.doc, bbox = excluded.bbox,
    observed = excluded.observed, version = e.version + 1, modified = excluded.modified
  where e.doc is distinct from excluded.doc and coalesce(excluded.observed >= e.observed, true)
  returning new.id, new.type, new.dataset, old.type as was_type, old.dataset as was_dataset, new.bbox, old.bbox as was_box,
            (old.id is null or old.doc->'location' is distinct from new.doc->'location'
             or old.doc->'name' is distinct from new.doc->'name') as shown
)
insert into touched select * from u
"""
WORDS = """
insert into entity_text as x (tenant, id, words, modified)
select $1, s.id, w.words, $2 from worded w join staging s on s.line = w.line
where exists (select from touched where touched.id = s.id)
order by s.id
on conflict (tenant, id) do update set words = excluded.words, modified = excluded.modified
where x.words is distinct from excluded.words
"""
LAYERS = """
insert into layer as l (tenant, type, dataset, entities, located, points, x1, y1, x2, y2, version, modified)
select $1, s.type, s.dataset, sum(s.n), coalesce(sum(s.n) filter (where s.box is not null), 0),
       coalesce(sum(s.n) filter (where s.box[0] ~= s.box[1]), 0),
       min((s.box[1])[0]), min((s.box[1])[1]), max((s.box[0])[0]), max((s.box[0])[1]), count(*) filter (where s.shown), $2
from (select was_type as type, was_dataset as dataset, -1 as n, was_box as box, shown from loaded where was_type is not null
      union all
      select type, dataset, 1, box, shown from loaded) s
group by s.type, s.dataset order by s.type, s.dataset
on conflict (tenant, type, dataset) do update set
  entities = l.entities + excluded.entities, located = l.located + excluded.located, points = l.points + excluded.points,
  x1 = least(l.x1, excluded.x1), y1 = least(l.y1, excluded.y1),
  x2 = greatest(l.x2, excluded.x2), y2 = greatest(l.y2, excluded.y2),
  version = l.version + excluded.version, modified = greatest(l.modified, excluded.modified)
"""
COUNTS = "select count(*) filter (where was_type is null) as created, count(was_type) as changed from loaded"
FEED = """
insert into feed as f (tenant, n) values ($1, $2)
on conflict (tenant) do update set n = f.n + excluded.n returning f.n - $2
"""
LOG = """
insert into change (tenant, seq, entity, type, ts, observed, op, actor, cause, attrs)
select $1, $3 + row_number() over (), e.id, e.type, $2, e.observed, 2, $4, $5, e.doc
from loaded t join entity e on e.tenant = $1 and e.id = t.id
"""

REMOVED = """
create temp table touched on commit drop as
select id, type, dataset from entity where tenant = $1 and dataset = $2 order by id for update
"""
REMOVE = """
with gone as (delete from entity where tenant = $1 and id in (select id from touched)),
words as (delete from entity_text where tenant = $1 and id in (select id from touched))
delete from layer where tenant = $1 and dataset = $2
"""
LOG_REMOVED = """
insert into change (tenant, seq, entity, type, ts, op, actor, cause, attrs)
select $1, $3 + row_number() over (), id, type, $2, 3, $4, $5, '{}' from touched
"""
