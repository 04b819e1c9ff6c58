"""Routes of emergency care."""

import msgspec
from litestar import post
from litestar.params import JSONBody

from quanyu.packs import Asker, TheClock, TheDatabase
from quanyu.scenarios.emergency import service
from quanyu.scenarios.emergency.matching import Problem, Scene


class CallInput(msgspec.Struct, frozen=True, kw_only=True):
    lon: float
    lat: float
    problem: Problem


class PassedAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """`reason`: not_capable, not_on_duty, no_capacity, or slower_in_all with hand-over and load."""

    facility: str
    name: str
    seconds: float
    reason: str


class DecisionAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """Seconds; `passed` are the facilities nearer to the scene, and why each was passed over."""

    ambulance: str
    facility: str
    to_scene: float
    to_facility: float
    hand_over: float
    cost: float
    passed: list[PassedAnswer]
    on_roads: bool = True


@post("/api/v1/packs/emergency/decisions", opt={"action": "entity.read"}, status_code=200)
async def decide(
    actor: Asker, database: TheDatabase, clock: TheClock, data: JSONBody[CallInput]
) -> DecisionAnswer:
    """Who goes and where to, as things are now; ask again when they have changed. 409 where nobody can."""
    scene = Scene(data.lon, data.lat, data.problem)
    found = await service.answer(database, actor.tenant, scene, now=clock())
    return DecisionAnswer(
        ambulance=found.ambulance, facility=found.facility, to_scene=found.to_scene, to_facility=found.to_facility,
        hand_over=found.hand_over, cost=found.cost, on_roads=found.on_roads,
        passed=[
            PassedAnswer(facility=one.facility, name=one.name, seconds=one.seconds, reason=one.reason)
            for one in found.passed
        ],
    )  # fmt: skip


routes = (decide,)
