"""The one statement that writes a group: entities, words, counters, feed number and log, or nothing at all.

Every CTE waits for the one before it, so all writers take their locks in one order (see the first migration). The group
was worked out from versions that were read before; an entity that has changed since ends the statement (twin_stale).
What is counted by triggers for other writers (0031, 0040, 0078) is said here by the writer: `shaped` and `passed`.
A document travels once: the log begins with a row for each entity in the order of `touched` and `placed`, which tells of the
whole document where it names no attributes. `touched` are entities that stay where and what they are: they leave bbox alone, whose place costs ten times the rest.
Needs PostgreSQL 18: RETURNING old and new.
"""

import re
from dataclasses import dataclass

_SEVERAL = "string_to_array(i.{0}, E'\\x01')"  # the driver would take a list in a list for a second dimension


def _rows(alias: str, **columns: str) -> str:
    """`unnest` of one named parameter per column, in order: `_rows("i", id="text")` is a table i(id)."""
    return f"unnest({_arrays(alias, **columns)}) as {alias}({', '.join(columns)})"


def _arrays(alias: str, **columns: str) -> str:
    return ", ".join(f":{alias}_{name}::{kind}[]" for name, kind in columns.items())


_GONE = f"""
gone as (
  delete from entity as e using {_rows("d", id="text", version="bigint")}
  where e.tenant = :tenant and e.id = d.id and e.version = d.version
    and (select count(*) from placed) >= 0
  returning 1
),
"""
_ALL_GONE = """
               and (select count(*) from gone) = cardinality(:d_id::text[])"""
_UNWORDED = """
unworded as (
  delete from entity_text where tenant = :tenant and id = any(:d_id::text[]) and (select count(*) from worded) >= 0
  returning 1
),
"""


