"""Commands on workflows and the calendars they count by: workflow list, show, check, publish, diagram; calendar list, import."""

from pathlib import Path
from typing import Annotated

import msgspec
from cyclopts import App, Parameter, validators

from quanyu.app.cli.files import read, read_json
from quanyu.app.cli.terminal import language, say, with_node
from quanyu.app.node import Node
from quanyu.core.clock import city_day
from quanyu.identity import ROLES, local_operator
from quanyu.workflow import definition, publish
from quanyu.workflow.city_calendars import calendars, import_holidays
from quanyu.workflow.definition.diagram import diagram
from quanyu.workflow.definition.parse import source_of
from quanyu.workflow.holidays import parse_holidays
from quanyu.workflow.publishing import check, definition_names

Version = Annotated[int, Parameter(validator=validators.Number(gte=1, lte=2**31 - 1))]
"""As the database counts them."""

workflow_app = App(name="workflow", help="Workflows: states, roles and deadlines as data.")
calendar_app = App(name="calendar", help="Calendars of working time, with their holidays.")


@workflow_app.command(name="list")
def list_definitions(*, data: Path | None = None) -> None:
    """Name, version, states and actions of each.

    Parameters
    ----------
    data
        Data folder.
    """

    async def work(node: Node) -> None:
        async with node.database.tenant(node.tenant) as connection:
            for name in await definition_names(connection):
                one = await definition(connection, name)
                print(f"{name}\t{one.version}\t{len(one.states)}\t{len(one.actions)}")

    with_node(data, work)


@workflow_app.command(name="show")
def show_definition(name: str, /, *, version: Version | None = None, data: Path | None = None) -> None:
    """The definition as JSON, to be changed and published.

    Parameters
    ----------
    name
        Of the workflow.
    version
        The newest where it is not given.
    data
        Data folder.
    """

    async def work(node: Node) -> None:
        async with node.database.tenant(node.tenant) as connection:
            found = await definition(connection, name, version)
        print(msgspec.json.format(msgspec.json.encode(source_of(found)), indent=1).decode())

    with_node(data, work)


@workflow_app.command(name="check")
def check_definition(file: Path, /, *, data: Path | None = None) -> None:
    """Say everything that is wrong with a definition, and publish nothing.

    Parameters
    ----------
    file
        The definition as JSON.
    data
        Data folder.
    """
    source = read_json(file)

    async def work(node: Node) -> None:
        async with node.database.tenant(node.tenant) as connection:
            checked = await check(connection, source, roles=_roles())
        say(
            "app.cli.workflow.right",
            name=checked.name,
            states=len(checked.states),
            actions=len(checked.actions),
        )

    with_node(data, work)


@workflow_app.command(name="publish")
def publish_definition(file: Path, /, *, data: Path | None = None) -> None:
    """A new version; work that runs stays on its own.

    Parameters
    ----------
    file
        The definition as JSON.
    data
        Data folder.
    """
    source = read_json(file)

    async def work(node: Node) -> None:
        by = local_operator(node.tenant).id
        async with node.database.tenant(node.tenant) as connection:
            made = await publish(connection, node.tenant, source, roles=_roles(), by=by, now=node.clock())
        say("app.cli.workflow.published", name=made.name, version=made.version)

    with_node(data, work)


@workflow_app.command(name="diagram")
def draw_definition(name: str, /, *, version: Version | None = None, data: Path | None = None) -> None:
    """Its picture as SVG.

    Parameters
    ----------
    name
        Of the workflow.
    version
        The newest where it is not given.
    data
        Data folder.
    """

    async def work(node: Node) -> None:
        async with node.database.tenant(node.tenant) as connection:
            print(diagram(await definition(connection, name, version), language()))

    with_node(data, work)


@calendar_app.command(name="list")
def list_calendars(*, data: Path | None = None) -> int:
    """Each with its version, zone, and the day until which its holidays are known; exit code 1 where that is near.

    Parameters
    ----------
    data
        Data folder.
    """

    async def work(node: Node) -> int:
        async with node.database.tenant(node.tenant) as connection:
            found = await calendars(connection, today=city_day(node.clock()))
        for one in found:
            print(f"{one.name}\t{one.version}\t{one.zone}\t{one.known_until or '-'}")
            if one.warning:
                say("app.cli.calendar.ends", name=one.name, day=one.known_until)
        return int(any(one.warning for one in found))

    return with_node(data, work)


@calendar_app.command(name="import")
def import_table(file: Path, /, *, calendar: str | None = None, data: Path | None = None) -> None:
    """Take over a table of holidays and made-up working days (调休).

    Parameters
    ----------
    file
        JSON as github.com/NateScarlet/holiday-cn has it for each year, or CSV with the columns date, isOffDay, name.
    calendar
        The calendar; without it all that have holidays.
    data
        Data folder.
    """
    days = parse_holidays(read(file))

    async def work(node: Node) -> None:
        by = local_operator(node.tenant).id
        async with node.database.tenant(node.tenant) as connection:
            made = await import_holidays(
                connection,
                node.tenant,
                days,
                name=calendar,
                by=by,
                now=node.clock(),
            )
        for one in made:
            say("app.cli.calendar.imported", name=one.name, version=one.version, day=one.known_until)

    with_node(data, work)


def _roles() -> set[str]:
    return {role.name for role in ROLES}
