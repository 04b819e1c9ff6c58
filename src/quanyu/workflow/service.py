"""Work is opened, moved and rung: each call within the caller's transaction.

Timeline, clocks, inbox and outgoing events of one act commit together, or not at all.
"""

import logging
import secrets
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
from msgspec.structs import replace

from quanyu.core.errors import Conflict, NotFound, QuanyuError
from quanyu.store import Connection
from quanyu.workflow import _sql
from quanyu.workflow.adoption import Note, Stay, adopt
from quanyu.workflow.clock import reckoned
from quanyu.workflow.definition.model import Definition
from quanyu.workflow.model import Act, Doer, Instance, Moved, Step
from quanyu.workflow.rules import Move, Rules, newest_rules, rules_of
from quanyu.workflow.transition import act, annotate, begin, ring

_log = logging.getLogger("quanyu.workflow")

_NODE = Doer(id="system:workflow", node=True)
_LATER = timedelta(hours=1)
_DEEPEST = 8  # levels of workflows that call workflows


Follow = Callable[[Connection, str, Sequence[Moved]], Awaitable[None]]
"""Told of all work that an act, a bell or called work has moved, with what is to be told of it, in the same transaction."""

Check = Callable[[Moved], None]
"""Raises what those who keep the subject of the work do not let happen to it."""


async def nobody(connection: Connection, tenant: str, moved: Sequence[Moved]) -> None:
    """Where nobody keeps what work is about."""


def anything(moved: Moved) -> None:
    """Where nobody minds."""


class Opening(msgspec.Struct, frozen=True, kw_only=True):
    """`key` makes it idempotent: the same key again answers the work that is already open under it."""

    definition: str
    subject: str
    data: Mapping[str, Any] = {}
    organisation: str | None = None
    key: str | None = None


_Do = Callable[[Rules, Instance], Moved]


async def instance(connection: Connection, id: str) -> Instance:
    """Raises NotFound."""
    found = await _sql.instance(connection, id)
    if found is None:
        raise NotFound("workflow.instance.unknown", id=id)
    return found


async def timeline(connection: Connection, id: str) -> tuple[Step, ...]:
    return tuple(await _sql.steps(connection, id))


async def done_by(connection: Connection, ids: Collection[str], key: str, actor: str) -> set[str]:
    """The work on which this actor has done an act under this key."""
    return await _sql.done_under(connection, key, ids, actor=actor)


