"""Commands on indicators: list, show, values, publish, compute."""

from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Annotated

import msgspec
from cyclopts import App, Parameter

from quanyu.app import jobs
from quanyu.app.cli.files import read_json
from quanyu.app.cli.tables import show_table
from quanyu.app.cli.terminal import language, say, with_node
from quanyu.app.node import Node
from quanyu.core.messages import text
from quanyu.evaluate.indicators import definitions, service
from quanyu.evaluate.indicators.compute import Wanted
from quanyu.evaluate.indicators.service import Asked, Listed, Shown
from quanyu.evaluate.indicators.sources import CITY

_BY = "local:operator"

indicators_app = App(name="indicators", help="Indicators of the city: what they say, what they came to.")


@indicators_app.command(name="list")
def list_indicators(*, domain: str | None = None, data: Path | None = None) -> None:
    """List indicators with their newest value for the city.

    Parameters
    ----------
    domain
        Only those of one domain, e.g. case, answer, light, post, need, vital.
    data
        Data folder.
    """

    async def work(node: Node) -> None:
        async with node.database.tenant(node.tenant) as connection:
            found = await service.listed(connection, now=node.clock(), domain=domain)
        show_table(
            "indicators",
            ("code", "title", "period", "start", "value", "status"),
            [_line(one) for one in found],
        )
        say("app.cli.indicators.count", count=len(found))

    with_node(data, work)


@indicators_app.command
def show(code: str, /, *, data: Path | None = None) -> None:
    """Show an indicator: definition, versions, and what its formula looks at, as JSON.

    Parameters
    ----------
    code
        Code of the indicator.
    data
        Data folder.
    """

    async def work(node: Node) -> None:
        async with node.database.tenant(node.tenant) as connection:
            found = await service.shown(connection, code, now=node.clock())
        print(msgspec.json.format(msgspec.json.encode(found), indent=2).decode())

    with_node(data, work)


@indicators_app.command
def values(
    code: str,
    /,
    *,
    by: str = CITY,
    key: str | None = None,
    since: date | None = None,
    data: Path | None = None,
) -> None:
    """List what an indicator came to, newest first.

    Parameters
    ----------
    code
        Code of the indicator.
    by
        city, area, street, department, class, post or person.
    key
        One key of it, e.g. the code of a body.
    since
        First day.
    data
        Data folder.
    """

    async def work(node: Node) -> None:
        found: list[service.Shown] = []
        asked: Asked | None = Asked(by, key, since)
        async with node.database.tenant(node.tenant) as connection:
            while asked:
                page = await service.values(connection, code, asked, now=node.clock(), language=language())
                found += page.items
                asked = replace(asked, after=page.next) if page.next else None
        show_table(
            "indicators",
            ("start", "key", "name", "value", "status", "version"),
            [
                (str(one.start), one.key, one.name, _number(one), one.status, str(one.version))
                for one in found
            ],
        )
        say("app.cli.indicators.values", code=code, count=len(found))

    with_node(data, work)


@indicators_app.command
def publish(file: Path, /, *, data: Path | None = None) -> None:
    """Publish an indicator from a JSON file: a new one, or a new version.

    Parameters
    ----------
    file
        The definition, see docs/indicators.md.
    data
        Data folder.
    """
    source = read_json(file)

    async def work(node: Node) -> None:
        async with node.database.tenant(node.tenant) as connection:
            made = await definitions.publish(connection, node.tenant, source, by=_BY, now=node.clock())
        say("app.cli.indicators.published", code=made.code, version=made.version)

    with_node(data, work)


@indicators_app.command
def compute(
    *codes: str,
    since: Annotated[date | None, Parameter(name="--from")] = None,
    until: date | None = None,
    data: Path | None = None,
) -> None:
    """Count indicators: what has changed since the last time, or with days all periods from or until them.

    Parameters
    ----------
    codes
        Only these, with all that they are made of.
    since
        First day.
    until
        Last day; today where it is not given.
    data
        Data folder.
    """
    wanted = Wanted(codes=codes or None, first=since, last=until)

    async def work(node: Node) -> None:
        done = await jobs.bureau(node, node.tenant).count(wanted)
        say("app.cli.indicators.computed", values=len(done.values), periods=done.periods)

    with_node(data, work)


def _line(one: Listed) -> tuple[str, ...]:
    title = one.titles.get(language()) or next(iter(one.titles.values()), "")
    if one.latest is None:
        return one.code, title, one.period, "–", "–", ""
    return one.code, title, one.period, str(one.latest.start), _number(one.latest), one.latest.status


def _number(one: Shown) -> str:
    """No data is told in words; old inputs have a mark."""
    said = text("app.cli.indicators.nothing", language()) if one.value is None else f"{one.value:,.4g}"
    return f"{said} *" if one.stale else said
