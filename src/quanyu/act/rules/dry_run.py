"""What a rule would have done: its looks and steps over the history of the twin, before it is switched on. Writes nothing."""

import asyncio
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

import msgspec

from quanyu.act.rules.facts import Facts
from quanyu.act.rules.replay import Happening, Observation, Replay
from quanyu.act.rules.rule import NO_TIME, Rule
from quanyu.act.rules.series import moment_of, readings_of
from quanyu.core.errors import TooLarge
from quanyu.store import Connection
from quanyu.twin.find import find_after
from quanyu.twin.history import Archive, NoHistory
from quanyu.twin.history.interval import Interval
from quanyu.twin.history.log import Reading as Asked
from quanyu.twin.history.log import read
from quanyu.twin.model import Stored
from quanyu.twin.search import BEGINNING, Search, position_of

MOST_SUBJECTS = 5000
MOST_OBSERVATIONS = 200_000
MOST_SHOWN = 500
FEW = 100
"""Of so many subjects also the records of datasets are asked, each by itself."""
_PAGE = 500


class Would(msgspec.Struct, frozen=True, kw_only=True):
    """An event that would have been; `closed` None: it would still be open at the end."""

    key: str
    subject: str
    opened: datetime
    closed: datetime | None
    title: str
    case: bool
    facts: Facts


class DryRun(msgspec.Struct, frozen=True, kw_only=True):
    """`begun` and `ended` are the time that was looked at. `complete` false: records of datasets were left out, because there
    are too many subjects. `items` are the newest.
    """

    begun: datetime = msgspec.field(name="from")
    ended: datetime = msgspec.field(name="to")
    subjects: int
    observations: int
    events: int
    cases: int
    complete: bool
    items: tuple[Would, ...]


@dataclass(frozen=True, slots=True)
class _Heard:
    """One instance of an attribute; `content` None: it left."""

    at: datetime
    seq: int
    entity: str
    name: str
    content: Mapping[str, Any] | None


@dataclass(slots=True)
class _Unfolding:
    """Entities as they were, from what they are now and what was heard of them."""

    rule: Rule
    current: Mapping[str, Stored]
    _documents: dict[str, dict[str, dict[str | None, Any]]] = field(default_factory=lambda: defaultdict(dict))

    def observations(self, heard: Sequence[_Heard]) -> Iterator[Observation]:
        """`heard` in order of time; what one change brought comes together."""
        start = 0
        while start < len(heard):
            end, first = start, heard[start]
            while end < len(heard) and _together(first, heard[end]):
                self._lay(heard[end])
                end += 1
            yield self._observation(first, heard[start:end])
            start = end

    def _lay(self, one: _Heard) -> None:
        instances = self._documents[one.entity].setdefault(one.name, {})
        if one.content is None:
            instances.clear()
        else:
            instances[one.content.get("datasetId")] = one.content

    def _observation(self, first: _Heard, several: Sequence[_Heard]) -> Observation:
        entity = self.current[first.entity]
        document = {name: value for name, value in entity.document.items() if not self._looks_at(name)}
        for name, instances in self._documents[entity.id].items():
            found = list(instances.values())
            if found:
                document[name] = found if len(found) > 1 else found[0]
        readings = {one.name: readings_of(one.content, one.seq, one.at) for one in several}
        as_it_was = replace(entity, document=document, modified=first.at)
        return Observation(entity=as_it_was, at=first.at, seq=first.seq, readings=readings)

    def _looks_at(self, name: str) -> bool:
        return not self.rule.watched or name in self.rule.watched


def _together(one: _Heard, other: _Heard) -> bool:
    return (one.at, one.seq, one.entity) == (other.at, other.seq, other.entity)