@dataclass(frozen=True, slots=True)
class Works:
    """Work of one tenant within one transaction, at one moment."""

    connection: Connection
    tenant: str
    now: datetime
    follow: Follow = nobody
    check: Check = anything

    async def open(self, opening: Opening, doer: Doer) -> Instance:
        """The key of an opening again answers the work that is open under it, and nothing else happens."""
        rules = await newest_rules(self.connection, self.tenant, opening.definition)
        fresh = _fresh(rules.definition, opening, self.now)
        return await self._open(rules, begin(rules.definition, rules.calendar, fresh, doer), opening.key)

    async def adopt(
        self, opening: Opening, doer: Doer, *, stays: Sequence[Stay], notes: Sequence[Note] = ()
    ) -> Instance:
        """Work that began in another system. Raises what `adoption.adopt` raises."""
        rules = await newest_rules(self.connection, self.tenant, opening.definition)
        fresh = _fresh(rules.definition, opening, self.now)
        moved = adopt(rules.definition, rules.calendar, fresh, doer, stays=stays, notes=notes)
        return await self._open(rules, moved, opening.key)

    async def perform(self, id: str, wanted: Act, doer: Doer, *, key: str | None = None) -> Instance:
        """An act; with a `key` that was used on this work before, nothing happens again.

        Raises NotFound, and what `transition.act` raises.
        """
        return _unless_refused((await self.perform_each([id], wanted, doer, key=key))[id])

    async def perform_each(
        self, ids: Collection[str], wanted: Act, doer: Doer, *, key: str | None = None
    ) -> dict[str, Instance | QuanyuError]:
        """The act on each for itself, and written together: where it stands now, or why it does not take the act."""

        def do(rules: Rules, work: Instance) -> Moved:
            return act(rules.definition, rules.calendar, work, wanted, doer, self.now)

        return await self._each(ids, do, key=key)

    async def annotate(self, id: str, said: Act, doer: Doer, *, key: str | None = None) -> Instance:
        """A line in the timeline of work that is over. Raises NotFound, and Conflict where it is still open."""

        def do(rules: Rules, work: Instance) -> Moved:
            return annotate(rules.definition, rules.calendar, work, said, doer, self.now)

        return _unless_refused((await self._each([id], do, key=key))[id])

    async def _each(
        self, ids: Collection[str], do: _Do, *, key: str | None
    ) -> dict[str, Instance | QuanyuError]:
        """Each once under a key."""
        found = await _sql.locked_each(self.connection, ids)
        before = await _sql.done_under(self.connection, key, found) if key is not None else set()
        answers: dict[str, Instance | QuanyuError] = {
            id: found.get(id) or NotFound("workflow.instance.unknown", id=id) for id in ids
        }
        fresh = [one for one in found.values() if one.id not in before]
        return answers | await self._move_each(fresh, do, key=key)

    async def ring_due(self, *, limit: int = 100) -> int:
        """Fires the bells that are due, of at most `limit` pieces of work; answers of how many. Call again until 0.

        One that cannot be rung, e.g. because its calendar is gone, is tried again later and keeps nobody waiting.
        """
        due = await _sql.ringing(self.connection, self.now, limit)

        def do(rules: Rules, work: Instance) -> Moved:
            return ring(rules.definition, rules.calendar, work, self.now)

        for id, rung in (await self._move_each(due, do)).items():
            if isinstance(rung, QuanyuError):
                _log.error("work %s cannot be rung: %s", id, rung)
                await _sql.postpone(self.connection, self.tenant, id, self.now + _LATER)
        return len(due)

    async def reckon(self, *, limit: int = 100, after: str = "") -> str | None:
        """Due times that went beyond the holidays known are reckoned by the calendars of now, of some pieces of work.

        Answers where to go on, None at the end.
        """
        ids = await _sql.unassured(self.connection, after, limit)
        for id in ids:
            found = await self._locked(id)
            rules = await rules_of(self.connection, self.tenant, found.definition, found.version)
            positions = tuple(
                replace(one, deadline=reckoned(rules.calendar, one.deadline)) for one in found.positions
            )
            if positions != found.positions:
                await self._write([rules.move(Moved(instance=replace(found, positions=positions)))])
        return ids[-1] if len(ids) == limit else None

    async def _move_each(
        self, works: Sequence[Instance], do: _Do, *, key: str | None = None
    ) -> dict[str, Instance | QuanyuError]:
        """By id, where each stands now or why it did not move. Those that concern no other work are written together."""
        answers: dict[str, Instance | QuanyuError] = {}
        together: list[Move] = []
        known: dict[tuple[str, int], Rules] = {}
        for work in works:
            try:
                rules = known.get((work.definition, work.version)) or await rules_of(
                    self.connection, self.tenant, work.definition, work.version
                )
                known[work.definition, work.version] = rules
                move = self._moved(rules, work, do, key)
            except QuanyuError as refusal:
                answers[work.id] = refusal
                continue
            answers[work.id] = move.moved.instance
            if not move.moved.concerns_others:
                together.append(move)
        await self._write(together)
        for id in answers.keys() - {one.moved.instance.id for one in together}:
            if isinstance(answers[id], Instance):
                answers[id] = await self._move_alone(id, do, key)
        return answers

    async def _move_alone(self, id: str, do: _Do, key: str | None) -> Instance | QuanyuError:
        """Looked at anew, because other work may have moved it; a refusal there takes back nothing else."""
        try:
            async with self.connection.transaction():
                work = await self._locked(id)
                move = self._moved(
                    await rules_of(self.connection, self.tenant, work.definition, work.version), work, do, key
                )
                await self._write([move])
        except QuanyuError as refusal:
            return refusal
        return move.moved.instance

    def _moved(self, rules: Rules, work: Instance, do: _Do, key: str | None) -> Move:
        moved = do(rules, work)
        self.check(moved)
        return rules.move(moved, key=key)

    async def _locked(self, id: str) -> Instance:
        found = await _sql.locked(self.connection, id)
        if found is None:
            raise NotFound("workflow.instance.unknown", id=id)
        return found

    async def _open(self, rules: Rules, moved: Moved, key: str | None) -> Instance:
        move = rules.move(moved)
        if not await _sql.open_(self.connection, self.tenant, move.entry, opening=key):
            known = await _sql.opened_as(self.connection, key or "")
            return await instance(self.connection, known or "")
        await self._go_on([move])
        return moved.instance

    async def _write(self, moves: Sequence[Move]) -> None:
        if moves:
            await _sql.save(self.connection, self.tenant, [one.entry for one in moves])
            await self._go_on(moves)

    async def _go_on(self, moves: Sequence[Move]) -> None:
        await self.follow(self.connection, self.tenant, [one.moved for one in moves])
        for one in moves:
            work = one.moved.instance
            for number in one.moved.calls:
                await self._call(one.rules, work, number)
            if work.closed and work.parent is not None:
                await self._answer(work, work.parent)

    async def _call(self, rules: Rules, caller: Instance, number: int) -> None:
        """Opens the workflow that a position hands its work to, over the same subject."""
        position = caller.position(number)
        assert position is not None
        call = rules.definition.state(position.state).call
        assert call is not None
        if caller.id.count(".") >= _DEEPEST:
            raise Conflict("workflow.call.deep", definition=call.definition)
        called = await newest_rules(self.connection, self.tenant, call.definition)
        opening = Opening(
            definition=call.definition, subject=caller.subject, data=caller.data,
            organisation=position.organisation,
        )  # fmt: skip
        fresh = replace(
            _fresh(called.definition, opening, self.now),
            id=f"{caller.id}.{caller.steps}", parent=caller.id, parent_position=number,
        )  # fmt: skip
        await self._open(called, begin(called.definition, called.calendar, fresh, _NODE), None)

    async def _answer(self, ended: Instance, parent: str) -> None:
        """The end of called work is an act of the work that called it; unless that has gone on meanwhile."""
        caller = await self._locked(parent)
        position = caller.position(ended.parent_position or 0)
        if position is None or caller.closed:
            return
        rules = await rules_of(self.connection, self.tenant, caller.definition, caller.version)
        call = rules.definition.state(position.state).call
        action = call.outcomes.get(ended.outcome or "") if call else None
        if action is not None:
            wanted = Act(name=action, position=position.number)
            await self.perform(caller.id, wanted, _NODE, key=f"called:{ended.id}")


def _unless_refused(done: Instance | QuanyuError) -> Instance:
    if isinstance(done, QuanyuError):
        raise done
    return done


def _fresh(followed: Definition, opening: Opening, now: datetime) -> Instance:
    return Instance(
        id=f"{now.astimezone(UTC):%Y%m%d}-{secrets.token_hex(8)}", definition=followed.name,
        version=followed.version, subject=opening.subject, opened=now, data=opening.data,
        organisation=opening.organisation,
    )  # fmt: skip
