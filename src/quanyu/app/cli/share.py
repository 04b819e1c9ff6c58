"""Commands on shared data: requests, contracts, acts of the desk, queries under a contract."""

from pathlib import Path
from typing import Annotated, Any

import msgspec
import uvloop
from cyclopts import App, Parameter

from quanyu.app import settings as node_settings
from quanyu.app.cli.door import problem_of, reach
from quanyu.app.cli.files import require_place
from quanyu.app.cli.tables import show_table
from quanyu.app.cli.terminal import language, say, with_node
from quanyu.app.node import Node
from quanyu.core.errors import Invalid, Unavailable
from quanyu.exchange.contracts.service import Contracts
from quanyu.exchange.delivery.formats import Format
from quanyu.exchange.requests.service import Requests
from quanyu.identity import local_operator
from quanyu.store import Connection

_SHOWN = 200

share_app = App(name="share", help="Sharing of data: requests, contracts, queries under a contract.")


@share_app.command(name="list")
def list_requests(*, state: str | None = None, data: Path | None = None) -> None:
    """List requests, newest first, with whose move it is and until when.

    Parameters
    ----------
    state
        Only those in this state.
    data
        Data folder.
    """

    async def work(node: Node) -> None:
        async with node.database.tenant(node.tenant) as connection:
            page = await _requests(connection, node).page(
                None, side=None, dataset=None, state=state, open=None, after=None, limit=_SHOWN
            )
        lines = [
            _said(
                one.id, one.dataset, one.consumer.organisation, one.provider, one.state, one.holder, one.due
            )
            for one in page.items
        ]
        show_table("share", ("id", "dataset", "consumer", "provider", "state", "holder", "due"), lines)

    with_node(data, work)


@share_app.command(name="contracts")
def list_contracts(*, state: str | None = None, data: Path | None = None) -> None:
    """List contracts, newest first.

    Parameters
    ----------
    state
        Only those in this state.
    data
        Data folder.
    """

    async def work(node: Node) -> None:
        async with node.database.tenant(node.tenant) as connection:
            desk = Contracts(connection, local_operator(node.tenant), node.clock())
            page = await desk.page(None, dataset=None, state=state, after=None, limit=_SHOWN)
        lines = [
            _said(one.id, one.dataset, one.consumer.organisation, one.provider, one.state, one.version, one.terms and one.terms.ends)
            for one in page.items
        ]  # fmt: skip
        show_table("share", ("id", "dataset", "consumer", "provider", "state", "version", "ends"), lines)

    with_node(data, work)


@share_app.command
def show(id: str, /, *, data: Path | None = None) -> None:
    """Show a request (R…) or a contract (C…) as JSON.

    Parameters
    ----------
    id
        Number of the request or contract.
    data
        Data folder.
    """

    async def work(node: Node) -> None:
        async with node.database.tenant(node.tenant) as connection:
            actor = local_operator(node.tenant)
            found: Any
            if id.startswith("C"):
                found = await Contracts(connection, actor, node.clock()).one(id)
            else:
                found = await _requests(connection, node).view(id)
        print(msgspec.json.format(msgspec.json.encode(found), indent=2).decode())

    with_node(data, work)


@share_app.command
def act(id: str, name: str, /, *, reason: str = "", data: Path | None = None) -> None:
    """Take a step of the desk: forward, return, reject, authorise, uphold, overrule, accept_report, return_report.

    Parameters
    ----------
    id
        Number of the request.
    name
        The step.
    reason
        Why, where the step needs it.
    data
        Data folder.
    """

    async def work(node: Node) -> None:
        async with node.database.tenant(node.tenant) as connection:
            desk = _requests(connection, node)
            moved = await (desk.authorise(id) if name == "authorise" else desk.act(id, name, reason))
        say("app.cli.share.moved", id=id, state=moved.state)

    with_node(data, work)


@share_app.command
def query(
    sql: str, /, *, to: Path, contract: Annotated[tuple[str, ...], Parameter(negative=())] = (), purpose: str = "", data: Path | None = None
) -> None:  # fmt: skip
    """Ask data of others under one's contracts, at the node that QUANYU_URL names, with the token in QUANYU_TOKEN.

    Parameters
    ----------
    sql
        One SELECT over datasets by their names.
    to
        File for the answer: .json, .csv, .parquet or .arrow.
    contract
        Contract to be used; all that there are where none is given.
    purpose
        What for; the contract's purpose where it is not given.
    data
        Data folder of the node on this machine.
    """
    try:
        wanted = Format(to.suffix.removeprefix("."))
    except ValueError:
        raise Invalid("app.cli.share.format", file=to.name) from None
    body = {"sql": sql, "format": wanted, "contracts": list(contract), "purpose": purpose}

    async def work() -> None:
        settings = node_settings.parse(data=data)
        async with reach(settings, language()) as client:
            if client is None:
                raise Unavailable("app.cli.no_node", url=settings.url, reason="–")
            async with client.stream("POST", "/api/v1/sharing/query", json=body) as answer:
                if answer.status_code >= 400:
                    await answer.aread()
                    raise problem_of(answer)
                with to.open("wb") as file:
                    async for part in answer.aiter_bytes():
                        file.write(part)

    require_place(to)
    uvloop.run(work())
    say("app.cli.share.answered", file=to.name, bytes=to.stat().st_size)


def _requests(connection: Connection, node: Node) -> Requests:
    return Requests(connection, local_operator(node.tenant), node.clock(), node.folder)


def _said(*values: object) -> tuple[str, ...]:
    return tuple("–" if value is None else str(value) for value in values)