async def dry_run(
    connection: Connection, tenant: str, rule: Rule, *, begin: datetime, end: datetime, archive: Archive
) -> DryRun:
    """Over the entities that there are now. Raises TooLarge where the history is more than one answer can look at."""
    current = await _subjects(connection, tenant, rule)
    before = begin - _lead(rule)
    heard = await _history(connection, tenant, rule, list(current), before, end, archive)
    few = len(current) <= FEW
    if few:
        heard += await _recorded(tenant, rule, current, heard, Interval(after=before, before=end), archive)
    if len(heard) > MOST_OBSERVATIONS:
        raise TooLarge("act.rule.dry_large", found=len(heard), most=MOST_OBSERVATIONS)
    heard.sort(key=lambda one: (one.at, one.seq, one.entity, one.name))
    unfolding = _Unfolding(rule, current)
    replay = Replay(rule, since=begin)
    happenings = await asyncio.to_thread(lambda: replay.run(unfolding.observations(heard), end))
    return DryRun(
        begun=begin, ended=end, subjects=len(current), observations=sum(one.at >= begin for one in heard),
        events=len(happenings), cases=len(happenings) if rule.definition.case else 0, complete=few or isinstance(archive.source, NoHistory),
        items=tuple(_would(one, rule) for one in reversed(happenings[-MOST_SHOWN:])),
    )  # fmt: skip


def _would(one: Happening, rule: Rule) -> Would:
    return Would(
        key=one.key, subject=one.subject, opened=one.opened, closed=one.closed, title=one.title,
        case=rule.definition.case is not None, facts=one.facts,
    )  # fmt: skip


def _lead(rule: Rule) -> timedelta:
    """How far before the time that is asked about something may have begun."""
    spans = [over for _, over in rule.reach] + [one.over for one in rule.silences]
    return max([rule.duration, *spans], default=NO_TIME) + rule.recovery_duration


async def _subjects(connection: Connection, tenant: str, rule: Rule) -> dict[str, Stored]:
    search, after, found = Search(tenant=tenant, query=rule.selection), BEGINNING, dict[str, Stored]()
    while True:
        page = await find_after(connection, search, after, limit=_PAGE)
        found |= {one.id: one for one in page.items}
        if len(found) > MOST_SUBJECTS:
            raise TooLarge("act.rule.dry_subjects", most=MOST_SUBJECTS)
        if not page.more:
            return found
        after = position_of(page.items[-1])


async def _history(
    connection: Connection, tenant: str, rule: Rule, ids: Sequence[str], begin: datetime, end: datetime, archive: Archive
) -> list[_Heard]:  # fmt: skip
    """With what was in force at the beginning, as of then."""
    names = sorted(rule.watched) or None
    found: list[_Heard] = []
    for start in range(0, len(ids), _PAGE):
        some = list(ids[start : start + _PAGE])
        for name in names or (None,):
            first = Asked(
                entities=some, attributes=name and [name], interval=Interval(before=begin, last=1), most=1
            )
            found += [
                replace(one, at=begin, seq=0)
                for one in await _heard(connection, tenant, first, names, archive)
            ]
        within = Asked(entities=some, attributes=names, interval=Interval(after=begin, before=end))
        found += await _heard(connection, tenant, within, names, archive)
        if len(found) > MOST_OBSERVATIONS:
            raise TooLarge("act.rule.dry_large", found=len(found), most=MOST_OBSERVATIONS)
    return found


async def _heard(
    connection: Connection, tenant: str, asked: Asked, names: Sequence[str] | None, archive: Archive
) -> list[_Heard]:
    return [
        _Heard(
            moment_of(one.content, one.received), one.position.seq, entity, one.name, None if one.deleted else one.content
        )
        for entity, instances in (await read(connection, tenant, asked, archive)).items()
        for one in instances
        if names is None or one.name in names
    ]  # fmt: skip


async def _recorded(
    tenant: str, rule: Rule, ids: Collection[str], known: Sequence[_Heard], interval: Interval, archive: Archive
) -> list[_Heard]:  # fmt: skip
    """What datasets keep and the log does not know."""
    logged = {(one.entity, one.name, one.at) for one in known}
    begin, end = interval.after, interval.before
    assert begin is not None
    assert end is not None
    return [
        _Heard(
            point.at,
            0,
            id,
            name,
            {"type": "Property", "value": point.value, "observedAt": point.at.isoformat()},
        )
        for id in ids
        for name in sorted(rule.watched)
        for point in await archive.source.history(tenant, id, name, begin, end, MOST_OBSERVATIONS // FEW)
        if (id, name, point.at) not in logged
    ]
