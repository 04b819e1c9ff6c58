"""The workbench: SQL over what somebody may read, and the queries that they keep."""

from typing import Annotated

import msgspec
from litestar import delete, get, post, put
from litestar.params import JSONBody, QueryParameter
from litestar.response import Stream

from quanyu.compute.http import Algorithms
from quanyu.exchange.delivery.formats import MEDIA_TYPES, Format
from quanyu.exchange.delivery.service import Deliveries
from quanyu.exchange.http.asking import After, Asker, Folder, Id, Limit, Now, Store, TheEngines
from quanyu.exchange.policy.grammar import LONGEST
from quanyu.exchange.requests.model import Said
from quanyu.exchange.workbench.asking import Asking, described, functions_for
from quanyu.exchange.workbench.model import Draft, Function, SavedQuery, Table
from quanyu.exchange.workbench.service import SavedQueries
from quanyu.exchange.workbench.tables import tables_for

Words = Annotated[str, QueryParameter(max_length=100)]
MOST_NAMED = 100
RUN = {"action": "query.run"}
MOST_SHOWN = 10_000
MOST_TAKEN = 1_000_000


class Question(Said, frozen=True):
    """JSON answers hold at most 10,000 rows, files a million."""

    sql: Annotated[str, msgspec.Meta(max_length=LONGEST)]
    format: Format = Format.JSON


class TablePage(msgspec.Struct, frozen=True, kw_only=True):
    items: tuple[Table, ...]
    next: str | None


class FunctionList(msgspec.Struct, frozen=True, kw_only=True):
    items: list[Function]


class QueryPage(msgspec.Struct, frozen=True, kw_only=True):
    items: tuple[SavedQuery, ...]
    next: str | None


@get("/api/v1/workbench/tables", opt=RUN)
async def tables(
    actor: Asker, database: Store, clock: Now, q: Words = "",
    names: Annotated[list[str] | None, QueryParameter(name="name", max_items=MOST_NAMED)] = None,
    after: After = None, limit: Limit = 50,
) -> TablePage:  # fmt: skip
    """The datasets that the asker may query, by name, with their columns and the right by which they may; `q` is part of a name
    or title, also of a column's, `name` asks for certain ones."""
    async with database.tenant(actor.tenant) as connection:
        page = await tables_for(
            connection, actor, clock(), query=q, names=names, after=after or "", limit=limit
        )
    return TablePage(items=page.items, next=page.next)


@get("/api/v1/workbench/functions", opt=RUN)
async def functions(actor: Asker, algorithms: Algorithms) -> FunctionList:
    """The algorithms that a question may call as tables, with what they take and give."""
    return FunctionList(
        items=[described(one, actor.language) for one in (await functions_for(actor, algorithms)).values()]
    )


@post("/api/v1/workbench/query", opt={**RUN, "exclude_from_compression": True}, status_code=200)
async def run_query(
    data: JSONBody[Question], actor: Asker, database: Store, folder: Folder, engines: TheEngines, clock: Now,
    algorithms: Algorithms,
) -> Stream:  # fmt: skip
    """One SELECT over datasets by their names: those of one's office, open ones, and those of one's contracts; functions among them."""
    rows = MOST_SHOWN if data.format is Format.JSON else MOST_TAKEN
    deliveries = Deliveries(database, folder, engines, clock)
    asking = Asking(deliveries, actor, algorithms, await functions_for(actor, algorithms))
    delivery = await asking.begin(data.sql, format=data.format, rows=rows)
    return Stream(deliveries.stream(delivery), media_type=MEDIA_TYPES[data.format], headers=delivery.headers)


@get("/api/v1/workbench/queries", opt=RUN)
async def list_queries(
    actor: Asker, database: Store, clock: Now, q: Words = "", after: After = None, limit: Limit = 50,
) -> QueryPage:  # fmt: skip
    """One's own, then those that others share; `q` is part of a name, of the query or of who keeps it."""
    async with database.tenant(actor.tenant) as connection:
        page = await SavedQueries(connection, actor, clock()).listed(q, limit=limit, after=after)
    return QueryPage(items=page.items, next=page.next)


@get("/api/v1/workbench/queries/{id:str}", opt=RUN)
async def show_query(id: Id, actor: Asker, database: Store, clock: Now) -> SavedQuery:
    async with database.tenant(actor.tenant) as connection:
        return await SavedQueries(connection, actor, clock()).one(id)


@post("/api/v1/workbench/queries", opt=RUN)
async def keep_query(data: JSONBody[Draft], actor: Asker, database: Store, clock: Now) -> SavedQuery:
    async with database.tenant(actor.tenant) as connection:
        return await SavedQueries(connection, actor, clock()).keep(data)


@put("/api/v1/workbench/queries/{id:str}", opt=RUN)
async def change_query(
    id: Id, data: JSONBody[Draft], actor: Asker, database: Store, clock: Now
) -> SavedQuery:
    """Only by who keeps it."""
    async with database.tenant(actor.tenant) as connection:
        return await SavedQueries(connection, actor, clock()).change(id, data)


@delete("/api/v1/workbench/queries/{id:str}", opt=RUN)
async def drop_query(id: Id, actor: Asker, database: Store, clock: Now) -> None:
    async with database.tenant(actor.tenant) as connection:
        await SavedQueries(connection, actor, clock()).drop(id)


routes = (tables, functions, run_query, list_queries, show_query, keep_query, change_query, drop_query)
