"""Commands on cases: train."""

from pathlib import Path
from typing import Annotated

from cyclopts import App, Parameter

from quanyu.act.understanding.labelled_file import Columns, read_labelled
from quanyu.act.understanding.training import other_cases, own_cases, train
from quanyu.app.cli.terminal import say, with_node
from quanyu.app.node import Node

OWN = "cases"
_USUAL = Columns()

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


def register(app: App) -> None:
    app.command(cases_app)
