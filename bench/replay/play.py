"""Plays stories: everything at its time and in its turn, each act by whoever has to do it, with books beside."""

import asyncio
import heapq
import itertools
from collections import Counter
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from bench.replay.books import Entry
from bench.replay.calculator import EPOCH, Calculator, Span
from bench.replay.door import Refused, Town
from bench.replay.stories import Answer, City, Story, chance

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
RING_EVERY = timedelta(hours=6)
LIST_EVERY = timedelta(hours=4)
"""So often a post goes through its list and does one act on all that wait for it."""
SIDE_BY_SIDE, MOST_AT_ONCE = 64, 200
DESK = {
    "reported": 2, "accepted": 2, "filed": 1, "checking": 24, "closing": 4, "closed": 168,
}  # fmt: skip
"""Hours that the desk has in its own states, as the definition that comes along says."""
_EXTENSION = 10.0
_OPEN311 = "/open311/v2/requests.json"


class Stay(NamedTuple):
    """What a line of the timeline must say."""

    at: datetime
    act: str
    state: str
    due: datetime | None


@dataclass(slots=True)
class Played:
    """One story under way; the clock of its handling, and the answer that is given at the end of this round."""

    story: Story
    entry: Entry
    limit: Span
    answer: Answer | None
    detour: str | None
    started: datetime | None = None
    due: datetime | None = None
    used: float = 0.0
    rounds: int = 0


Move = Callable[[Played], Coroutine[Any, Any, None]]


class Errand(NamedTuple):
    """One act of a post on every case that waits for it; `alone` is the case that is opened and acted on by itself."""

    who: str
    name: str
    then: Callable[[Played], None]
    organisation: str | None = None
    evidence: tuple[str, ...] = ()
    alone: str | None = None

    @property
    def act(self) -> dict[str, Any]:
        return {"name": self.name, "organisation": self.organisation, "evidence": self.evidence}


class Doing(NamedTuple):
    """What is done at one moment, to one case or to all on a list."""

    moment: datetime
    move: Move | Errand
    cases: list[Played]


Queued = tuple[datetime, int, Played, Move | Errand]