def _named(gone: str, all_gone: str, unworded: str, last: str) -> str:
    return f"""
with counting as (
  select set_config('quanyu.counted', 'on', true) as mode
),
touched as (
  insert into entity as e (tenant, id, type, doc, observed, expires, due, version, created, renewed, modified)
  select :tenant, t.id, '', t.doc, t.observed, t.expires, t.due, t.version, :now, t.renewed, :now
  from {_rows("t", id="text", doc="jsonb", observed="timestamptz", expires="timestamptz", due="timestamptz",
              version="bigint", renewed="timestamptz")}
  where (select mode from counting) = 'on'
  on conflict (tenant, id) do update set
    doc = excluded.doc, observed = excluded.observed, expires = excluded.expires, due = excluded.due,
    version = excluded.version, renewed = excluded.renewed, modified = excluded.modified
  where e.version = excluded.version - 1
  returning old.id is null as new
),
placed as (
  insert into entity as e (tenant, id, type, types, dataset, scope, doc, bbox, observed, expires, due, version, created,
                           renewed, modified)
  select :tenant, i.id, i.type, {_SEVERAL.format("types")}, i.dataset, {_SEVERAL.format("scope")}, i.doc,
         case when i.x1 is not null then box(point(i.x1, i.y1), point(i.x2, i.y2)) end,
         i.observed, i.expires, i.due, i.version, i.created, i.renewed, :now
  from {_rows("i", id="text", type="text", types="text", dataset="text", scope="text", doc="jsonb",
              x1="float8", y1="float8", x2="float8", y2="float8", observed="timestamptz", expires="timestamptz",
              due="timestamptz", version="bigint", created="timestamptz", renewed="timestamptz")}
  where (select count(*) from touched) >= 0
  on conflict (tenant, id) do update set
    type = excluded.type, types = excluded.types, dataset = excluded.dataset, scope = excluded.scope,
    doc = excluded.doc, bbox = excluded.bbox, observed = excluded.observed, expires = excluded.expires,
    due = excluded.due, version = excluded.version, created = excluded.created, renewed = excluded.renewed,
    modified = excluded.modified
  where e.version = excluded.version - 1
  returning old.id is null as new
),
{gone}checked as (
  select case when (select count(*) from touched where not new) = cardinality(:t_id::text[])
               and (select count(*) from touched where new) = 0
               and (select count(*) from placed) = cardinality(:i_id::text[])
               and (select count(*) from placed where new) = :created
{all_gone}               and set_config('quanyu.counted', '', true) = ''
         then 1 else twin_stale() end as fine
),
worded as (
  insert into entity_text as x (tenant, id, words, modified)
  select :tenant, w.id, array_to_tsvector(string_to_array(w.words, E'\\x01')), :now
  from {_rows("w", id="text", words="text")}
  where (select fine from checked) = 1
  on conflict (tenant, id) do update set words = excluded.words, modified = excluded.modified
  where x.words is distinct from excluded.words
  returning 1
),
{unworded}shaped as (
  insert into shape_change (tenant, dataset, types, name, kind, number)
  select :tenant, s.dataset, string_to_array(s.types, E'\\x01'), s.name, s.kind, s.number
  from {_rows("s", dataset="text", types="text", name="text", kind="text", number="bigint")}
  where (select count(*) from {last}) >= 0
  returning 1
),
passed as (
  insert into stretch_change (tenant, type, dataset, number, ids)
  select :tenant, p.type, p.dataset, p.number, string_to_array(p.ids, E'\\x01')
  from {_rows("p", type="text", dataset="text", number="integer", ids="text")}
  where (select count(*) from shaped) >= 0
  returning 1
),
counted as (
  insert into layer as l (tenant, type, dataset, entities, located, points, x1, y1, x2, y2, version, modified)
  select :tenant, c.type, c.dataset, c.entities, c.located, c.points, c.x1, c.y1, c.x2, c.y2, c.version, :now
  from {_rows("c", type="text", dataset="text", entities="bigint", located="bigint", points="bigint",
              x1="float8", y1="float8", x2="float8", y2="float8", version="bigint")}
  where (select count(*) from passed) >= 0
  on conflict (tenant, type, dataset) do update set
    entities = l.entities + excluded.entities, located = l.located + excluded.located,
    points = l.points + excluded.points,
    x1 = least(l.x1, excluded.x1), y1 = least(l.y1, excluded.y1),
    x2 = greatest(l.x2, excluded.x2), y2 = greatest(l.y2, excluded.y2),
    version = l.version + excluded.version, modified = greatest(l.modified, excluded.modified)
  returning 1
),
numbered as (
  insert into feed as f (tenant, n)
  select :tenant, cardinality(:l_id::text[]) where (select count(*) from counted) >= 0
  on conflict (tenant) do update set n = f.n + excluded.n
  returning f.n - cardinality(:l_id::text[]) as base
)
insert into change (tenant, seq, entity, type, types, ts, observed, op, actor, cause, attrs, was)
select :tenant, n.base + l.place, l.id, l.type, {_SEVERAL.format("types").replace("i.", "l.")}, :now, l.observed, l.op,
       nullif(l.actor, ''), l.cause, coalesce(l.attrs, l.doc), l.was
from numbered n, unnest({_arrays("l", place="bigint", id="text", type="text", types="text", op="smallint",
                                 observed="timestamptz", actor="text", cause="text", attrs="jsonb", was="jsonb")},
                        :t_doc::jsonb[] || :i_doc::jsonb[])
                 as l(place, id, type, types, op, observed, actor, cause, attrs, was, doc)
"""  # fmt: skip


@dataclass(frozen=True, slots=True)
class Statement:
    """`parameters`: their names, in the order in which the statement takes them."""

    text: str
    parameters: tuple[str, ...]


def _statement(named: str) -> Statement:
    parameters = tuple(dict.fromkeys(re.findall(_PARAMETER, named)))
    return Statement(
        re.sub(_PARAMETER, lambda found: f"${parameters.index(found[1]) + 1}", named), parameters
    )


_PARAMETER = r"(?<!:):([a-z]\w*)"
WRITE = _statement(_named("", "", "", "worded"))
"""Where nothing is deleted: every row is found by its key, so no plan of it can be a wrong one."""
WRITE_AND_DELETE = _statement(_named(_GONE, _ALL_GONE, _UNWORDED, "unworded"))

_STATE = "id, type, types, scope, dataset, doc, created, renewed, expires, due, observed, version"
READ = f"select {_STATE} from entity where tenant = $1 and id = any($2::text[])"
LOCK = f"{READ} order by id for update"
