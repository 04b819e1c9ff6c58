"""Routes of calls: rung, decided and decided again, moments, help near by, the hospital's screen, figures, sites of stations."""

import uuid
from datetime import UTC, datetime
from typing import Annotated, Any

import msgspec
import numpy as np
from litestar import get, post
from litestar.params import JSONBody, PathParameter, QueryParameter

from quanyu.core.errors import Fault, Invalid
from quanyu.packs import Asker, TheClock, TheDatabase, city_roads, most_covered, settings_of, travel_times
from quanyu.scenarios.emergency import _sql, calls, service
from quanyu.scenarios.emergency.calls import MOMENTS
from quanyu.scenarios.emergency.matching import Problem, Scene

_PREFIX = "/api/v1/packs/emergency"
_READ, _TELL = {"action": "entity.read"}, {"action": "source.push"}
"""Who dispatches is the system of 120, which tells the city as any source does."""

TheCall = Annotated[str, PathParameter(max_length=64)]
Thing = Annotated[str, PathParameter(max_length=300)]
Place = Annotated[list[float], msgspec.Meta(min_length=2, max_length=2)]


class RingInput(msgspec.Struct, frozen=True, kw_only=True):
    """`treating`: accounts of crew and doctors; `rang` is now unless given; `moments` that are known already."""

    lon: Annotated[float, msgspec.Meta(ge=-180, le=180)]
    lat: Annotated[float, msgspec.Meta(ge=-90, le=90)]
    problem: Problem
    call: Annotated[str, msgspec.Meta(max_length=64)] | None = None
    patient: Annotated[str, msgspec.Meta(max_length=64)] | None = None
    treating: list[str] = []
    rang: datetime | None = None
    moments: dict[str, datetime] = {}


class HelpAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """Seconds until the volunteer is there, alone and by way of the defibrillator."""

    volunteer: str
    name: str
    metres: float
    seconds: float
    aed: str | None
    with_aed: float | None


class DecidedAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """`number` of the decision, from 1; `changed`: it was made just now. `decision`: seconds, and why nearer ones were passed."""

    call: str
    number: int
    changed: bool
    at: datetime
    ambulance: str
    facility: str
    decision: dict[str, Any]
    help: list[HelpAnswer] = []


class Decisions(msgspec.Struct, frozen=True, kw_only=True):
    items: list[DecidedAnswer]


class MomentInput(msgspec.Struct, frozen=True, kw_only=True):
    """One of answered, accepted, dispatched, left, arrived, boarded, handed_over, closed. `hand_over`: the record."""

    moment: str
    at: datetime | None = None
    treating: list[str] = []
    hand_over: dict[str, Any] | None = None


class ComingAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """`seconds` until the door; below zero: late."""

    call: str
    problem: str
    ambulance: str
    seconds: int
    boarded: bool


class Screen(msgspec.Struct, frozen=True, kw_only=True):
    facility: str
    items: list[ComingAnswer]


class FiguresAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """Shares answered within 10 s and dispatched within 3 min; mean minutes; mean seconds of the four parts."""

    runs: int
    answered: float
    dispatched: float
    mean_minutes: float
    parts: dict[str, float]
    median_drive: float


class SitingInput(msgspec.Struct, frozen=True, kw_only=True):
    """Stations that stand and places where `more` could; demand are the calls of the time. Nothing is written."""

    standing: Annotated[list[Place], msgspec.Meta(max_length=200)]
    candidates: Annotated[list[Place], msgspec.Meta(min_length=1, max_length=200)]
    seconds: Annotated[float, msgspec.Meta(gt=0, le=7200)]
    more: Annotated[int, msgspec.Meta(ge=1, le=50)]
    begin: datetime
    end: datetime


class SitingAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """`chosen`: places in the list of candidates; shares of the calls reached in time."""

    chosen: list[int]
    before: float
    after: float
    calls: int


@post(f"{_PREFIX}/calls", opt=_TELL)
async def ring(
    actor: Asker, database: TheDatabase, clock: TheClock, data: JSONBody[RingInput]
) -> DecidedAnswer:
    """Decided at once; the same call rung again changes nothing. 409 where nobody can."""
    now = clock()
    call = data.call or uuid.uuid4().hex[:12]
    async with database.tenant(actor.tenant) as connection:
        settings = await settings_of(connection, actor.tenant, "emergency")
        await _sql.add_call(
            connection, actor.tenant, call, lon=data.lon, lat=data.lat, problem=data.problem.value,
            patient=data.patient, treating=data.treating, rang=_moment(data.rang, now),
            moments={_named(name): _said(at) for name, at in data.moments.items()},
        )  # fmt: skip
        scene = Scene(data.lon, data.lat, data.problem)
        near = await service.help_near(connection, actor.tenant, scene, float(settings["help"]))
    row, changed = await calls.decide_again(database, actor.tenant, call, now=now)
    answer = _decided(row, changed)
    helped = [
        HelpAnswer(**{name: getattr(one, name) for name in HelpAnswer.__struct_fields__}) for one in near
    ]
    return msgspec.structs.replace(answer, help=helped)


