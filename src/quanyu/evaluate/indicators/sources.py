"""What formulas may look at, as data: sources, their fields, and by what they may be divided."""

from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType

HISTORY = "history"
"""The source whose older days lie in files."""
CITY = "city"
"""The dimension of the whole: its only key is ''."""


class FieldKind(StrEnum):
    FLAG = "flag"
    NUMBER = "number"
    TEXT = "text"


@dataclass(frozen=True, slots=True)
class Field:
    """`present`: it says how things stand now, which nobody can say of a past period any more."""

    sql: str
    kind: FieldKind
    present: bool = False


class Time(StrEnum):
    """Which period a row belongs to."""

    FLOW = "flow"  # the one that holds its moment
    STOCK = "stock"  # every one at whose end it lasts
    PRESENT = "present"  # the one that holds the present


@dataclass(frozen=True, slots=True)
class Rows:
    """Rows of PostgreSQL. `moment` and, of a stock, `ending` are columns; `fields` None are attributes, known by no list.

    In their SQL `{now}` is the moment of counting.
    """

    name: str
    table: str
    time: Time
    moment: str
    fields: MappingProxyType[str, Field] | None
    dimensions: MappingProxyType[str, str]
    identity: str
    ending: str = ""
    kind: str = "case"


def _flag(sql: str, *, present: bool = False) -> Field:
    return Field(sql, FieldKind.FLAG, present)


def _text(sql: str, *, present: bool = False) -> Field:
    return Field(sql, FieldKind.TEXT, present)


def _number(sql: str) -> Field:
    return Field(sql, FieldKind.NUMBER)


def _fields(**fields: Field) -> MappingProxyType[str, Field]:
    return MappingProxyType(fields)


_VALID = "coalesce(r.outcome, '') not in ('merged', 'void', 'rejected')"
_CALLED = "coalesce((r.callback->>'valid')::boolean, false)"
_SAID = "(r.callback->>'solved')::boolean"
_ENDED = "coalesce(r.outcome = 'archived', false)"
_HANDLED = f"({_ENDED} or r.state in ('checking', 'closing', 'closed'))"
_CASES = "case_record r left join case_class c on c.tenant = r.tenant and c.code = r.class"
_SHARE = "extract(epoch from {now} - w.entered) / nullif(extract(epoch from w.due - w.entered), 0)"

# 数字城管, GB/T 30428.4: valid is what nobody merged, voided or refused; judged is what a body was asked to handle.
_OF_A_CASE = _fields(
    id=_text("r.id"),
    **{"class": _text("r.class")},
    kind=_text("c.kind"),
    channel=_text("r.channel"),
    region=_text("r.region"),
    grid=_text("r.grid"),
    component=_text("r.component"),
    department=_text("r.handled_by"),
    state=_text("r.state"),
    outcome=_text("r.outcome"),
    rating=_text("r.callback->>'satisfaction'"),
    urgent=_flag("r.urgent"),
    valid=_flag(f"({_VALID})"),
    judged=_flag(f"(r.handled_by is not null and {_VALID})"),
    filed=_flag("(r.filed is not null)"),
    handled=_flag(_HANDLED),
    closed=_flag(f"({_ENDED} or r.state = 'closed')"),
    archived=_flag(_ENDED),
    rejected=_flag("coalesce(r.outcome = 'rejected', false)"),
    merged=_flag("coalesce(r.outcome = 'merged', false)"),
    void=_flag("coalesce(r.outcome = 'void', false)"),
    late=_flag("r.late"),
    called=_flag(_CALLED),
    contacted=_flag(f"({_CALLED} and coalesce((r.callback->>'contacted')::boolean, false))"),
    said_solved=_flag(f"({_CALLED} and coalesce({_SAID}, false))"),
    solved=_flag(f"case when {_CALLED} and {_SAID} is not null then {_SAID} else {_ENDED} end"),
    weight=_number("coalesce(c.weight, 1)"),
    reworks=_number("r.reworks::double precision"),
    reopened=_number("r.reopened::double precision"),
    sent_back=_number("r.sent_back::double precision"),
    hours=_number("extract(epoch from r.closed - r.reported)::double precision / 3600"),
)
_BY_CASE = MappingProxyType({
    "area": "left(r.region, 6)",
    "street": "case when length(r.region) >= 9 then left(r.region, 9) end",
    "department": "r.handled_by",
    "class": "r.class",
    "channel": "r.channel",
})  # fmt: skip

