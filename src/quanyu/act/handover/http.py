"""交接班 over HTTP: the sheet as it would be, giving it, signing for it, and those before."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated

import msgspec
from litestar import get, post
from litestar.params import JSONBody, PathParameter, QueryParameter
from litestar.status_codes import HTTP_200_OK

from quanyu.act.cases.ground import parameters
from quanyu.act.handover import _sql, service
from quanyu.act.handover.model import Draft, Given, Handover, Signed
from quanyu.act.http.asking import After, Area, Asker, Limit, Now, Store
from quanyu.act.http.seeing import ground_of
from quanyu.core.actor import Resource
from quanyu.core.page_token import page_of, place_in_time
from quanyu.identity import account_names, require
from quanyu.store import Connection

_ACTION = "case.hand_over"
_OPT = {"action": _ACTION}

Id = Annotated[str, PathParameter(max_length=40)]


class HandoverPage(msgspec.Struct, frozen=True, kw_only=True):
    """Newest first; `people` are the names of who gave and signed, by account."""

    items: tuple[Handover, ...]
    next: str | None
    people: dict[str, str]


@get("/api/v1/handovers", opt=_OPT)
async def list_handovers(
    actor: Asker, database: Store, limit: Limit = 20, after: After = None
) -> HandoverPage:
    place = place_in_time(after, refusal="act.case.token")
    async with database.tenant(actor.tenant) as connection:
        found = await _sql.newest(connection, actor.tenant, place, limit + 1)
        page = page_of(found, limit, lambda one: (one.ended, one.id))
        return HandoverPage(items=page.items, next=page.next, people=await _people(connection, page.items))


@get("/api/v1/handovers/draft", opt=_OPT)
async def show_draft(
    actor: Asker, database: Store, clock: Now, since: Annotated[datetime | None, QueryParameter()] = None,
    area: Area = None,
) -> Draft:  # fmt: skip
    """Nothing is kept. In an area alone, where one is named; what is given is always of the whole city."""
    async with database.tenant(actor.tenant) as connection:
        ground = parameters(*await ground_of(connection, actor, None, area))
        return await service.draft(connection, actor.tenant, clock(), since, ground)


@post("/api/v1/handovers", opt=_OPT)
async def give_handover(data: JSONBody[Given], actor: Asker, database: Store, clock: Now) -> Handover:
    async with database.tenant(actor.tenant) as connection:
        made = await service.give(connection, actor.tenant, data, by=actor.id, now=clock())
        await require(connection, actor, _ACTION, Resource("handover", made.id, actor.tenant))
    return made


@post("/api/v1/handovers/{id:str}/signature", opt=_OPT, status_code=HTTP_200_OK)
async def sign_handover(
    id: Id, data: JSONBody[Signed], actor: Asker, database: Store, clock: Now
) -> Handover:
    async with database.tenant(actor.tenant) as connection:
        signed = await service.sign(connection, id, by=actor.id, now=clock(), remark=data.remark)
        await require(connection, actor, _ACTION, Resource("handover", id, actor.tenant))
    return signed


async def _people(connection: Connection, shown: Sequence[Handover]) -> dict[str, str]:
    return await account_names(
        connection, {one for each in shown for one in (each.given_by, each.signed_by) if one}
    )


routes = (list_handovers, show_draft, give_handover, sign_handover)
