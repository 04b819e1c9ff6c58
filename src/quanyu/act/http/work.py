"""Everybody's inbox, and acts on any kind of work."""

from collections.abc import Mapping

import msgspec
from litestar import get, post
from litestar.params import JSONBody
from litestar.status_codes import HTTP_200_OK

from quanyu.act.cases import _sql
from quanyu.act.cases.following import works_of_cases
from quanyu.act.cases.known import check_recipients
from quanyu.act.cases.model import Place
from quanyu.act.http.asking import After, Asker, Key, Limit, Now, Number, Store, doer_of
from quanyu.act.photos.service import pictured, use
from quanyu.core.actor import Actor
from quanyu.core.errors import NotFound
from quanyu.store import Connection
from quanyu.workflow import Act, Instance, Item, Step, definition, inbox, instance, open_acts, timeline

_ACT = {"action": "work.act"}


class Subject(msgspec.Struct, frozen=True, kw_only=True):
    """What a line of the inbox is about."""

    title: str
    category: str | None = msgspec.field(name="class")
    address: str | None
    place: Place | None
    urgent: bool


class InboxPage(msgspec.Struct, frozen=True, kw_only=True):
    """`subjects` by the `subject` of an item, for those that are cases."""

    items: tuple[Item, ...]
    subjects: Mapping[str, Subject]
    next: str | None


class WorkView(msgspec.Struct, frozen=True, kw_only=True):
    work: Instance
    timeline: tuple[Step, ...]
    acts: dict[int, tuple[str, ...]]


@get("/api/v1/work", opt=_ACT)
async def show_inbox(actor: Asker, database: Store, limit: Limit = 50, after: After = None) -> InboxPage:
    """What the asker may move next, due first on top."""
    async with database.tenant(actor.tenant) as connection:
        page = await inbox(connection, doer_of(actor), limit=limit, after=after)
        cases = await _sql.cases_by_id(connection, sorted({one.subject for one in page.items}))
    subjects = {
        one.id: Subject(
            title=one.title, category=one.category, address=one.address, place=one.place, urgent=one.urgent
        )
        for one in cases
    }  # fmt: skip
    return InboxPage(items=page.items, subjects=subjects, next=page.next)


@get("/api/v1/work/{number:str}", opt=_ACT)
async def show_work(number: Number, actor: Asker, database: Store) -> WorkView:
    async with database.tenant(actor.tenant) as connection:
        return await _view(connection, actor, number)


@post("/api/v1/work/{number:str}/acts", opt=_ACT, status_code=HTTP_200_OK)
async def act_on_work(
    number: Number, data: JSONBody[Act], actor: Asker, database: Store, clock: Now, key: Key = None
) -> WorkView:
    async with database.tenant(actor.tenant) as connection:
        await check_recipients(connection, data)
        now = clock()
        works = works_of_cases(connection, actor.tenant, now)
        done = await works.perform(number, data, doer_of(actor), key=key)
        await use(connection, actor.tenant, done.subject, pictured(data.evidence), by=actor.id, now=now)
        return await _view(connection, actor, number)


async def _view(connection: Connection, actor: Actor, number: str) -> WorkView:
    """Raises NotFound, also for work that lies with other bodies only."""
    found, doer = await instance(connection, number), doer_of(actor)
    if not any(doer.reaches(one.organisation) for one in found.positions):
        raise NotFound("workflow.instance.unknown", id=number)
    rules = await definition(connection, found.definition, found.version)
    acts = {one.number: open_acts(rules, found, one, doer) for one in found.positions if one.open}
    return WorkView(work=found, timeline=await timeline(connection, number), acts=acts)


routes = (show_inbox, show_work, act_on_work)
