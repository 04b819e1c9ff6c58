"""Commands on the rules that open events and cases: list, show, publish, dry-run, on, off."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated

import msgspec
from cyclopts import App, Parameter, validators

from quanyu.act import rules as engine
from quanyu.act.rules.events import EventQuery
from quanyu.act.rules.parse import parse_definition
from quanyu.act.rules.service import RuleView
from quanyu.app.cli.files import read_json
from quanyu.app.cli.tables import show_table
from quanyu.app.cli.terminal import language, say, with_node
from quanyu.app.node import Node
from quanyu.core.messages import text
from quanyu.twin.history import Archive

_BY = "local:operator"
_COLUMNS = ("name", "title", "state", "version", "open", "events", "reason")
_EVENTS = ("opened", "closed", "title", "case")
_SHOWN = 20
_LONGEST_DAYS = 3660

rules_app = App(name="rules", help="Rules over the twin: what opens events and cases by itself.")


@rules_app.command(name="list")
def list_rules(*, state: str | None = None, data: Path | None = None) -> None:
    """List rules with their state and how many events they have opened.

    Parameters
    ----------
    state
        Only those that are on, off or broken.
    data
        Data folder.
    """

    async def work(node: Node) -> None:
        async with node.database.tenant(node.tenant) as connection:
            page = await engine.rules(connection, language(), state=state, limit=500)
        show_table("rules", _COLUMNS, [_line(one) for one in page.items])
        say("app.cli.rules.count", count=len(page.items))

    with_node(data, work)


@rules_app.command
def show(name: str, /, *, data: Path | None = None) -> None:
    """Show a rule: its definition as JSON, and the newest events.

    Parameters
    ----------
    name
        Name of the rule.
    data
        Data folder.
    """

    async def work(node: Node) -> None:
        async with node.database.tenant(node.tenant) as connection:
            found = await engine.rule(connection, name, language())
            page = await engine.events(connection, EventQuery(rule=name, limit=_SHOWN))
        print(msgspec.json.format(msgspec.json.encode(found.definition), indent=2).decode())
        show_table(
            "rules",
            _EVENTS,
            [(_moment(e.opened), _moment(e.closed), e.title, e.case or "–") for e in page.items],
        )
        say("app.cli.rules.shown", name=name, state=_state(found), open=found.open, events=found.events)

    with_node(data, work)


@rules_app.command
def publish(file: Path, /, *, data: Path | None = None) -> None:
    """Publish a rule from a JSON file; a rule that is on goes on with the new version.

    Parameters
    ----------
    file
        The definition, see docs/rules.md.
    data
        Data folder.
    """
    source = read_json(file)

    async def work(node: Node) -> None:
        async with node.database.tenant(node.tenant) as connection:
            name = await engine.publish(connection, node.tenant, source, by=_BY, now=node.clock())
            made = await engine.rule(connection, name, language())
        say("app.cli.rules.published", name=name, version=made.version, state=_state(made))

    with_node(data, work)


@rules_app.command(name="dry-run")
def try_on_the_past(
    rule: str,
    /,
    *,
    days: Annotated[
        int, Parameter(name="--days", validator=validators.Number(gte=1, lte=_LONGEST_DAYS))
    ] = 30,
    data: Path | None = None,
) -> None:
    """Show what a rule would have opened in the last days; nothing is written.

    Parameters
    ----------
    rule
        Name of a published rule, or a JSON file with a definition.
    days
        How many days back, ten years at most.
    data
        Data folder.
    """
    file = Path(rule)
    given = parse_definition(read_json(file)) if file.is_file() else None

    async def work(node: Node) -> None:
        now = node.clock()
        archive = Archive(folder=node.folder, source=node.twin.source)
        async with node.database.tenant(node.tenant) as connection:
            said = given or await engine.definition(connection, rule)
            checked = await engine.checked(connection, node.tenant, said)
            found = await engine.dry_run(
                connection, node.tenant, checked, begin=now - timedelta(days=days), end=now, archive=archive
            )
        lines = [(_moment(one.opened), _moment(one.closed), one.title or one.key, "") for one in found.items]
        show_table("rules", _EVENTS, lines[:_SHOWN])
        say(
            "app.cli.rules.tried", name=said.name, days=days, events=found.events, cases=found.cases,
            subjects=found.subjects, observations=found.observations,
        )  # fmt: skip

    with_node(data, work)


@rules_app.command(name="on")
def switch_on(name: str, /, *, data: Path | None = None) -> None:
    """Switch a rule on; a broken one is mended so.

    Parameters
    ----------
    name
        Name of the rule.
    data
        Data folder.
    """
    _switch(name, data, on=True)


@rules_app.command(name="off")
def switch_off(name: str, /, *, data: Path | None = None) -> None:
    """Switch a rule off; its open events are over.

    Parameters
    ----------
    name
        Name of the rule.
    data
        Data folder.
    """
    _switch(name, data, on=False)


def _switch(name: str, data: Path | None, *, on: bool) -> None:
    async def work(node: Node) -> None:
        async with node.database.tenant(node.tenant) as connection:
            await engine.switch(connection, node.tenant, name, on=on, by=_BY, now=node.clock())
        say(f"app.cli.rules.{'on' if on else 'off'}", name=name)

    with_node(data, work)


def _line(one: RuleView) -> tuple[str, ...]:
    title = one.title.get(language()) or next(iter(one.title.values()), "")
    return one.name, title, _state(one), str(one.version), str(one.open), str(one.events), one.reason or ""


def _state(one: RuleView) -> str:
    return text(f"app.cli.rules.state.{one.state}", language())


def _moment(moment: datetime | None) -> str:
    return "–" if moment is None else f"{moment.astimezone(UTC):%Y-%m-%d %H:%M:%S}"