@post(f"{_PREFIX}/calls/{{call:str}}/decision", opt=_READ, status_code=200)
async def decide_again(actor: Asker, database: TheDatabase, clock: TheClock, call: TheCall) -> DecidedAnswer:
    """As things are now: a facility that closed, traffic that changed. The crew that was sent stays."""
    row, changed = await calls.decide_again(database, actor.tenant, call, now=clock())
    return _decided(row, changed)


@get(f"{_PREFIX}/calls/{{call:str}}/decisions", opt=_READ)
async def list_decisions(actor: Asker, database: TheDatabase, call: TheCall) -> Decisions:
    """Every one, the first first."""
    async with database.tenant(actor.tenant) as connection:
        await calls.require_call(connection, actor.tenant, call)
        rows = await _sql.decisions_of(connection, actor.tenant, call)
    return Decisions(items=[_decided(row, False) for row in rows])


@post(f"{_PREFIX}/calls/{{call:str}}/moments", opt=_TELL, status_code=204)
async def note_moment(
    actor: Asker, database: TheDatabase, clock: TheClock, call: TheCall, data: JSONBody[MomentInput]
) -> None:
    """The first word on a moment stands."""
    name, at = _named(data.moment), _said(_moment(data.at, clock()))
    async with database.tenant(actor.tenant) as connection:
        row = await calls.require_call(connection, actor.tenant, call, lock=True)
        moments = {name: at, **row["moments"]}
        treating = sorted({*row["treating"], *data.treating})
        await _sql.note(connection, actor.tenant, call, moments, treating, data.hand_over)


@get(f"{_PREFIX}/screens/{{facility:str}}", opt=_READ)
async def show_screen(actor: Asker, database: TheDatabase, clock: TheClock, facility: Thing) -> Screen:
    """上车即入院: who comes, and when."""
    async with database.tenant(actor.tenant) as connection:
        found = await calls.coming_to(connection, actor.tenant, facility, clock())
    return Screen(
        facility=facility,
        items=[
            ComingAnswer(
                call=one.call, problem=one.problem, ambulance=one.ambulance, seconds=round(one.seconds), boarded=one.boarded
            )
            for one in found
        ],
    )  # fmt: skip


@get(f"{_PREFIX}/figures", opt=_READ)
async def show_figures(
    actor: Asker, database: TheDatabase,
    begin: Annotated[datetime, QueryParameter(name="from")], end: Annotated[datetime, QueryParameter(name="until")],
) -> FiguresAnswer:  # fmt: skip
    _zoned(begin, end)
    async with database.tenant(actor.tenant) as connection:
        found = calls.figures(await _sql.calls_between(connection, actor.tenant, begin, end))
    return FiguresAnswer(
        runs=found.targets.runs, answered=found.targets.answered, dispatched=found.targets.dispatched,
        mean_minutes=found.targets.mean_minutes, parts=dict(found.parts), median_drive=found.drive,
    )  # fmt: skip


@post(f"{_PREFIX}/sitings", opt=_READ, status_code=200)
async def site(actor: Asker, database: TheDatabase, data: JSONBody[SitingInput]) -> SitingAnswer:
    """What if more stations stood there: the most calls reached in time, over the roads of the city."""
    _zoned(data.begin, data.end)
    async with database.tenant(actor.tenant) as connection:
        graph = await city_roads(connection, actor.tenant)
        past = await _sql.calls_between(connection, actor.tenant, data.begin, data.end)
    if not past:
        return SitingAnswer(chosen=[], before=0.0, after=0.0, calls=0)
    sites = [graph.nearest_node(*place) for place in (*data.standing, *data.candidates)]
    demand = [graph.nearest_node(row["lon"], row["lat"]) for row in past]
    reached = np.isfinite(travel_times(graph, sites, demand, limit=data.seconds))
    found = most_covered(reached, np.ones(len(demand)), standing=range(len(data.standing)), more=data.more)
    return SitingAnswer(
        chosen=[one - len(data.standing) for one in found.chosen[len(data.standing) :]],
        before=found.before, after=found.after, calls=len(past),
    )  # fmt: skip


def _decided(row: Any, changed: bool) -> DecidedAnswer:
    return DecidedAnswer(
        call=row["call"], number=row["number"], changed=changed, at=row["at"], ambulance=row["ambulance"],
        facility=row["facility"], decision=row["body"],
    )  # fmt: skip


def _named(moment: str) -> str:
    """Raises Invalid for one that a call does not have."""
    if moment not in MOMENTS:
        values: dict[str, object] = {"value": moment[:40], "list": "moment", "known": ", ".join(MOMENTS)}
        raise Invalid("packs.thing.code", faults=(Fault("packs.thing.code", "/moment", values),), **values)
    return moment


def _said(at: datetime) -> str:
    _zoned(at)
    return at.astimezone(UTC).isoformat()


def _moment(said: datetime | None, now: datetime) -> datetime:
    if said is None:
        return now
    _zoned(said)
    return said


def _zoned(*moments: datetime) -> None:
    if any(one.tzinfo is None for one in moments):
        raise Invalid("packs.thing.moment")


routes = (ring, decide_again, list_decisions, note_moment, show_screen, show_figures, site)