_OPEN = _fields(
    **_OF_A_CASE,
    overdue=_flag("coalesce(r.due < {now}, false)", present=True),
    suspended=_flag("coalesce(w.standing = 'suspended', false)", present=True),
    light=_text(
        f"case when w.due is null or w.due = 'infinity' then 'none' when {_SHARE} <= 0.8 then 'green' "
        f"when {_SHARE} <= 1 then 'yellow' else 'red' end",
        present=True,
    ),
)
_OPEN_CASES = f"""{_CASES} left join lateral (
  select t.entered, t.due, t.standing from workflow_task t where t.tenant = r.tenant and t.instance = r.instance
  order by t.due, t.position limit 1) w on r.closed is null"""

# A move leaves a state: whose post that was says the newest definition that has it.
_MOVES = """(
  select s.tenant, s.instance, s.number, s.at, s.actor, s.act, s.body->>'origin' as origin, s.body->>'target' as target, p.post,
    coalesce((s.body->>'late')::boolean, false) as late
  from workflow_step s left join (
    select distinct on (o->>'name') o->>'name' as state, o->>'role' as post
    from workflow_definition d, jsonb_array_elements(d.body->'states') o where d.name = 'case'
    order by o->>'name', d.version desc) p on p.state = s.body->>'origin'
) m join case_record r on r.tenant = m.tenant and r.instance = m.instance"""
_SOMEBODY = "(m.actor not like '%:%' and m.actor <> 'anonymous')"
"""Parts of the node have a colon in their names (`rule:…`, `system:…`): what they do is no merit of a post."""
_POST = (
    f"case when {_SOMEBODY} then "
    "coalesce(m.post, case when m.act = 'open' and r.channel = 'patrol' then 'patroller' end) end"
)
_OF_A_MOVE = _fields(
    post=_text(_POST),
    actor=_text("m.actor"),
    act=_text("m.act"),
    origin=_text("m.origin"),
    target=_text("m.target"),
    on_time=_flag("(not m.late)"),
    moved=_flag("(m.origin <> '' and m.origin <> m.target)"),
    channel=_text("r.channel"),
    **{"class": _text("r.class")},
    region=_text("r.region"),
    valid=_flag(f"({_VALID})"),
    void=_flag("coalesce(r.outcome = 'void', false)"),
    sent_back=_number("r.sent_back::double precision"),
)
_BY_MOVE = MappingProxyType({
    "area": "left(r.region, 6)",
    "post": _POST,
    "person": f"{_POST} || '/' || m.actor",
})  # fmt: skip

_NOTHING = MappingProxyType[str, str]({})


def _said(name: str) -> str:
    return f"nullif(e.doc->'{name}'->>'value', '')"


# Where an entity lies by its own code, and who keeps it by the name or the id of a body of the city.
_REGION = f"coalesce({_said('regionCode')}, {_said('communityCode')})"
_KEEPER = f"coalesce({_said('maintainer')}, {_said('owner')}, {_said('competentDepartment')})"
_BY_ENTITY = MappingProxyType({
    "area": f"left({_REGION}, 6)",
    "street": f"case when length({_REGION}) >= 9 then left({_REGION}, 9) end",
    "department": f"(select min(o.id) from organisation o where o.tenant = e.tenant and {_KEEPER} in (o.id, o.name))",
})  # fmt: skip

SOURCES: tuple[Rows, ...] = (
    Rows("cases", _CASES, Time.FLOW, "r.reported", _OF_A_CASE, _BY_CASE, "r.id"),
    Rows("closed_cases", _CASES, Time.FLOW, "r.closed", _OF_A_CASE, _BY_CASE, "r.id"),
    Rows("open_cases", _OPEN_CASES, Time.STOCK, "r.reported", _OPEN, _BY_CASE, "r.id", ending="r.closed"),
    Rows("moves", _MOVES, Time.FLOW, "m.at", _OF_A_MOVE, _BY_MOVE, "m.instance || ' ' || m.number", kind="move"),
    Rows("entities", "entity e", Time.PRESENT, "", None, _BY_ENTITY, "e.id", kind="entity"),
    Rows(HISTORY, "change h", Time.FLOW, "coalesce(h.observed, h.ts)", None, _NOTHING, "h.entity || ' ' || h.seq", kind="entity"),
)  # fmt: skip
SOURCE_BY_NAME = {one.name: one for one in SOURCES}
DATASET = "dataset"
"""The one source that lies outside PostgreSQL: the accepted records of a dataset, read by the engine."""

DIMENSIONS = (CITY, *dict.fromkeys(name for one in SOURCES for name in one.dimensions))
