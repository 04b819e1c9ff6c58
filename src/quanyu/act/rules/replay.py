"""A rule over what has been: the same looks and steps as the node takes, in memory. Pure."""

import heapq
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from quanyu.act.rules.conditions import Sight
from quanyu.act.rules.facts import Facts, facts_of, group_facts
from quanyu.act.rules.rule import NO_TIME, Rule
from quanyu.act.rules.series import Reading
from quanyu.act.rules.states import GROUP, NOTHING, Look, State, Turn, look, step
from quanyu.act.rules.texts import key_of, title_of
from quanyu.twin.model import Stored


@dataclass(frozen=True, slots=True, kw_only=True)
class Observation:
    """An entity as it was after a change; `readings` are what came new, by attribute."""

    entity: Stored
    at: datetime
    seq: int
    readings: Mapping[str, Sequence[Reading]]


@dataclass(slots=True, kw_only=True)
class Happening:
    """An event that would have been. `closed` None: still open at the end."""

    key: str
    subject: str
    opened: datetime
    title: str
    facts: Facts
    closed: datetime | None = None
    subjects: set[str] = field(default_factory=set)


@dataclass(slots=True)
class _Heard:
    """What is known of one subject's past; readings older than any window are forgotten."""

    reach: Mapping[str, timedelta]
    kept: dict[str, list[Reading]] = field(default_factory=lambda: defaultdict(list))
    last: dict[str, datetime] = field(default_factory=dict)
    any: datetime | None = None

    def hear(self, one: Observation) -> None:
        for name, readings in one.readings.items():
            self.last[name] = max((reading.at for reading in readings), default=one.at)
            if name in self.reach:
                self.kept[name] = remembered([*self.kept[name], *readings], one.at - self.reach[name])
        newest = max((self.last[name] for name in one.readings), default=one.at)
        self.any = newest if self.any is None else max(self.any, newest)

    def readings(self, attribute: str) -> Sequence[Reading]:
        return self.kept[attribute]

    def silence(self, names: tuple[str, ...], at: datetime) -> timedelta:
        heard = [self.last[name] for name in names if name in self.last] if names else [self.any]
        last = max((one for one in heard if one is not None), default=self.any)
        return NO_TIME if last is None else max(NO_TIME, at - last)


def remembered(readings: list[Reading], horizon: datetime) -> list[Reading]:
    """Those after the horizon, and the last one before it, which was in force there."""
    old = [one for one in readings if one.at <= horizon]
    if len(old) <= 1:
        return readings
    newest = max(old, key=lambda one: (one.at, one.seq))
    return [newest, *(one for one in readings if one.at > horizon)]


class Replay:
    """Observations in order of time; `happenings` in the order in which they opened."""

    def __init__(self, rule: Rule, *, since: datetime | None = None) -> None:
        """Nothing opens before `since`: what is heard until then fills windows and waits."""
        self.rule = rule
        self.happenings: list[Happening] = []
        self._since = since
        self._states: dict[str, State] = {}
        self._entities: dict[str, Stored] = {}
        self._heard: dict[str, _Heard] = defaultdict(lambda: _Heard(dict(rule.reach)))
        self._due: list[tuple[datetime, str]] = []
        self._open: dict[str, Happening] = {}
        self._members: set[str] = set()
        self._holding: dict[str, Stored] = {}

    def run(self, observations: Iterable[Observation], until: datetime) -> list[Happening]:
        for one in observations:
            self._ring(one.at)
            self._entities[one.entity.id] = one.entity
            self._heard[one.entity.id].hear(one)
            self._look(one.entity.id, one.at, one.seq or None)
        self._ring(until)
        return self.happenings

    def _ring(self, until: datetime) -> None:
        """What comes due before a moment; what comes due at it waits for what is observed at it."""
        while self._due and self._due[0][0] < until:
            at, subject = heapq.heappop(self._due)
            if self._states.get(subject, NOTHING).due != at:
                continue
            if subject == GROUP:
                self._look_at_group(at, None)
            else:
                self._look(subject, at, None)

    def _look(self, subject: str, at: datetime, change: int | None) -> None:
        entity, past = self._entities[subject], self._heard[subject]
        found, before = look(self.rule, self._states.get(subject, NOTHING), entity, at, past)
        if self.rule.group is not None:
            self._count(entity, found)
            self._keep(subject, replace(before, due=found.again))
            self._look_at_group(at, change)
            return
        after, turn = self._step(before, found, at)
        if turn is Turn.OPENS:
            sight = Sight(entity=entity, at=at, past=past, sides=after.sides)
            facts = facts_of(self.rule, sight, since=before.since, change=change)
            after = self._opened(key_of(self.rule, entity), subject, after, facts)
        elif turn is Turn.CLOSES:
            after = self._closed(subject, after, at)
        self._keep(subject, after)

    def _look_at_group(self, at: datetime, change: int | None) -> None:
        group = self.rule.group
        assert group is not None
        holding, of = len(self._holding), len(self._members)
        met = group.holds(holding, of)
        before = self._states.get(GROUP, NOTHING)
        after, turn = self._step(
            before, Look(holds=met, recovered=not met and group.recovered(holding, of)), at
        )
        if turn is Turn.OPENS:
            facts = group_facts(
                self.rule, list(self._holding.values()), holding=holding, of=of, at=at, since=before.since, change=change
            )  # fmt: skip
            after = self._opened(key_of(self.rule, None), GROUP, after, facts)
        elif turn is Turn.CLOSES:
            after = self._closed(GROUP, after, at)
        self._keep(GROUP, after)

    def _count(self, entity: Stored, found: Look) -> None:
        self._members.discard(entity.id)
        self._holding.pop(entity.id, None)
        if found.member:
            self._members.add(entity.id)
        if found.holds:
            self._holding[entity.id] = entity

    def _step(self, before: State, found: Look, at: datetime) -> tuple[State, Turn]:
        after, turn = step(self.rule, before, found, at)
        if turn is Turn.OPENS and self._since is not None and at < self._since:
            return replace(after, since=before.since or at, due=self._since), Turn.STAYS
        return after, turn

    def _opened(self, key: str, subject: str, after: State, facts: Facts) -> State:
        happening = self._open.get(key)
        if happening is None:
            title = title_of(self.rule, self._entities.get(subject), facts)
            opened = datetime.fromisoformat(facts["at"])
            happening = Happening(key=key, subject=subject, opened=opened, title=title, facts=facts)
            self._open[key] = happening
            self.happenings.append(happening)
        happening.subjects.add(subject)
        return replace(after, event=key)

    def _closed(self, subject: str, after: State, at: datetime) -> State:
        assert after.event is not None
        happening = self._open[after.event]
        happening.subjects.discard(subject)
        if not happening.subjects:
            happening.closed = at
            del self._open[happening.key]
        return replace(after, event=None)

    def _keep(self, subject: str, after: State) -> None:
        before = self._states.get(subject, NOTHING)
        self._states[subject] = after
        if after.due is not None and after.due != before.due:
            heapq.heappush(self._due, (after.due, subject))
