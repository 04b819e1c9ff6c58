"""A call from its ringing to its hand-over: decided, decided again when the city has changed, noted, counted."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from statistics import median
from typing import Any

from quanyu.core.errors import Conflict, NotFound
from quanyu.packs import Connection, Database
from quanyu.scenarios.emergency import _sql
from quanyu.scenarios.emergency.matching import Decision, Problem, Scene
from quanyu.scenarios.emergency.response import Response, Run, Targets, response_of, targets_of
from quanyu.scenarios.emergency.service import answer

MOMENTS = ("answered", "accepted", "dispatched", "left", "arrived", "boarded", "handed_over", "closed")


@dataclass(frozen=True, slots=True, kw_only=True)
class Coming:
    """A patient on the way to a facility; `seconds` until the door, as things are now, below zero when late."""

    call: str
    problem: str
    ambulance: str
    seconds: float
    boarded: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """`parts`: mean seconds of the four parts. `drive`: half of the runs drove so many seconds or less to the scene."""

    targets: Targets
    parts: Mapping[str, float]
    drive: float


async def decide_again(
    database: Database, tenant: str, call: str, *, now: datetime
) -> tuple[Mapping[str, Any], bool]:
    """The decision in force, and whether it is a new one. Once the patient is aboard the ambulance stays; once handed over all does.

    Raises NotFound, Conflict where nobody can.
    """
    async with database.tenant(tenant) as connection:
        row = await require_call(connection, tenant, call)
        before = await _sql.decision_of(connection, tenant, call)
    if before is not None and ("handed_over" in row["moments"] or "closed" in row["moments"]):
        return before, False
    keeps = before["ambulance"] if before is not None and "dispatched" in row["moments"] else None
    scene = Scene(row["lon"], row["lat"], Problem(row["problem"]))
    found = await answer(database, tenant, scene, now=now, ambulance=keeps)
    if found is None:
        if before is not None:
            return before, False
        raise Conflict("packs.thing.nobody")
    if before is not None and (before["ambulance"], before["facility"]) == (found.ambulance, found.facility):
        return before, False
    async with database.tenant(tenant) as connection:
        await require_call(connection, tenant, call, lock=True)
        last = await _sql.decision_of(connection, tenant, call)
        await _sql.add_decision(
            connection, tenant, call, number=last["number"] + 1 if last else 1, at=now,
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


async def coming_to(connection: Connection, tenant: str, facility: str, now: datetime) -> tuple[Coming, ...]:
    """The next one first."""
    found = []
    for row in await _sql.open_calls(connection, tenant):
        decision = await _sql.decision_of(connection, tenant, row["call"])
        if decision is not None and decision["facility"] == facility:
            found.append(_coming(row, decision, now))
    return tuple(sorted(found, key=lambda one: (one.seconds, one.call)))


def figures(calls: Sequence[Mapping[str, Any]]) -> Figures:
    """Of calls whose moments are there until the arrival."""
    responses = [response for row in calls if (response := _response(row))]
    count = max(1, len(responses))
    names = ("accepting", "passing_on", "leaving", "driving")
    return Figures(
        targets=targets_of(responses),
        parts={name: sum(getattr(one, name) for one in responses) / count for name in names},
        drive=median([one.driving for one in responses]) if responses else 0.0,
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


def _coming(row: Mapping[str, Any], decision: Mapping[str, Any], now: datetime) -> Coming:
    moments, body = row["moments"], decision["body"]
    boarded = moments.get("boarded")
    if boarded:
        due = datetime.fromisoformat(boarded) + timedelta(seconds=body["to_facility"])
    elif "left" in moments:
        due = datetime.fromisoformat(moments["left"]) + timedelta(
            seconds=body["to_scene"] + body["to_facility"]
        )
    else:
        due = now + timedelta(seconds=body["to_scene"] + body["to_facility"])
    return Coming(
        call=row["call"], problem=row["problem"], ambulance=decision["ambulance"],
        seconds=(due - now).total_seconds(), boarded=bool(boarded),
    )  # fmt: skip


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
