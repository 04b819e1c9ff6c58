"""Everybody's inbox, and acts on any kind of work."""

from collections.abc import Mapping
from typing import Annotated

import msgspec
from litestar import get, post
from litestar.params import JSONBody
from litestar.status_codes import HTTP_200_OK

from quanyu.act.cases import _sql
from quanyu.act.cases.following import DEFINITION, works_of_cases
from quanyu.act.cases.known import check_recipients
from quanyu.act.cases.model import CaseView, Place
from quanyu.act.cases.service import case
from quanyu.act.http.asking import After, Asker, Key, Limit, Now, Number, Store, doer_of
from quanyu.act.http.cases import shown_case
from quanyu.act.http.seeing import sees
from quanyu.act.photos.service import pictured, use
from quanyu.core.actor import Actor
from quanyu.core.errors import NotFound
from quanyu.store import Connection
from quanyu.workflow import Act, Instance, Item, Step, definition, inbox, instance, open_acts, timeline

_ACT = {"action": "work.act"}
_MOST_AT_ONCE = 50


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


class Asked(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`instance` of items of the inbox."""

    work: Annotated[list[str], msgspec.Meta(max_length=_MOST_AT_ONCE)]


class Views(msgspec.Struct, frozen=True, kw_only=True):
    """Both by instance: the work of cases as their cases, all else as it is."""

    cases: dict[str, CaseView]
    work: dict[str, WorkView]


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


@post("/api/v1/work/views", opt=_ACT, status_code=HTTP_200_OK)
async def show_several(data: JSONBody[Asked], actor: Asker, database: Store) -> Views:
    """Much work at once, as each would be shown by itself; what does not exist or is not the asker's to see is left out."""
    shown = Views(cases={}, work={})
    async with database.tenant(actor.tenant) as connection:
        for number in dict.fromkeys(data.work):
            try:
                await _show_into(shown, connection, actor, number)
            except NotFound:
                continue
    return shown


async def _show_into(shown: Views, connection: Connection, actor: Actor, number: str) -> None:
    found = await instance(connection, number)
    if found.definition != DEFINITION:
        shown.work[number] = await _view(connection, actor, number)
    elif sees(actor, await case(connection, found.subject)):
        shown.cases[number] = await shown_case(connection, actor, found.subject)


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


routes = (show_inbox, show_work, show_several, act_on_work)
