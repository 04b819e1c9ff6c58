"""Standards of elements, the items that carry them, and copies of them at other bodies."""

from typing import Annotated

import msgspec
from litestar import get, post, put
from litestar.di import NamedDependency
from litestar.params import JSONBody, QueryParameter, SkipValidation

from quanyu.core.actor import Actor
from quanyu.core.errors import Invalid
from quanyu.exchange.elements.checks import standard_of
from quanyu.exchange.elements.copied import CarriedElement, Copy
from quanyu.exchange.elements.copies import Copies
from quanyu.exchange.elements.model import Carried, Element
from quanyu.exchange.elements.standard import ConformityView, Standard, Standards
from quanyu.exchange.elements.steps import AUTHORITY, BODY
from quanyu.exchange.http.asking import (
    ANSWER,
    READ,
    After,
    Asker,
    Folder,
    Id,
    Limit,
    Name,
    Now,
    Store,
    Word,
)
from quanyu.exchange.parties import bodies_of, check_side, resource
from quanyu.exchange.titles import titles_of
from quanyu.govern.catalogue import service as catalogue
from quanyu.govern.catalogue.http.asking import entry_for
from quanyu.govern.standards.model import DataElement
from quanyu.identity import check
from quanyu.query import Engine
from quanyu.store import Connection

_ROOT = "/api/v1/sharing/elements"
_COPIES = "/api/v1/sharing/copies"
TheEngine = NamedDependency[SkipValidation[Engine]]


class StandardView(msgspec.Struct, frozen=True, kw_only=True):
    standard: DataElement | None


class CopyPage(msgspec.Struct, frozen=True, kw_only=True):
    """`titles` by the name of the dataset."""

    items: tuple[Copy, ...]
    titles: dict[str, str]
    next: str | None


class CarriedElements(msgspec.Struct, frozen=True, kw_only=True):
    items: tuple[CarriedElement, ...]


class Judged(Carried, frozen=True):
    """explain (whose item it is), return (authority)."""

    element: Annotated[str, msgspec.Meta(max_length=60)]
    act: Annotated[str, msgspec.Meta(pattern="^(explain|return)$")]
    reason: Annotated[str, msgspec.Meta(min_length=1, max_length=20_000, pattern=r"\S")]


@get(_ROOT + "/{code:str}/standard", opt=READ)
async def show_standard(code: Id, actor: Asker, database: Store, clock: Now) -> StandardView:
    """The version in force, null where there is none."""
    async with database.tenant(actor.tenant) as connection:
        return StandardView(standard=await standard_of(connection, code, clock()))


@put(_ROOT + "/{code:str}/standard", opt=ANSWER)
async def set_standard(
    code: Id, data: JSONBody[Standard], actor: Asker, database: Store, clock: Now
) -> StandardView:
    """定标, by the lead source or the authority."""
    async with database.tenant(actor.tenant) as connection:
        desk = Standards(connection, actor, clock())
        found = await desk.one(code)
        check_lead(actor, found)
        return StandardView(standard=await desk.set(found, data))


@post(_ROOT + "/{code:str}/links", opt=ANSWER, status_code=200)
async def link(
    code: Id, data: JSONBody[Carried], actor: Asker, database: Store, clock: Now
) -> CarriedElements:
    """关联目录数据项, by whose entry it is or the authority."""
    async with database.tenant(actor.tenant) as connection:
        desk = Standards(connection, actor, clock())
        body = await _owner(connection, actor, data)
        await desk.link(await desk.one(code), data, body)
        entry = await catalogue.find(connection, data.dataset)
        return CarriedElements(items=await Copies(connection, actor, clock()).of_entry(entry))


@get(_ROOT + "/{code:str}/conformity", opt=READ)
async def show_conformity(
    code: Id, actor: Asker, database: Store, folder: Folder, engine: TheEngine, clock: Now,
    dataset: Annotated[str, QueryParameter(max_length=200)], item: Annotated[str, QueryParameter(max_length=500)],
) -> ConformityView:  # fmt: skip
    """Of one item, over all its records, for whose entry it is or the authority."""
    async with database.tenant(actor.tenant) as connection:
        carried = Carried(dataset=dataset, item=item)
        await _owner(connection, actor, carried)
        desk = Standards(connection, actor, clock())
        return await desk.conformity(await desk.one(code), carried, engine, folder)


@get("/api/v1/sharing/datasets/{name:str}/elements", opt=READ)
async def show_elements_of(name: Name, actor: Asker, database: Store, clock: Now) -> CarriedElements:
    """Which items of an entry carry an element with a settled source, and whose; also before the entry is published."""
    async with database.tenant(actor.tenant) as connection:
        entry = await entry_for(connection, actor, name, "catalogue.read")
        return CarriedElements(items=await Copies(connection, actor, clock()).of_entry(entry))


@get(_COPIES, opt=READ)
async def list_copies(
    actor: Asker, database: Store, clock: Now, element: Word = None,
    of: Annotated[str | None, QueryParameter(name="body", max_length=200)] = None,
    in_state: Annotated[str | None, QueryParameter(name="state", max_length=40)] = None, after: After = None, limit: Limit = 50,
) -> CopyPage:  # fmt: skip
    """重复采集: of the asker's bodies, and of elements whose source they are."""
    async with database.tenant(actor.tenant) as connection:
        page = await Copies(connection, actor, clock()).listed(
            bodies_of(actor), element=element, body=of, state=in_state, after=after, limit=limit
        )
        named = {one.dataset for one in page.items} | {one.source.dataset for one in page.items if one.source}
        titles = await titles_of(connection, named)
    return CopyPage(items=page.items, titles=titles, next=page.next)


@post(_COPIES + "/acts", opt=READ, status_code=200)
async def judge_copy(data: JSONBody[Judged], actor: Asker, database: Store, clock: Now) -> Copy:
    async with database.tenant(actor.tenant) as connection:
        desk = Copies(connection, actor, clock())
        found = await desk.copy(data.element, Carried(dataset=data.dataset, item=data.item))
        if data.act == "return":
            check(actor, AUTHORITY, resource(actor, data.element))
            return await desk.send_back(found, data.reason)
        check_side(actor, found.body, BODY, data.element)
        return await desk.explain(found, data.reason)


def check_lead(actor: Actor, found: Element) -> None:
    """Raises AccessDenied; without a source only the authority says what the form is."""
    if found.lead is None:
        check(actor, AUTHORITY, resource(actor, found.code))
    else:
        check_side(actor, found.lead, BODY, found.code)


async def _owner(connection: Connection, actor: Actor, carried: Carried) -> str:
    """Whose entry it is. Raises AccessDenied for others, NotFound, Invalid for an entry of nobody."""
    body = (await catalogue.find(connection, carried.dataset)).description.organisation
    if not body:
        raise Invalid("exchange.request.no_provider", name=carried.dataset)
    check_side(actor, body, BODY, carried.dataset)
    return body


routes = (
    show_standard,
    set_standard,
    link,
    show_conformity,
    show_elements_of,
    list_copies,
    judge_copy,
)
"""Of what carries elements."""
