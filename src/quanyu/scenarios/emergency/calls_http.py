"""Routes of calls: rung, decided and decided again, moments, help near by, who is on the way, the hospital's screen."""

import uuid
from datetime import UTC, datetime
from typing import Annotated, Any

import msgspec
from litestar import get, post
from litestar.params import JSONBody, PathParameter

from quanyu.core.errors import Fault, Invalid
from quanyu.packs import Asker, Connection, TheClock, TheDatabase, settings_of, things
from quanyu.scenarios.emergency import _sql, calls, service
from quanyu.scenarios.emergency.calls import MOMENTS
from quanyu.scenarios.emergency.figures_http import require_zone
from quanyu.scenarios.emergency.matching import Problem, Scene

_PREFIX = "/api/v1/packs/emergency"
_READ, _TELL = {"action": "entity.read"}, {"action": "source.push"}
"""Who dispatches is the system of 120, which tells the city as any source does."""

TheCall = Annotated[str, PathParameter(max_length=64)]
Thing = Annotated[str, PathParameter(max_length=300)]


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
    """`number` of the decision, from 1; `changed`: it was made just now. `name` of the facility. `decision`: seconds, and why nearer ones
    were passed."""

    call: str
    number: int
    changed: bool
    at: datetime
    ambulance: str
    facility: str
    name: str = ""
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


class OpenAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """`state`: the last moment, `rung` before the first, `waiting` while nobody can come; `name` of the facility; `seconds` until its
    door, below zero: late."""

    call: str
    problem: str
    rang: datetime
    state: str
    ambulance: str | None
    facility: str | None
    name: str | None
    seconds: int | None


class OpenCalls(msgspec.Struct, frozen=True, kw_only=True):
    items: list[OpenAnswer]


class Screen(msgspec.Struct, frozen=True, kw_only=True):
    facility: str
    items: list[ComingAnswer]


@post(f"{_PREFIX}/calls", opt=_TELL)
async def ring(
    actor: Asker, database: TheDatabase, clock: TheClock, data: JSONBody[RingInput]
) -> DecidedAnswer:
    """Decided at once; the same call rung again changes nothing. 409 where nobody can: the call waits, and is decided again."""
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


@post(f"{_PREFIX}/calls/{{call:str}}/decision", opt=_TELL, status_code=200)
async def decide_again(actor: Asker, database: TheDatabase, clock: TheClock, call: TheCall) -> DecidedAnswer:
    """As things are now: a facility that closed, traffic that changed. The crew that was sent stays."""
    row, changed = await calls.decide_again(database, actor.tenant, call, now=clock())
    return _decided(row, changed)


@post(f"{_PREFIX}/calls/decisions", opt=_TELL, status_code=200)
async def decide_all_again(actor: Asker, database: TheDatabase, clock: TheClock) -> Decisions:
    """Every open call as things are now; those that changed, and those that waited and wait no more."""
    rows = await calls.decide_all_again(database, actor.tenant, now=clock())
    return Decisions(items=[_decided(row, True) for row in rows])


@get(f"{_PREFIX}/calls", opt=_READ)
async def list_open(actor: Asker, database: TheDatabase, clock: TheClock) -> OpenCalls:
    """Those that wait first, then the next one to arrive. Neither places nor patients."""
    async with database.tenant(actor.tenant) as connection:
        found = await calls.open_now(connection, actor.tenant, clock())
        names = await _names(connection, actor.tenant)
    return OpenCalls(
        items=[
            OpenAnswer(
                call=one.call, problem=one.problem, rang=one.rang, state=one.state, ambulance=one.ambulance,
                facility=one.facility, name=names.get(one.facility or ""),
                seconds=None if one.seconds is None else round(one.seconds),
            )
            for one in found
        ]
    )  # fmt: skip


@get(f"{_PREFIX}/calls/{{call:str}}/decisions", opt=_READ)
async def list_decisions(actor: Asker, database: TheDatabase, call: TheCall) -> Decisions:
    """Every one, the first first."""
    async with database.tenant(actor.tenant) as connection:
        await calls.require_call(connection, actor.tenant, call)
        rows = await _sql.decisions_of(connection, actor.tenant, call)
        names = await _names(connection, actor.tenant)
    return Decisions(
        items=[
            msgspec.structs.replace(_decided(row, False), name=names.get(row["facility"], "")) for row in rows
        ]
    )


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
        found = await calls.open_now(connection, actor.tenant, clock())
    return Screen(
        facility=facility,
        items=[
            ComingAnswer(
                call=one.call, problem=one.problem, ambulance=one.ambulance, seconds=round(one.seconds), boarded=one.boarded
            )
            for one in found
            if one.facility == facility and one.ambulance is not None and one.seconds is not None
        ],
    )  # fmt: skip


async def _names(connection: Connection, tenant: str) -> dict[str, str]:
    """Of facilities by their identifiers."""
    return {
        one.id: str(one.values.get("name", ""))
        for one in await things(connection, tenant, "EmergencyFacility")
    }


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
    require_zone(at)
    return at.astimezone(UTC).isoformat()


def _moment(said: datetime | None, now: datetime) -> datetime:
    if said is None:
        return now
    require_zone(said)
    return said


routes = (ring, decide_again, decide_all_again, list_open, list_decisions, note_moment, show_screen)
