"""One round over a tenant's rules: changes, timers, a first look at what is there. Everything that follows is written in the
transaction of the reader's progress: after any end it goes on where it stood, and nothing happens twice."""

import logging
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

import asyncpg

from quanyu.act.rules import _sql, _state_sql
from quanyu.act.rules._state_sql import Place
from quanyu.act.rules.book import Book, Running, reason_of
from quanyu.act.rules.conditions import Sight
from quanyu.act.rules.consequences import Made, close_event, open_event
from quanyu.act.rules.events import Ending
from quanyu.act.rules.facts import MOST_MEMBERS, facts_of, group_facts
from quanyu.act.rules.listening import Listening
from quanyu.act.rules.memory import Memory
from quanyu.act.rules.past import Known
from quanyu.act.rules.states import GROUP, NOTHING, Look, State, Turn, look, step
from quanyu.act.rules.subject import Subject, heard, made_by
from quanyu.act.rules.texts import key_of
from quanyu.core.errors import QuanyuError, Unavailable
from quanyu.store import CONTENDED, Connection
from quanyu.twin.model import Stored
from quanyu.twin.query import retrieve_many
from quanyu.twin.subscriptions.matching import FAULTS, Concerned

MOST_OPENED = 50
"""Events of one transaction: in a storm nobody waits for the last."""

_log = logging.getLogger("quanyu.rules")


