"""What a report is about, before it is sent; the same of a case for the desk; and what a city sets about it."""

from pathlib import Path

import msgspec
from litestar import get, post, put
from litestar.di import NamedDependency
from litestar.params import JSONBody
from litestar.status_codes import HTTP_200_OK

from quanyu.act.cases.service import case
from quanyu.act.http.asking import Asker, Now, Number, Store
from quanyu.act.http.seeing import seen
from quanyu.act.understanding import _sql
from quanyu.act.understanding.model import Rules, Said, Understanding
from quanyu.act.understanding.service import Reader
from quanyu.core.actor import Actor, Resource
from quanyu.identity import allowed

Folder = NamedDependency[Path]

_MANAGE = {"action": "case.manage"}


@post("/api/v1/reports/understanding", opt={"action": "case.report"}, status_code=HTTP_200_OK)
async def understand_report(
    data: JSONBody[Said], actor: Asker, database: Store, clock: Now, folder: Folder
) -> Understanding:
    """Nothing is written. Titles of similar cases are for those who may read cases."""
    async with database.tenant(actor.tenant) as connection:
        found = await Reader(connection, actor.tenant, clock(), folder).understand(data)
    return found if _reads(actor) else _without_titles(found)


@get("/api/v1/cases/{number:str}/understanding", opt={"action": "case.read"})
async def understand_case(
    number: Number, actor: Asker, database: Store, clock: Now, folder: Folder
) -> Understanding:
    async with database.tenant(actor.tenant) as connection:
        await seen(connection, actor, number)
        asked = await case(connection, number)
        return await Reader(connection, actor.tenant, clock(), folder).understand_case(asked)


@get("/api/v1/case-rules/understanding", opt=_MANAGE)
async def show_rules(actor: Asker, database: Store) -> Rules:
    async with database.tenant(actor.tenant) as connection:
        return await _sql.rules(connection)


@put("/api/v1/case-rules/understanding", opt=_MANAGE)
async def lay_down_rules(data: JSONBody[Rules], actor: Asker, database: Store) -> Rules:
    async with database.tenant(actor.tenant) as connection:
        await _sql.put_rules(connection, actor.tenant, data)
    return data


def _reads(actor: Actor) -> bool:
    return allowed(actor, "case.read", Resource("case", tenant=actor.tenant)).allowed


def _without_titles(found: Understanding) -> Understanding:
    hidden = tuple(msgspec.structs.replace(one, title=None) for one in found.similar)
    repaired = found.component and msgspec.structs.replace(found.component, repaired_by=None)
    return msgspec.structs.replace(found, similar=hidden, component=repaired)


routes = (understand_report, understand_case, show_rules, lay_down_rules)
