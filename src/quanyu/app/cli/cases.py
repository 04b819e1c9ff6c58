"""Commands on cases: list, show, act, import, train."""

from pathlib import Path
from typing import Annotated

import msgspec
from cyclopts import App, Parameter

from quanyu.act.cases.finding import CaseQuery, find
from quanyu.act.cases.known import check_recipients
from quanyu.act.cases.service import Cases, view
from quanyu.act.imports._sql import refusals
from quanyu.act.imports.service import reasons, take_file
from quanyu.act.understanding.labelled_file import Columns, read_labelled
from quanyu.act.understanding.training import other_cases, own_cases, train
from quanyu.app.cli.files import read, require
from quanyu.app.cli.terminal import language, say, with_node
from quanyu.app.node import Node
from quanyu.core.errors import Invalid
from quanyu.workflow import Act, Doer

OWN = "cases"
_USUAL = Columns()
_SHOWN = 500
_OPERATOR = Doer(id="operator@local", node=True)
"""Whoever owns the data folder may do what anybody may."""

cases_app = App(name="cases", help="Cases: from the report to the call-back.")


@cases_app.command(name="train")
def train_on(
    *,
    source: Annotated[str, Parameter(name="--from")] = OWN,
    text: str = ",".join(_USUAL.text),
    category: Annotated[str, Parameter(name="--class")] = _USUAL.category,
    region: str = _USUAL.region,
    body: str = _USUAL.body,
    data: Path | None = None,
) -> None:
    """Learn classes, responsible bodies and akin classes from cases; a running node uses it at once.

    Parameters
    ----------
    source
        `cases` of this node, or a CSV or XLSX file of labelled ones.
    text
        Columns of the file that hold the text, comma-separated.
    category
        Column with the code of the class.
    region
        Column with the region code, if there is one.
    body
        Column with the body that handled it, if there is one.
    data
        Data folder.
    """

    if source != OWN:
        require((Path(source),))

    async def work(node: Node) -> None:
        async with node.database.tenant(node.tenant) as connection:
            if source == OWN:
                material = await own_cases(connection)
            else:
                columns = Columns(text=tuple(text.split(",")), category=category, region=region, body=body)
                material = await other_cases(connection, read_labelled(Path(source), columns))
        done = train(material, node.folder, node.tenant, now=node.clock())
        say(
            "app.cli.trained", examples=done.examples, labels=done.labels, routed=done.routed, pairs=done.pairs,
            version=done.path.stem,
        )  # fmt: skip

    with_node(data, work)


@cases_app.command(name="list")
def list_cases(
    *,
    state: str | None = None,
    category: Annotated[str | None, Parameter(name="--class")] = None,
    text: str = "",
    still_open: Annotated[bool, Parameter(name="--open", negative=())] = False,
    limit: int = 50,
    data: Path | None = None,
) -> None:
    """Newest first: number, state, body, due time, title.

    Parameters
    ----------
    state
        Only those in this state.
    category
        Only those of this class, or a class below it.
    text
        Only those with these words.
    still_open
        Only those that are not closed.
    limit
        At most so many.
    data
        Data folder.
    """

    async def work(node: Node) -> None:
        wanted = CaseQuery(
            state=state, category=category, text=text, open=True if still_open else None, limit=limit
        )
        async with node.database.tenant(node.tenant) as connection:
            for one in (await find(connection, wanted)).items:
                due = one.due.isoformat() if one.due else "-"
                print(f"{one.id}\t{one.state}\t{one.organisation or '-'}\t{due}\t{one.title}")

    with_node(data, work)


@cases_app.command(name="show")
def show_case(number: str, /, *, data: Path | None = None) -> None:
    """The case as JSON, with its timeline and the acts that are open.

    Parameters
    ----------
    number
        Of the case.
    data
        Data folder.
    """

    async def work(node: Node) -> None:
        async with node.database.tenant(node.tenant) as connection:
            shown = await view(connection, number, _OPERATOR)
        print(msgspec.json.format(msgspec.json.encode(shown), indent=1).decode())

    with_node(data, work)


@cases_app.command(name="act")
def act_on_case(
    number: str,
    act: str,
    /,
    *,
    reason: str = "",
    organisation: str | None = None,
    evidence: tuple[str, ...] = (),
    position: int | None = None,
    key: str | None = None,
    data: Path | None = None,
) -> None:
    """Do an act on a case: `acts` of `quanyu cases show` names those that are open.

    Parameters
    ----------
    number
        Of the case.
    act
        Its name, e.g. accept.
    reason
        Why.
    organisation
        The body that it goes to.
    evidence
        Words, or photos as after:<id>.
    position
        Which one is meant where work stands in several places.
    key
        The same key again changes nothing.
    data
        Data folder.
    """

    async def work(node: Node) -> None:
        wanted = Act(name=act, reason=reason, organisation=organisation, evidence=evidence, position=position)
        async with node.database.tenant(node.tenant) as connection:
            await check_recipients(connection, wanted)
            cases = Cases(connection, node.tenant, node.clock())
            moved = await cases.act(number, wanted, _OPERATOR, key=key)
        say("app.cli.cases.acted", id=moved.id, state=moved.state)

    with_node(data, work)


@cases_app.command(name="import")
def import_cases(file: Path, /, *, mapping: Path, data: Path | None = None) -> int:
    """Take over cases of another system; exit code 1 where lines are refused, which are shown with their reasons.

    Parameters
    ----------
    file
        CSV in any usual encoding, JSON lines or a JSON list.
    mapping
        JSON: which column is what, which of their words is which of ours (docs/cases.md).
    data
        Data folder.
    """

    require((file, mapping))
    said = read(mapping)

    async def work(node: Node) -> int:
        done = await take_file(
            node.database, node.folder, node.tenant, file, said,
            actor=_OPERATOR.id, clock=node.clock,
        )  # fmt: skip
        async with node.database.tenant(node.tenant) as connection:
            refused = await refusals(connection, done.id, after=0, limit=_SHOWN)
        for one in refused:
            print(f"{one.line}\t{'; '.join(reasons(one, language()))}")
        if done.fault is not None:
            raise Invalid("app.cli.said", text=done.fault)
        say("app.cli.cases.imported", read=done.read, made=done.made, known=done.known, refused=done.refused)
        return int(done.refused > 0)

    return with_node(data, work)
