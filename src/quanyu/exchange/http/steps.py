"""The ways of requests, disputes, referrals and elements as the city has published them: what each state is called, and how long it may take."""

import msgspec
from litestar import get

from quanyu.exchange.definitions import DISPUTE, ELEMENT, REFERRAL, REQUEST
from quanyu.exchange.disputes import service as disputes
from quanyu.exchange.elements import steps as elements
from quanyu.exchange.http.asking import READ, Asker, Store
from quanyu.exchange.requests import steps as requests
from quanyu.store import Connection
from quanyu.workflow import definition
from quanyu.workflow.definition.model import Need, TimeLimit, Titles


class StateTold(msgspec.Struct, frozen=True, kw_only=True):
    """`limit` is None where the law sets none."""

    name: str
    title: Titles
    stage: str
    limit: TimeLimit | None
    final: bool


class ActTold(msgspec.Struct, frozen=True, kw_only=True):
    """`side` is the action that permits it: whose act it is."""

    name: str
    title: Titles
    side: str
    needs_reason: bool
    to: str | None


class WayTold(msgspec.Struct, frozen=True, kw_only=True):
    version: int
    states: tuple[StateTold, ...]
    acts: tuple[ActTold, ...]


class Steps(msgspec.Struct, frozen=True, kw_only=True):
    """`unpublished` is the provider's time for data that must first be put on the platform."""

    request: WayTold
    dispute: WayTold
    referral: WayTold
    element: WayTold
    unpublished: TimeLimit


@get("/api/v1/sharing/steps", opt=READ)
async def show_steps(actor: Asker, database: Store) -> Steps:
    async with database.tenant(actor.tenant) as connection:
        return Steps(
            request=await _told(connection, REQUEST, requests.SIDES),
            dispute=await _told(connection, DISPUTE, disputes.SIDES),
            referral=await _told(connection, REFERRAL, {}),
            element=await _told(connection, ELEMENT, elements.SIDES),
            unpublished=requests.TO_BE_PUBLISHED,
        )


async def _told(connection: Connection, name: str, sides: dict[str, str]) -> WayTold:
    found = await definition(connection, name)
    states = tuple(
        StateTold(name=one.name, title=one.title, stage=one.stage, limit=one.limit, final=one.final)
        for one in found.states
    )
    acts = tuple(
        ActTold(
            name=one.name, title=one.title, side=sides.get(one.name, ""), needs_reason=Need.REASON in one.needs, to=one.to,
        )
        for one in found.actions
    )  # fmt: skip
    return WayTold(version=found.version, states=states, acts=acts)


routes = (show_steps,)
