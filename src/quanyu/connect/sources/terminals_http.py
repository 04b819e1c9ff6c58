"""Routes of JT/T 808 terminals: who was there, and texts sent down to them."""

from typing import Annotated

import msgspec
from litestar import get, post
from litestar.params import JSONBody, PathParameter, QueryParameter

from quanyu.connect.sources import _terminals, terminals
from quanyu.connect.sources.http import Name, require_theirs
from quanyu.identity.http.asking import Asker, TheClock, TheDatabase

_MOST = 500

Terminal = Annotated[str, PathParameter(max_length=20)]
Limit = Annotated[int, QueryParameter(ge=1, le=_MOST)]
After = Annotated[str, QueryParameter(max_length=40)]


class TerminalAnswer(msgspec.Struct, frozen=True, kw_only=True):
    terminal: str
    plate: str | None
    first_seen: str
    seen: str


class TerminalList(msgspec.Struct, frozen=True, kw_only=True):
    items: list[TerminalAnswer]
    next: str | None = None


class TextInput(msgspec.Struct, frozen=True, kw_only=True):
    """GBK. `urgent`: the terminal says so."""

    text: str
    urgent: bool = False


class OrderAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """`result` of the terminal: 0 done, 1 failed, 2 wrong, 3 not supported; null as long as it did not answer."""

    id: int
    message: str
    asked: str
    author: str
    sent: str | None
    answered: str | None
    result: int | None


class OrderList(msgspec.Struct, frozen=True, kw_only=True):
    items: list[OrderAnswer]
    next: str | None = None


class Ordered(msgspec.Struct, frozen=True, kw_only=True):
    id: int


@get("/api/v1/sources/{name:str}/terminals", opt={"action": "source.read"})
async def list_terminals(
    actor: Asker, database: TheDatabase, name: Name, limit: Limit = 100, after: After = ""
) -> TerminalList:
    async with database.tenant(actor.tenant) as connection:
        await require_theirs(connection, actor, "source.read", name)
        rows = await _terminals.all_of(connection, actor.tenant, name, after=after, limit=limit + 1)
    items = [
        TerminalAnswer(
            terminal=row["terminal"], plate=row["plate"],
            first_seen=row["first_seen"].isoformat(), seen=row["seen"].isoformat(),
        )
        for row in rows[:limit]
    ]  # fmt: skip
    return TerminalList(items=items, next=items[-1].terminal if len(rows) > limit else None)


@post(
    "/api/v1/sources/{name:str}/terminals/{terminal:str}/texts",
    opt={"action": "source.manage"},
    status_code=202,
)
async def send_text(
    actor: Asker,
    database: TheDatabase,
    clock: TheClock,
    name: Name,
    terminal: Terminal,
    data: JSONBody[TextInput],
) -> Ordered:
    """Goes down as 0x8300 as soon as the terminal is connected."""
    async with database.tenant(actor.tenant) as connection:
        await require_theirs(connection, actor, "source.manage", name)
        number = await terminals.send_text(
            connection, actor, name, terminal, text=data.text, urgent=data.urgent, clock=clock
        )
    return Ordered(id=number)


@get("/api/v1/sources/{name:str}/terminals/{terminal:str}/orders", opt={"action": "source.read"})
async def list_orders(
    actor: Asker, database: TheDatabase, name: Name, terminal: Terminal, limit: Limit = 100
) -> OrderList:
    """The newest first."""
    async with database.tenant(actor.tenant) as connection:
        await require_theirs(connection, actor, "source.read", name)
        rows = await _terminals.orders_of(connection, actor.tenant, name, terminal, limit=limit)
    return OrderList(
        items=[
            OrderAnswer(
                id=row["id"], message=f"0x{row['message']:04X}", asked=row["asked"].isoformat(), author=row["author"],
                sent=row["sent"].isoformat() if row["sent"] else None,
                answered=row["answered"].isoformat() if row["answered"] else None, result=row["result"],
            )
            for row in rows
        ]
    )  # fmt: skip


routes = (list_terminals, send_text, list_orders)