@dataclass(slots=True)
class Round:
    """Within one transaction."""

    connection: Connection
    tenant: str
    now: datetime
    book: Book
    memory: Memory
    listening: Listening
    _states: dict[Place, State] = field(default_factory=dict)
    _stored: dict[Place, State] = field(default_factory=dict)
    _tallies: dict[str, tuple[int, int]] = field(default_factory=dict)
    _sure: set[str] = field(default_factory=set)
    _events: dict[str, tuple[int, datetime]] = field(default_factory=dict)

    async def hear(self, found: Sequence[Concerned]) -> int | None:
        """Which rule is concerned by which change, in their order. The change after which it stopped, because so much has
        opened that it is to be committed first.
        """
        return await self._look_at([heard(watch.owner, event) for watch, event in found])

    async def ring(self, limit: int) -> bool:
        """What has come due; whether there may be more."""
        due = await _state_sql.due(self.connection, self.tenant, self.now, limit)
        await self._forget_strangers({rule for rule, _ in due} - self.book.rules.keys())
        entities = await retrieve_many(
            self.connection, self.tenant, {subject for _, subject in due if subject}
        )
        subjects = [
            Subject(running=running, id=subject, entity=entities.get(subject), at=self.now)
            for rule, subject in due
            if (running := self.book.rules.get(rule)) is not None
        ]
        await self._look_at(subjects)
        return len(due) == limit

    async def first_look(self, running: Running, entities: Sequence[Stored]) -> None:
        """At entities that were there when the rule was switched on."""
        await self._look_at(
            [Subject(running=running, id=one.id, entity=one, at=self.now) for one in entities]
        )

    async def write(self) -> datetime | None:
        """What has changed since it was last written; when the first of that is due."""
        changed = {
            place: state
            for place, state in self._states.items()
            if _differs(self._stored.get(place, NOTHING), state, self.now)
        }
        await _state_sql.save(self.connection, self.tenant, changed)
        self._stored |= changed
        if self._events:
            await _sql.count_events(self.connection, self.tenant, self._events)
            self._events.clear()
        return min((one.due for one in changed.values() if one.due is not None), default=None)

    async def _look_at(self, subjects: Sequence[Subject]) -> int | None:
        if not subjects:
            return None
        await self._prepare(subjects)
        known = await Known.of(self.connection, self.tenant, subjects, self.memory, self.listening)
        last: int | None = None
        for one in subjects:
            if last is not None and one.number != last and self._opened() >= MOST_OPENED:
                return last
            last = one.number
            if self.book.rules.get(one.rule.name) is one.running:
                known.go_to(one)
                await self._alone(one, known)
        return None

    def _opened(self) -> int:
        return sum(number for number, _ in self._events.values())

    async def _prepare(self, subjects: Sequence[Subject]) -> None:
        groups = {one.rule.name for one in subjects if one.rule.group is not None}
        places = {one.place for one in subjects} | {(rule, GROUP) for rule in groups}
        missing = places - self._stored.keys()
        found = await _state_sql.states(self.connection, self.tenant, missing)
        for place in missing:
            self._stored[place] = self._states[place] = found.get(place, NOTHING)
        unknown = groups - self._tallies.keys()
        if unknown:
            found_tallies = await _state_sql.tallies(self.connection, self.tenant, unknown)
            self._tallies |= {rule: found_tallies.get(rule, (0, 0)) for rule in unknown}

    async def _alone(self, subject: Subject, known: Known) -> None:
        """A rule that fails is shown as broken and stops; the others go on."""
        try:
            await self._turn(subject, known)
        except Unavailable:
            raise
        except (QuanyuError, asyncpg.PostgresError, *FAULTS) as error:
            if isinstance(error, CONTENDED):
                raise
            await self._break(subject.rule.name, error)

    async def _break(self, rule: str, error: Exception) -> None:
        _log.error("rule %s of %s stops: %r", rule, self.tenant, error, exc_info=isinstance(error, FAULTS))
        self.book.drop(rule)
        await _sql.break_(self.connection, self.tenant, rule, reason_of(error))
        await _state_sql.silence(self.connection, self.tenant, rule)
        for place in [one for one in self._states if one[0] == rule]:
            del self._states[place]

    async def _turn(self, subject: Subject, known: Known) -> None:
        rule, place = subject.rule, subject.place
        if subject.id == GROUP:
            await self._turn_group(subject)
            return
        if subject.gone:
            await self._left(subject)
            return
        assert subject.entity is not None
        found, before = look(rule, self._states[place], subject.entity, subject.at, known)
        if rule.group is not None:
            counted = found.holds if found.member else None
            self._count(rule.name, before.counted, counted)
            self._states[place] = replace(before, counted=counted, due=found.again)
            await self._turn_group(subject)
            return
        after, turn = step(rule, before, found, subject.at)
        if turn is not Turn.STAYS:
            sight = Sight(entity=subject.entity, at=subject.at, past=known, sides=after.sides)
            since = before.since if turn is Turn.OPENS else None
            facts = facts_of(rule, sight, since=since, change=subject.number)
            key = key_of(rule, subject.entity)
            after = await self._follow(subject, after, turn, made_by(subject, key, facts, [subject.entity]))
        self._states[place] = after

    async def _turn_group(self, subject: Subject) -> None:
        """Its members have been counted."""
        rule, place = subject.rule, (subject.rule.name, GROUP)
        assert rule.group is not None
        holding, of = self._tallies[rule.name]
        met = rule.group.holds(holding, of)
        found = Look(holds=met, recovered=not met and rule.group.recovered(holding, of))
        before = self._states[place]
        after, turn = step(rule, before, found, subject.at)
        if turn is not Turn.STAYS:
            members = await self._members(rule.name)
            facts = group_facts(
                rule,
                members,
                holding=holding,
                of=of,
                at=subject.at,
                since=before.since,
                change=subject.number,
            )
            key = key_of(rule, None)
            after = await self._follow(
                subject, after, turn, made_by(replace(subject, id=GROUP), key, facts, members)
            )
        self._states[place] = after

    async def _members(self, rule: str) -> list[Stored]:
        """Those that hold: what is written, and what this round has found."""
        await _state_sql.save(self.connection, self.tenant, {
            place: state for place, state in self._states.items() if place[0] == rule and place[1] != GROUP
        })  # fmt: skip
        ids = await _state_sql.holding(self.connection, self.tenant, rule, MOST_MEMBERS)
        found = await retrieve_many(self.connection, self.tenant, ids)
        return [found[id] for id in ids if id in found]

    async def _follow(self, subject: Subject, after: State, turn: Turn, made: Made) -> State:
        """Each turn in a savepoint of its own, so that what fails takes nothing else along."""
        async with self.connection.transaction():
            if not await self._is_on(subject):
                return after
            if turn is Turn.OPENS:
                opened = await open_event(self.connection, self.tenant, made, self.now)
                if opened.new:
                    number, _ = self._events.get(made.rule.name, (0, made.at))
                    self._events[made.rule.name] = number + 1, made.at
                return replace(after, event=opened.event)
            await self._close(after, made.subject, made.rule.name, Ending.RECOVERED, made)
        return replace(after, event=None)

    async def _close(self, state: State, subject: str, rule: str, ending: Ending, made: Made | None) -> None:
        """An event about several subjects is over when it is over for the last of them."""
        event = state.event
        assert event is not None
        written = {(rule, one) for one in await _state_sql.others_of(self.connection, self.tenant, event)}
        places = written | {place for place, one in self._states.items() if one.event == event}
        still = {place for place in places if self._states.get(place, state).event == event}
        if still <= {(rule, subject)}:
            facts, at = (made.facts, made.at) if made else (None, self.now)
            await close_event(
                self.connection, self.tenant, event, ending=ending, facts=facts, at=at, now=self.now
            )

    async def _left(self, subject: Subject) -> None:
        """The entity is no more: nothing waits for it, its event is over."""
        before = self._states[subject.place]
        if before.event is not None:
            async with self.connection.transaction():
                if await self._is_on(subject):
                    await self._close(before, subject.id, subject.rule.name, Ending.GONE, None)
        self._states[subject.place] = NOTHING
        if subject.rule.group is not None:
            self._count(subject.rule.name, before.counted, None)
            await self._turn_group(subject)

    async def _is_on(self, subject: Subject) -> bool:
        """Whether it still is what this round holds it to be; nobody switches it until our commit."""
        name = subject.rule.name
        if name not in self._sure and await _sql.is_on(self.connection, name, subject.rule.version):
            self._sure.add(name)
        return name in self._sure

    def _count(self, rule: str, before: bool | None, after: bool | None) -> None:
        holding, of = self._tallies[rule]
        self._tallies[rule] = (
            holding + (after is True) - (before is True), of + (after is not None) - (before is not None)
        )  # fmt: skip

    async def _forget_strangers(self, rules: Collection[str]) -> None:
        """Rules that are off or broken wait for nothing."""
        for rule in rules:
            await _state_sql.silence(self.connection, self.tenant, rule)


def _differs(before: State, after: State, now: datetime) -> bool:
    """A timer that will ring too early only looks again: putting it off is not worth a write."""
    if before is after:
        return False
    if before.due is not None and after.due is not None and now < before.due <= after.due:
        return replace(after, due=before.due) != before
    return before != after
