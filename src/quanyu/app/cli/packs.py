"""Commands on scenario packs: new, check, list, enable, disable, export, import."""

from pathlib import Path
from typing import Annotated

import httpx
import msgspec
from cyclopts import App, Parameter

from quanyu.app.cli.door import reach
from quanyu.app.cli.files import read_form, require_place
from quanyu.app.cli.tables import show_table
from quanyu.app.cli.terminal import language, say, with_node
from quanyu.app.node import Node
from quanyu.core.clock import CITY_ZONE
from quanyu.core.errors import Conflict
from quanyu.core.messages import text
from quanyu.identity import local_operator
from quanyu.packs import _sql, carrying, scaffold, service
from quanyu.packs.answers import PackAnswer, all_shown
from quanyu.packs.carrying import Carried
from quanyu.packs.checking import Grade, judge
from quanyu.packs.finding import find_packs
from quanyu.packs.model import Pack
from quanyu.packs.trouble import Trouble

app = App(name="pack", help="Scenario packs 场景包: what a city switches on.")


@app.command
def new(name: str, /, *, into: Path = Path()) -> None:
    """Make a folder with a small pack that works.

    Parameters
    ----------
    name
        Name of the pack: small letters, digits, hyphens.
    into
        Where its folder is made.
    """
    if any(one.name == name for one in find_packs()):
        raise Conflict("app.cli.pack.taken", name=name)
    folder = scaffold.make(name, into)
    say("app.cli.pack.made", name=name, folder=folder)


@app.command
def check(name: str, /) -> int:
    """Say what a pack is worth: bronze, silver or gold, and what keeps it from more.

    Parameters
    ----------
    name
        Name of an installed pack.
    """
    verdict = judge(service.installed(find_packs(), name))
    for check_name, grade, fault in verdict.faults:
        print(f"{grade:7} {check_name}  {fault.where}  {fault.text(language())}")
    say("app.cli.pack.grade", name=name, grade=verdict.grade)
    return 1 if verdict.grade is Grade.NONE else 0


@app.command(name="list")
def show(*, json: Annotated[bool, Parameter(negative=())] = False, data: Path | None = None) -> None:
    """List the packs: on, off, broken, or not installed any more.

    Parameters
    ----------
    json
        Print one JSON object instead of a table.
    data
        Data folder.
    """

    async def work(node: Node) -> None:
        async with node.database.tenant(node.tenant) as connection:
            states = await _sql.states(connection, node.tenant)
        packs = all_shown(find_packs(), states)
        if json:
            print(msgspec.json.encode({"items": packs}).decode())
            return
        show_table("pack", _COLUMNS, [_line(one) for one in packs])

    with_node(data, work)


@app.command
def enable(name: str, /, *, data: Path | None = None) -> None:
    """Switch a pack on, live.

    Parameters
    ----------
    name
        Name of an installed pack.
    data
        Data folder.
    """
    _switch(name, data, on=True)


@app.command
def disable(name: str, /, *, data: Path | None = None) -> None:
    """Switch a pack off, live; nothing that it brought is lost.

    Parameters
    ----------
    name
        Name of a pack that is installed, or still on though it is not installed any more.
    data
        Data folder.
    """
    _switch(name, data, on=False)


@app.command
def export(name: str, file: Path, /, *, data: Path | None = None) -> None:
    """Write what this city made of a pack into a file for another city.

    Parameters
    ----------
    name
        Name of an installed pack.
    file
        The file to write.
    data
        Data folder.
    """

    async def work(node: Node) -> Carried:
        pack = service.installed(find_packs(), name)
        async with node.database.tenant(node.tenant) as connection:
            return await carrying.export(connection, node.tenant, pack, now=node.clock())

    require_place(file)
    carried = with_node(data, work)
    file.write_bytes(msgspec.json.format(msgspec.json.encode(carried), indent=2))
    say("app.cli.pack.exported", name=name, file=file)


@app.command(name="import")
def bring_in(file: Path, /, *, data: Path | None = None) -> None:
    """Take what another city made of a pack, and list what must be adapted here.

    Parameters
    ----------
    file
        A file that `quanyu pack export` wrote.
    data
        Data folder.
    """
    carried = read_form(file, Carried)

    async def work(node: Node) -> None:
        pack = service.installed(find_packs(), carried.pack)
        async with node.database.tenant(node.tenant) as connection:
            arrival = await carrying.bring_in(
                connection, pack, carried, actor=local_operator(node.tenant), now=node.clock()
            )
        for one in arrival.adapt:
            print(
                f"{one.where}: {text(f'app.cli.pack.adapt.{one.kind}', language(), value=one.value or '–')}"
            )
        say("app.cli.pack.arrived", name=pack.name, taken=len(arrival.taken), adapt=len(arrival.adapt))

    with_node(data, work)


_COLUMNS = ("name", "title", "version", "state", "grade", "fault")


def _line(one: PackAnswer) -> tuple[str, ...]:
    state = text(f"app.cli.pack.state.{one.state}", language())
    return one.name, one.titles.get(language(), ""), one.version, state, one.grade, _fault(one)


def _fault(one: PackAnswer) -> str:
    if one.state == "gone":
        return text("app.cli.pack.gone", language())
    return one.fault or _trouble(one.trouble)


def _trouble(trouble: Trouble | None) -> str:
    if trouble is None:
        return ""
    at = f"{trouble.at.astimezone(CITY_ZONE):%Y-%m-%d %H:%M:%S}"
    return text(f"app.cli.pack.trouble.{trouble.reason}", language(), where=trouble.where, at=at)


def _switch(name: str, data: Path | None, *, on: bool) -> None:
    async def work(node: Node) -> None:
        found, actor = find_packs(), local_operator(node.tenant)
        if not on:
            await service.disable(node.database, node.folder, found, name, actor=actor, clock=node.clock)
            say("app.cli.pack.disabled", name=name)
            return
        pack = service.installed(found, name)
        await service.enable(node.database, node.folder, pack, actor=actor, clock=node.clock)
        say("app.cli.pack.enabled", name=name)
        async with reach(node.settings, language()) as client:
            if client is not None and not await _is_known(client, pack):
                say("app.cli.pack.restart", name=name, version=pack.version)

    with_node(data, work)


async def _is_known(client: httpx.AsyncClient, pack: Pack) -> bool:
    """Whether the node that runs has loaded this version: a package that was installed since it has not."""
    answer = await client.get(f"/api/v1/packs/{pack.name}")
    return answer.is_success and answer.json()["version"] == pack.version
