"""A rule from its JSON form, refused with everything that is wrong with it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from string import Formatter
from zoneinfo import ZoneInfo

import msgspec

from quanyu.act.rules.conditions import All, Condition, Crosses, Silent
from quanyu.act.rules.model import TEXTS, CaseSource, Definition, GroupSource, QuietSource, SubjectSource
from quanyu.act.rules.quiet import Quiet, daily
from quanyu.act.rules.read_condition import Reader
from quanyu.act.rules.rule import Group, Rule, leaves_of, reach_of, watched_by
from quanyu.act.rules.texts import OWN, title_template
from quanyu.core.errors import Fault, Invalid
from quanyu.core.working_time import Calendar
from quanyu.twin.ngsild.context import CORE
from quanyu.twin.ngsild.query import Query, Selector, parse_pattern, parse_types

_LANGUAGES = frozenset({"zh-CN", "en"})

Calendars = Mapping[str, Calendar]


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What a rule may name. None leaves classes and bodies of cases unchecked."""

    calendars: Calendars = field(default_factory=dict)
    classes: frozenset[str] | None = None
    bodies: frozenset[str] | None = None


def parse_definition(source: object) -> Definition:
    """Raises Invalid where it has not the form."""
    try:
        return msgspec.convert(source, Definition)
    except (msgspec.ValidationError, RecursionError) as error:
        reason, _, where = str(error).partition(" - at ")
        place = where.strip("`").removeprefix("$").replace(".", "/").replace("[", "/").replace("]", "")
        fault = Fault("act.rule.form", place or "/", {"reason": reason})
        name = str(source.get("name", "–"))[:80] if isinstance(source, dict) else "–"
        raise Invalid("act.rule.invalid", faults=(fault,), name=name, count=1) from None


def parse_rule(said: Definition, *, version: int, known: Known = Known()) -> Rule:
    """Raises Invalid with every fault."""
    reader = Reader()
    if not said.title or not _LANGUAGES.issuperset(said.title):
        reader.fault("act.rule.title", "/title")
    if not isinstance(said.description, str) and not _LANGUAGES.issuperset(said.description):
        reader.fault("act.rule.description", "/description")
    selection = _selection(said.subject, reader)
    narrow = _narrow(said.subject, reader)
    when, recovers = _conditions(said, reader)
    duration = reader.optional(said.duration, "/for")
    recovery_duration = reader.optional(said.recovery.duration, "/recovery/for")
    quiet = _quiet(said.quiet, known.calendars, reader) if said.quiet else None
    _check_template(said.key, "/key", reader)
    if said.case is not None:
        _check_case(said.case, known, reader)
    else:
        _check_template(title_template(said), "/title", reader)
    if narrow is not None and when is not None:
        when = All((narrow, when))
    if reader.faults or selection is None or when is None:
        faults = tuple(reader.faults)
        raise Invalid("act.rule.invalid", faults=faults, name=said.name, count=len(faults))
    conditions = (when,) if recovers is None else (when, recovers)
    return Rule(
        definition=said, version=version, selection=selection, when=when, narrow=narrow, duration=duration, recovers=recovers,
        recovery_duration=recovery_duration, group=_group(said.group) if said.group else None, quiet=quiet,
        watched=watched_by(conditions), reach=reach_of(conditions),
        fences=tuple(one for one in leaves_of(conditions) if isinstance(one, Crosses)),
        silences=tuple(one for one in leaves_of(conditions) if isinstance(one, Silent)),
    )  # fmt: skip


def _selection(said: SubjectSource, reader: Reader) -> Query | None:
    types = reader.attempt("/subject/type", lambda: parse_types(said.type, CORE.stored))
    pattern = None
    if said.pattern:
        pattern = reader.attempt("/subject/pattern", lambda: parse_pattern(said.pattern))
    if types is None:
        return None
    if not types and not said.ids:
        reader.fault("act.rule.any_type", "/subject/type")
    return Query(selectors=(Selector(ids=said.ids, pattern=pattern, types=types),))


def _narrow(said: SubjectSource, reader: Reader) -> Condition | None:
    q = reader.q(said.q, "/subject/q") if said.q else None
    geo = reader.inside(said.geo, "/subject/geo") if said.geo else None
    return All((q, geo)) if q and geo else q or geo


def _conditions(said: Definition, reader: Reader) -> tuple[Condition | None, Condition | None]:
    """When it holds, and when it is over."""
    when = reader.condition(said.when, "/when")
    recovers = reader.condition(said.recovery.when, "/recovery/when") if said.recovery.when else None
    if said.group is not None and said.recovery.when is not None:
        reader.fault("act.rule.group_recovery", "/recovery/when")
    return when, recovers


def _quiet(said: QuietSource, calendars: Calendars, reader: Reader) -> Quiet | None:
    if bool(said.hours) == bool(said.calendar):
        reader.fault("act.rule.quiet", "/quiet")
        return None
    if said.calendar:
        calendar = calendars.get(said.calendar)
        if calendar is None:
            reader.fault("act.rule.calendar", "/quiet/calendar", calendar=said.calendar)
    else:
        calendar = _daily(said, reader)
    return None if calendar is None else Quiet(calendar, said.outside)


def _daily(said: QuietSource, reader: Reader) -> Calendar | None:
    try:
        zone = ZoneInfo(said.zone)
    except (KeyError, ValueError, OSError):
        reader.fault("act.rule.zone", "/quiet/zone", zone=said.zone)
        return None
    return reader.attempt("/quiet/hours", lambda: daily(said.hours, zone))


def _group(said: GroupSource) -> Group:
    return Group(at_least=said.at_least, share=said.share, recovers_below=said.recovers_below)


def _check_case(said: CaseSource, known: Known, reader: Reader) -> None:
    if not said.title.strip():
        reader.fault("act.rule.case_title", "/case/title")
    for name in TEXTS:
        _check_template(getattr(said, name), f"/case/{name}", reader)
    if said.category is not None and known.classes is not None and said.category not in known.classes:
        reader.fault("act.rule.class", "/case/class", code=said.category)
    if said.organisation is not None and known.bodies is not None and said.organisation not in known.bodies:
        reader.fault("act.rule.body", "/case/organisation", body=said.organisation)


def _check_template(text: str, where: str, reader: Reader) -> None:
    try:
        places = list(Formatter().parse(text))
    except ValueError:
        places = [("", "", "?", None)]
    names = {name for _, name, _, _ in places if name is not None} - OWN
    if any(spec or how for _, _, spec, how in places) or "" in names:
        reader.fault("act.rule.template", where, text=text)
    else:
        for name in sorted(names):
            reader.name(name, where)
