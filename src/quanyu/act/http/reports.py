"""What anybody may do: report, and follow what they reported with the secret they were given."""

import hashlib
from datetime import datetime
from typing import Annotated, Any

import msgspec
from litestar import Request, get, post
from litestar.params import JSONBody, QueryParameter
from litestar.status_codes import HTTP_200_OK

from quanyu.act.cases.known import check_bodies, check_class
from quanyu.act.cases.model import Callback, Channel, LongText, Report, Satisfaction, Value
from quanyu.act.cases.service import Cases, Reported, case, shared_fate
from quanyu.act.http.asking import Asker, Key, Now, Number, Store, doer_of
from quanyu.act.http.seeing import check_secret
from quanyu.act.photos.attachment import MediaType
from quanyu.act.photos.service import SHOWN_TO_REPORTER, photos_of
from quanyu.core.actor import Actor, ActorKind
from quanyu.core.clock import city_day
from quanyu.core.errors import SignInFirst, TooLarge
from quanyu.core.rate import network_of
from quanyu.store import Connection
from quanyu.workflow import Doer, timeline

_OPEN = {"action": "case.report"}
_MOST_BYTES = 65_536
_OF_RESIDENTS = frozenset({Channel.RESIDENT, Channel.OPEN311})


class Followed(msgspec.Struct, frozen=True, kw_only=True):
    """What a reporter is shown: no names of officers, no inner remarks."""

    id: str
    title: str
    state: str
    reported: datetime
    due: datetime | None
    closed: datetime | None
    outcome: str | None
    moments: tuple["Moment", ...]
    photos: tuple["Seen", ...]


class Seen(msgspec.Struct, frozen=True, kw_only=True):
    """A photo or document that the reporter may see."""

    id: str
    stage: str
    at: datetime
    media_type: MediaType


class Answer(Value, frozen=True):
    """What the reporter says when asked, as of a call-back."""

    solved: bool
    contacted: bool = True
    satisfaction: Satisfaction | None = None
    remark: LongText = ""


class Moment(msgspec.Struct, frozen=True, kw_only=True):
    at: datetime
    state: str


@post("/api/v1/reports", opt=_OPEN)
async def send_report(
    request: Request[Actor, Any, Any],
    data: JSONBody[Report],
    actor: Asker,
    database: Store,
    clock: Now,
    key: Key = None,
) -> Reported:
    """Raises SignInFirst where somebody unknown says that they are a desk, a sensor or another system, TooLarge."""
    if actor.kind is ActorKind.ANONYMOUS and data.channel not in _OF_RESIDENTS:
        raise SignInFirst("act.report.channel", channel=data.channel)
    said = msgspec.structs.replace(data, key=key) if key else data
    if actor.kind is ActorKind.ANONYMOUS:
        _check_size(data)
    async with database.tenant(actor.tenant) as connection:
        await check_class(connection, said.category)
        await check_bodies(connection, [said.organisation])
        cases = Cases(connection, actor.tenant, clock())
        if said.key or actor.kind is not ActorKind.ANONYMOUS:
            return await cases.report(said, doer_of(actor))
        address = request.client.host if request.client else ""
        return await _report_without_key(cases, said, doer_of(actor), address)


@get("/api/v1/reports/{number:str}", opt=_OPEN)
async def follow_report(
    number: Number, actor: Asker, database: Store,
    follow: Annotated[str, QueryParameter(name="follow", max_length=100)] = "",
) -> Followed:  # fmt: skip
    """A merged case goes the way of the other. Raises NotFound for a number that does not exist and for a wrong secret alike."""
    async with database.tenant(actor.tenant) as connection:
        await check_secret(connection, number, follow)
        return await _followed(connection, number)


@post("/api/v1/reports/{number:str}/answer", opt=_OPEN, status_code=HTTP_200_OK)
async def answer_for_report(
    number: Number, data: JSONBody[Answer], actor: Asker, database: Store, clock: Now, key: Key = None,
    follow: Annotated[str, QueryParameter(name="follow", max_length=100)] = "",
) -> Followed:  # fmt: skip
    """The reporter's word once the case is closed: solved is archived, not solved is dispatched again."""
    said = Callback(
        contacted=data.contacted, solved=data.solved, satisfaction=data.satisfaction, remark=data.remark
    )
    async with database.tenant(actor.tenant) as connection:
        await check_secret(connection, number, follow)
        doer = msgspec.structs.replace(doer_of(actor), node=True)
        await Cases(connection, actor.tenant, clock()).call_back(number, said, doer, key=key)
        return await _followed(connection, number)


def _check_size(said: Report) -> None:
    """Words and photos have their own limits; what nobody reads is kept short."""
    if len(msgspec.json.encode((said.fields, said.facts))) > _MOST_BYTES:
        raise TooLarge("act.report.fields", most=_MOST_BYTES)


async def _report_without_key(cases: Cases, said: Report, doer: Doer, address: str) -> Reported:
    """The same words from the same network on one day are one report, however often they are sent, until its case is over."""
    told = (network_of(address), city_day(cases.now), said)
    key = fingerprint = hashlib.sha256(msgspec.json.encode(told)).hexdigest()
    while True:
        made = await cases.report(msgspec.structs.replace(said, key=key), doer)
        if made.new or (await case(cases.connection, made.id)).closed is None:
            return made
        key = f"{fingerprint} {made.id}"


async def _followed(connection: Connection, number: str) -> Followed:
    found = await case(connection, number)
    fate = await shared_fate(connection, found)
    steps = await timeline(connection, found.instance)
    if fate.id != found.id:
        since = steps[-1].at
        steps += tuple(step for step in await timeline(connection, fate.instance) if step.at >= since)
    photos = await photos_of(connection, number)
    moved = [step for step in steps if step.origin != step.target]
    return Followed(
        id=found.id, title=found.title, state=fate.state, reported=found.reported, due=fate.due, closed=fate.closed,
        outcome=fate.outcome, moments=tuple(Moment(at=step.at, state=step.target) for step in moved),
        photos=tuple(Seen(id=one.id, stage=one.stage, at=one.at, media_type=one.media_type) for one in photos if one.stage in SHOWN_TO_REPORTER),
    )  # fmt: skip


routes = (send_report, follow_report, answer_for_report)
