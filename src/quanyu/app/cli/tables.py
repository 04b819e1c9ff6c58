"""Tables that commands print."""

import sys
from collections.abc import Iterable, Sequence

from rich.console import Console
from rich.table import Column, Table
from rich.text import Text

from quanyu.app.cli.terminal import language
from quanyu.core.messages import text

_WIDEST = 10_000


def show_table(about: str, columns: Sequence[str], lines: Iterable[Sequence[str]]) -> None:
    """Nothing is cut: what finds no room goes on below it, and who reads from a pipe has every line whole.

    `about`: of what the catalogue has the titles of the columns. By the first one a line is named to other commands.
    """
    first, *others = (text(f"app.cli.{about}.column.{column}", language()) for column in columns)
    titles = (Column(first, no_wrap=True), *(Column(title, overflow="fold") for title in others))
    table = Table(*titles, box=None)
    for line in lines:
        table.add_row(*map(Text, line))
    Console(width=None if sys.stdout.isatty() else _WIDEST).print(table)
