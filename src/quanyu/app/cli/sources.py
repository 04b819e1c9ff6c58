"""Commands for sources that keep running: add, list, run, pause, resume, remove."""

from pathlib import Path
from typing import Annotated, Any

import msgspec
from cyclopts import App, Parameter
from rich.console import Console
from rich.table import Table

from quanyu.app.cli.terminal import language, say, with_node
from quanyu.app.node import Node
from quanyu.app.wiring import runner
from quanyu.connect.sources import _sql, service
from quanyu.connect.sources.model import SourceInput
from quanyu.core.errors import Fault, Invalid
from quanyu.core.messages import text

app = App(
    name="source", help="Sources that keep running: HTTP, SQL databases, MQTT, watched folders, NGSI-LD."
)


@app.command
def add(
    name: str,
    /,
    *,
    kind: str,
    dataset: str | None = None,
    every: int | None = None,
    setting: Annotated[tuple[str, ...], Parameter(name=["--set", "-s"], negative=())] = (),
    data: Path | None = None,
) -> None:
    """Make or replace a source.

    Parameters
    ----------
    name
        Name of the source.
    kind
        http, sql, mqtt, folder or ngsi-ld.
    dataset
        Dataset that it feeds; the source's name where it is not given.
    every
        Seconds between two runs; for streams, how long messages are gathered.
    setting
        A setting as NAME=VALUE (VALUE may be JSON), e.g. -s url=https://feed.example/air.json; docs/sources.md lists them.
    data
        Data folder.
    """
    source = SourceInput(
        name=name, kind=kind, dataset=dataset or name, settings=_settings(setting), every_seconds=every
    )

    async def work(node: Node) -> None:
        async with node.database.tenant(node.tenant) as connection:
            made = await service.add(connection, node.tenant, node.folder, source)
        say("app.cli.source.added", name=made.name, dataset=made.dataset, seconds=made.every_seconds)

    with_node(data, work)


@app.command(name="list")
def show(*, data: Path | None = None) -> None:
    """List sources with state, last success, lag and last error."""

    async def work(node: Node) -> None:
        async with node.database.tenant(node.tenant) as connection:
            rows = await _sql.all_of(connection, node.tenant)
        names = ("name", "kind", "dataset", "state", "succeeded", "records", "fault")
        table = Table(*(text(f"app.cli.source.column.{column}", language()) for column in names), box=None)
        for row in rows:
            moment = row["succeeded_at"].isoformat(timespec="seconds") if row["succeeded_at"] else "–"
            table.add_row(
                row["name"],
                row["kind"],
                row["dataset"],
                row["state"],
                moment,
                f"{row['records']:,}",
                row["fault"] or "",
            )
        Console().print(table)
        say("app.cli.source.count", count=len(rows))

    with_node(data, work)


@app.command
def run(name: str, /, *, data: Path | None = None) -> None:
    """Run a source now: the running node does it at once, without one this command does."""

    async def work(node: Node) -> None:
        async with node.database.tenant(node.tenant) as connection:
            row = await service.require_source(connection, node.tenant, name)
            await _sql.set_due(connection, node.tenant, name, node.clock())
        if node.owns_database:
            records = await runner(node, inline=True).run_once(service.from_row(row, node.folder))
            say("app.cli.source.ran", name=name, records=records)
        else:
            say("app.cli.source.due", name=name)

    with_node(data, work)


@app.command
def pause(name: str, /, *, data: Path | None = None) -> None:
    """Stop a source until it is resumed."""
    _switch(name, "paused", data)


@app.command
def resume(name: str, /, *, data: Path | None = None) -> None:
    """Let a paused source run again."""
    _switch(name, "active", data)


@app.command
def remove(name: str, /, *, data: Path | None = None) -> None:
    """Remove a source; its dataset stays."""

    async def work(node: Node) -> None:
        async with node.database.tenant(node.tenant) as connection:
            await service.require_source(connection, node.tenant, name)
            await _sql.remove(connection, node.tenant, name)
        say("app.cli.source.removed", name=name)

    with_node(data, work)


def _switch(name: str, state: str, data: Path | None) -> None:
    async def work(node: Node) -> None:
        async with node.database.tenant(node.tenant) as connection:
            await service.require_source(connection, node.tenant, name)
            await _sql.set_state(connection, node.tenant, name, state)
        say(f"app.cli.source.{state}", name=name)

    with_node(data, work)


def _settings(said: tuple[str, ...]) -> dict[str, Any]:
    wrong = tuple(Fault("app.import.type", one, {"said": one}) for one in said if "=" not in one)
    if wrong:
        raise Invalid("app.cli.source.settings", faults=wrong)
    return {name: _value(value) for name, _, value in (one.partition("=") for one in said)}


def _value(text: str) -> Any:
    """JSON where it is an object, a list, a number or a boolean; else the text itself."""
    try:
        value = msgspec.json.decode(text)
    except (msgspec.DecodeError, RecursionError):
        return text
    return text if value is None else value


def register(parent: App) -> None:
    parent.command(app)
