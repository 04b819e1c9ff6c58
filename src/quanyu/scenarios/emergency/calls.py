"""A call from its ringing to its hand-over: decided, decided again when the city has changed, noted, counted."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from math import inf
from statistics import median
from typing import Any

from quanyu.core.errors import Conflict, NotFound
from quanyu.packs import Connection, Database, RoadGraph
from quanyu.scenarios.emergency import _sql, service
from quanyu.scenarios.emergency.held import LONGEST
from quanyu.scenarios.emergency.matching import Decision, Problem, Scene
from quanyu.scenarios.emergency.response import Response, Run, Targets, mean, response_of, targets_of

MOMENTS = ("answered", "accepted", "dispatched", "left", "arrived", "boarded", "handed_over", "closed")


@dataclass(frozen=True, slots=True, kw_only=True)
class Open:
    """A call that is not over. `state`: its last moment, `waiting` until somebody is sent; `seconds` until the facility's door, as
    things are now, below zero when late."""

    call: str
    problem: str
    rang: datetime
    state: str
    ambulance: str | None
    facility: str | None
    seconds: float | None

    @property
    def boarded(self) -> bool:
        return self.state == "boarded"


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """`parts`: mean seconds of the four parts. `drive`: half of the runs drove so many seconds or less to the scene. None of no runs."""

    targets: Targets
    parts: Mapping[str, float | None]
    drive: float | None


async def decide_again(
    database: Database, tenant: str, call: str, *, now: datetime
) -> tuple[Mapping[str, Any], bool]:
    """The decision in force, and whether it is a new one. Once dispatched the ambulance stays; once handed over all does.

    Raises NotFound, Conflict where nobody can: the call waits until it is decided again.
    """
    graph = await service.driven_now(database, tenant, now)
    async with database.tenant(tenant) as connection:
        await _sql.dispatch_alone(connection, tenant)
        return await _decided_again(connection, tenant, graph, call, now)


async def decide_all_again(
    database: Database, tenant: str, *, now: datetime
) -> tuple[Mapping[str, Any], ...]:
    """Every open call, the first that rang first: the new decisions."""
    graph = await service.driven_now(database, tenant, now)
    async with database.tenant(tenant) as connection:
        waiting = [row["call"] for row in await _sql.open_calls(connection, tenant, now - LONGEST)]
    found = []
    for call in waiting:
        async with database.tenant(tenant) as connection:
            await _sql.dispatch_alone(connection, tenant)
            try:
                decision, is_new = await _decided_again(connection, tenant, graph, call, now)
            except Conflict:
                continue
            if is_new:
                found.append(decision)
    return tuple(found)


async def _decided_again(
    connection: Connection, tenant: str, graph: RoadGraph | None, call: str, now: datetime
) -> tuple[Mapping[str, Any], bool]:
    row = await require_call(connection, tenant, call, lock=True)
    before = await _sql.decision_of(connection, tenant, call)
    if before is not None and row["moments"].keys() & {"handed_over", "closed"}:
        return before, False
    own = before["ambulance"] if before is not None else None
    scene = Scene(row["lon"], row["lat"], Problem(row["problem"]))
    try:
        found = await service.decided(
            connection, tenant, graph, scene, now=now, call=call, own=own,
            stays=own is not None and "dispatched" in row["moments"],
        )  # fmt: skip
    except Conflict:
        if before is None:
            raise
        return before, False
    if before is not None and (before["ambulance"], before["facility"]) == (found.ambulance, found.facility):
        return before, False
    await _sql.add_decision(
        connection, tenant, call, number=before["number"] + 1 if before else 1, at=now,
        ambulance=found.ambulance, facility=found.facility, body=told(found),
    )  # fmt: skip
    decided = await _sql.decision_of(connection, tenant, call)
    assert decided is not None  # just written
    return decided, True


async def require_call(
    connection: Connection, tenant: str, call: str, *, lock: bool = False
) -> Mapping[str, Any]:
    """Raises NotFound."""
    row = await _sql.call_of(connection, tenant, call, lock=lock)
    if row is None:
        raise NotFound("packs.thing.unknown", id=call[:80])
    return row


async def open_now(connection: Connection, tenant: str, now: datetime) -> tuple[Open, ...]:
    """Those that wait first, then the next one to arrive."""
    found = [_open(row, now) for row in await _sql.open_calls(connection, tenant, now - LONGEST)]
    return tuple(
        sorted(found, key=lambda one: (-inf if one.seconds is None else one.seconds, one.rang, one.call))
    )


def runs(calls: Sequence[Mapping[str, Any]]) -> list[tuple[Mapping[str, Any], Response]]:
    """Calls whose moments are there until the arrival, each with its response."""
    return [(row, response) for row in calls if (response := _response(row))]


def figures(calls: Sequence[Mapping[str, Any]]) -> Figures:
    """Of calls whose moments are there until the arrival."""
    responses = [response for _, response in runs(calls)]
    names = ("accepting", "passing_on", "leaving", "driving")
    return Figures(
        targets=targets_of(responses),
        parts={name: mean(getattr(one, name) for one in responses) for name in names},
        drive=median([one.driving for one in responses]) if responses else None,
    )


def told(found: Decision) -> dict[str, Any]:
    return {
        "to_scene": found.to_scene, "to_facility": found.to_facility, "hand_over": found.hand_over, "cost": found.cost,
        "on_roads": found.on_roads,
        "passed": [
            {"facility": one.facility, "name": one.name, "seconds": one.seconds, "reason": one.reason.value}
            for one in found.passed
        ],
    }  # fmt: skip


def _open(row: Mapping[str, Any], now: datetime) -> Open:
    moments, body = row["moments"], row["body"]
    last = next((name for name in reversed(MOMENTS) if name in moments), "rung")
    return Open(
        call=row["call"], problem=row["problem"], rang=row["rang"], state=last if body else "waiting",
        ambulance=row["ambulance"], facility=row["facility"], seconds=_until_the_door(moments, body, now) if body else None,
    )  # fmt: skip


def _until_the_door(moments: Mapping[str, str], body: Mapping[str, Any], now: datetime) -> float:
    """At the scene nobody knows how long it takes until the patient is aboard: the way that is left then."""
    whole, last = body["to_scene"] + body["to_facility"], body["to_facility"]
    if "arrived" in moments and "boarded" not in moments:
        return float(last)
    for moment, left in (("boarded", last), ("left", whole)):
        if moment in moments:
            return float((datetime.fromisoformat(moments[moment]) - now).total_seconds() + left)
    return float(whole)


def _response(row: Mapping[str, Any]) -> Response | None:
    moments = row["moments"]
    names = ("answered", "accepted", "dispatched", "left", "arrived")
    if any(name not in moments for name in names):
        return None
    try:
        return response_of(
            Run(rang=row["rang"], **{name: datetime.fromisoformat(moments[name]) for name in names})
        )
    except ValueError:
        return None