@dataclass(slots=True)
class Player:
    town: Town
    city: City
    calculator: Calculator = field(default_factory=Calculator)
    entries: list[Entry] = field(default_factory=list)
    counts: Counter[str] = field(default_factory=Counter)
    _weights: dict[str, float] = field(default_factory=dict)
    _numbers: dict[str, Played] = field(default_factory=dict)
    _queue: list[Queued] = field(default_factory=list)
    _uncalled: list[tuple[datetime, int, Played]] = field(default_factory=list)
    _order: "itertools.count[int]" = field(default_factory=itertools.count)

    def plain(self) -> list[tuple[Story, Entry]]:
        """Those that were handled once, and of which the city says whether it was in time."""
        return [
            (one.story, one.entry) for one in self._numbers.values()
            if one.story.late_there is not None and one.story.detour is None and one.rounds == 1
        ]  # fmt: skip

    async def play(self) -> None:
        """Everything, and the bells of nine days more, in which what nobody was called about is archived."""
        await self._lay_down()
        for story in self.city.stories:
            played = Played(story, Entry(id=""), self.city.limits[story.category], story.answer, story.detour)
            self._after(story.reported, played, self._report)
        rung = end = self._queue[0][0]
        while self._queue:
            rung = await self._ring_until(self._queue[0][0], rung)
            some = self._next(before=rung + RING_EVERY)
            end = max(end, *(one.moment for one in some))
            await asyncio.gather(*(self._do(one) for one in some))
        await self._ring_until(end + 9 * DAY, rung)

    async def _ring_until(self, moment: datetime, rung: datetime) -> datetime:
        """Every so often, as a node would; rounds in which no bell can ring are left out."""
        rounds = (moment - rung) // RING_EVERY
        last = rung + rounds * RING_EVERY
        while rounds > 0 and (bell := await self.town.next_bell()) is not None and bell <= last:
            rung += max(1, -((rung - bell) // RING_EVERY)) * RING_EVERY
            await self._ring(rung)
        return last

    def _next(self, *, before: datetime) -> list[Doing]:
        """What may happen side by side: before the next bells, and nothing that looks at another case."""
        some: dict[object, Doing] = {}
        while self._queue and self._queue[0][0] < before:
            moment, number, played, move = self._queue[0]
            key = (moment, move) if isinstance(move, Errand) else number
            merges = played.story.end == "merged"
            if some and (merges or (key not in some and len(some) == SIDE_BY_SIDE)):
                break
            heapq.heappop(self._queue)
            some.setdefault(key, Doing(moment, move, [])).cases.append(played)
            if merges:
                break
        return list(some.values())

    async def _do(self, doing: Doing) -> None:
        self.town.now, move, cases = doing.moment, doing.move, doing.cases
        if not isinstance(move, Errand):
            await move(cases[0])
        elif move.alone:
            await self._act(move.who, cases[0], **move.act)
            move.then(cases[0])
        else:
            for start in range(0, len(cases), MOST_AT_ONCE):
                await self._act_on_several(move, cases[start : start + MOST_AT_ONCE])

    async def _act_on_several(self, errand: Errand, cases: list[Played]) -> None:
        """Some send their list twice, as a bad line makes them."""
        key = f"{errand.who} {errand.name} {errand.organisation} {self.town.now} {cases[0].entry.id}"
        sent = {"cases": [one.entry.id for one in cases], "act": errand.act}
        for _ in range(2 if self._odd(key, "again", 0.05) else 1):
            answer = await self.town.ask(
                errand.who, "POST", "/api/v1/cases/acts", json=sent, headers={"idempotency-key": key}
            )
            if answer["done"] != len(cases):
                raise Refused(f"{errand}: {[one for one in answer['items'] if one['refusal']]}")
        self.counts["acts"] += len(cases)
        self.counts["lists"] += 1
        for played in cases:
            errand.then(played)

    async def _lay_down(self) -> None:
        codes = sorted(self.city.limits)
        self._weights = {code: 1.0 + index % 3 for index, code in enumerate(codes)}
        classes = [
            {"code": code, "kind": "event", "titles": {"zh-CN": code}, "weight": self._weights[code]}
            for code in codes
        ]
        conditions = [
            {"class": code, "amount": span.amount, "unit": span.unit}
            for code, span in self.city.limits.items()
        ]
        laid = {"classes": classes, "conditions": conditions}
        await self.town.ask("officer", "PUT", "/api/v1/case-rules", json=laid)

    async def _ring(self, moment: datetime) -> None:
        self.town.now = moment
        self.counts["bells"] += await self.town.ring()
        while self._uncalled and self._uncalled[0][0] <= moment:
            _, _, played = heapq.heappop(self._uncalled)
            self._write(played, "archive", "archived", None)

    def _after(self, moment: datetime, played: Played, move: Move) -> None:
        heapq.heappush(self._queue, (max(moment, self.town.now), next(self._order), played, move))

    def _listed(self, moment: datetime, played: Played, errand: Errand) -> None:
        """Done when the post goes through its list next."""
        number, moment = played.story.number, max(moment, self.town.now)
        if self._odd(number, "alone", 0.05):
            errand = errand._replace(alone=number)
        else:
            moment += -(moment - EPOCH) % LIST_EVERY
        heapq.heappush(self._queue, (moment, next(self._order), played, errand))

    def _odd(self, number: str, what: str, share: float) -> bool:
        return chance(number, what) < share * self.city.oddity

    def _write(self, played: Played, act: str, state: str, due: datetime | None) -> None:
        played.entry.state = state
        played.entry.stays.append(Stay(self.town.now, act, state, due))

    def _desk(self, state: str) -> datetime:
        return self.town.now + DESK[state] * HOUR

    async def _act(self, who: str, played: Played, name: str, **more: Any) -> None:
        self.counts["acts"] += 1
        await self.town.ask(who, "POST", f"/api/v1/cases/{played.entry.id}/acts", json={"name": name, **more})

    def _step(self, played: Played) -> timedelta:
        """The desk is quick where the real city was."""
        story = played.story
        whole = (story.handled - story.reported) / 4 if story.handled else 10 * MINUTE
        return min(whole, 10 * MINUTE)

    async def _report(self, played: Played) -> None:
        story, entry = played.story, played.entry
        entry.id = await self._sent(story)
        if self._odd(story.number, "again", 0.1) and await self._sent(story) != entry.id:
            raise AssertionError(f"{story.number} was sent twice and is two cases")
        entry.weight = self._weights[story.category]
        self.entries.append(entry)
        self.counts["reports"] += 1
        self._numbers[story.number] = played
        self._write(played, "open", "reported", self._desk("reported"))
        if self._odd(story.number, "wrong", 0.05):
            await self._try_what_is_not_allowed(played)
        into = self._numbers.get(story.into or "")
        if story.end == "merged" and into is not None and into is not played and into.entry.state != "merged":
            self._after(self.town.now + self._step(played), played, self._merge)
        elif story.end == "rejected":
            self._after(self.town.now + self._step(played), played, self._reject)
        else:
            self._listed(
                self.town.now + self._step(played), played, Errand("acceptor", "accept", self._accepted)
            )

    async def _sent(self, story: Story) -> str:
        if story.door == "open311":
            form = {
                "service_code": story.category,
                "description": story.text,
                "address_string": story.address,
            }
            if story.place is not None:
                form |= {"long": str(story.place[0]), "lat": str(story.place[1])}
            (row,) = await self.town.ask("nobody", "POST", _OPEN311, data=form)
            return str(row["service_request_id"])
        said = {
            "channel": story.door,
            "class": story.category,
            "description": story.text,
            "address": story.address,
        }
        who = "acceptor" if story.door == "hotline" else "nobody"
        made = await self.town.ask(
            who, "POST", "/api/v1/reports", json=said, headers={"idempotency-key": story.number}
        )
        return str(made["id"])

    async def _try_what_is_not_allowed(self, played: Played) -> None:
        path = f"/api/v1/cases/{played.entry.id}/acts"
        for who, name, status in (
            ("chief", "close", 409),
            ("caller", "accept", 403),
            ("nobody", "accept", 401),
        ):
            await self.town.ask(who, "POST", path, json={"name": name}, expected=status)
            self.counts["refused"] += 1

    async def _merge(self, played: Played) -> None:
        into = self._numbers[played.story.into or ""].entry
        if into.state == "merged":
            return await self._reject(played)
        path = f"/api/v1/cases/{played.entry.id}/merge"
        await self.town.ask("acceptor", "POST", path, json={"into": into.id})
        return self._write(played, "merge", "merged", None)

    async def _reject(self, played: Played) -> None:
        await self._act("acceptor", played, "reject", reason="invalid")
        self._write(played, "reject", "rejected", None)

    def _accepted(self, played: Played) -> None:
        self._write(played, "accept", "accepted", self._desk("accepted"))
        self._listed(self.town.now + self._step(played), played, Errand("chief", "file", self._filed))

    def _filed(self, played: Played) -> None:
        self._write(played, "file", "filed", self._desk("filed"))
        self._to_dispatch(self.town.now + self._step(played), played)

    def _to_dispatch(self, moment: datetime, played: Played) -> None:
        errand = Errand("dispatcher", "dispatch", self._dispatched, organisation=played.story.body)
        self._listed(moment, played, errand)

    def _to_be_handled(self, played: Played) -> None:
        errand = Errand(f"handler-{played.story.body}", "handled", self._handled, evidence=("seen",))
        self._listed(self._end_of_handling(played), played, errand)

    def _dispatched(self, played: Played) -> None:
        played.entry.body = played.story.body
        self._begin_handling(played, "dispatch")
        if played.story.end == "open" and played.rounds == 1:
            return
        if played.detour in ("extend", "suspend", "send_back"):
            quarter = (self._end_of_handling(played) - self.town.now) / 4
            self._after(self.town.now + quarter, played, getattr(self, f"_{played.detour}"))
        else:
            self._to_be_handled(played)

    def _begin_handling(self, played: Played, act: str) -> None:
        played.rounds += 1
        played.started, played.used, played.limit = (
            self.town.now,
            0.0,
            self.city.limits[played.story.category],
        )
        played.due = self.calculator.due(self.town.now, played.limit)
        self._write(played, act, "handling", played.due)

    def _end_of_handling(self, played: Played) -> datetime:
        """As it really was, the first time."""
        assert played.started is not None
        assert played.due is not None
        story = played.story
        if played.rounds > 1:
            return played.started + DAY
        if story.share is not None:
            return played.started + story.share * (played.due - played.started)
        return story.handled or played.started + DAY

    async def _extend(self, played: Played) -> None:
        body, limit = f"handler-{played.story.body}", played.limit
        assert played.started is not None
        await self._act(body, played, "extend", reason="more time", amount=_EXTENSION)
        self._write(played, "extend", "handling", played.due)
        await self._act("dispatcher", played, "grant")
        played.limit = Span(limit.amount + _EXTENSION, limit.unit)
        played.due = self.calculator.due(played.started, played.limit)
        self._write(played, "grant", "handling", played.due)
        self._to_be_handled(played)

    async def _suspend(self, played: Played) -> None:
        assert played.started is not None
        await self._act(f"handler-{played.story.body}", played, "suspend", reason="winter")
        self._write(played, "suspend", "handling", played.due)
        await self._act("chief", played, "grant")
        played.used = self.calculator.used(played.started, self.town.now, played.limit.unit)
        self._write(played, "grant", "handling", None)
        self._after(self.town.now + 2 * DAY + 3 * HOUR, played, self._resume)

    async def _resume(self, played: Played) -> None:
        await self._act("chief", played, "resume")
        left = played.limit.amount - played.used
        passed = self.calculator.due(played.started or self.town.now, played.limit)
        played.due = (
            passed if left <= 0 else self.calculator.due(self.town.now, Span(left, played.limit.unit))
        )
        self._write(played, "resume", "handling", played.due)
        self._to_be_handled(played)

    async def _send_back(self, played: Played) -> None:
        await self._act(f"handler-{played.story.body}", played, "send_back", reason="not ours")
        self._write(played, "send_back", "handling", played.due)
        self._note_lateness(played)
        await self._act("dispatcher", played, "grant")
        self._write(played, "grant", "filed", self._desk("filed"))
        played.detour, played.rounds = None, 0
        self._to_dispatch(self.town.now + 10 * MINUTE, played)

    def _note_lateness(self, played: Played) -> None:
        if played.due is not None and self.town.now > played.due:
            played.entry.late = True

    def _handled(self, played: Played) -> None:
        self._note_lateness(played)
        self._write(played, "handled", "checking", self._desk("checking"))
        later = self.town.now + 30 * MINUTE
        if played.detour == "rework" and played.rounds == 1:
            self._after(later, played, self._rework)
        else:
            self._listed(later, played, Errand("patroller", "pass", self._passed))

    async def _rework(self, played: Played) -> None:
        await self._act("patroller", played, "rework", reason="still there")
        played.entry.reworks += 1
        self._begin_handling(played, "rework")
        self._to_be_handled(played)

    def _passed(self, played: Played) -> None:
        self._write(played, "pass", "closing", self._desk("closing"))
        self._listed(self.town.now + 30 * MINUTE, played, Errand("chief", "close", self._closed))

    def _closed(self, played: Played) -> None:
        due = self._desk("closed")
        self._write(played, "close", "closed", due)
        if played.answer is None:
            heapq.heappush(self._uncalled, (due, next(self._order), played))
        else:
            self._after(self.town.now + DAY, played, self._call_back)

    async def _call_back(self, played: Played) -> None:
        answer = played.answer
        assert answer is not None
        said = {
            "valid": answer.reached, "contacted": answer.reached, "remark": "",
            "solved": answer.solved if answer.reached else None,
            "satisfaction": answer.satisfaction if answer.reached else None,
        }  # fmt: skip
        path = f"/api/v1/cases/{played.entry.id}/callback"
        await self.town.ask("caller", "POST", path, json=said)
        self.counts["answers"] += 1
        played.entry.answer = said
        if answer.reached and not answer.solved:
            self._write(played, "unsolved", "filed", self._desk("filed"))
            played.answer = Answer(reached=True, solved=True, satisfaction="fairly")
            played.detour = None
            self._to_dispatch(self.town.now + 10 * MINUTE, played)
        else:
            self._write(played, "solved" if answer.reached else "archive", "archived", None)
