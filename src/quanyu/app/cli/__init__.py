"""The command `quanyu`: one module a group of commands, each ends with a clear last line and an exit code.

0 done · 1 the work is done with refusals that need a look (verify, drill) · 2 wrong input · 3 something is away.
"""

import sys

from cyclopts import App

from quanyu import __version__
from quanyu.app.cli import (
    cases,
    data,
    indicators,
    jt808,
    node,
    nodes,
    packs,
    rules,
    share,
    sources,
    upkeep,
    workflow,
)
from quanyu.app.cli.terminal import language
from quanyu.core.errors import Invalid, QuanyuError, Unavailable

app = App(
    name="quanyu",
    version=__version__,
    help="Quanyu 全域: the foundation of a digital city 城市数字化共性基础平台",
)
for group in (node, data, share, sources, jt808, nodes, cases, rules, indicators, workflow, upkeep, packs):
    group.register(app)


def main() -> None:
    try:
        code = app()
    except QuanyuError as error:
        _explain(error)
        sys.exit(3 if isinstance(error, Unavailable) else 2)
    except KeyboardInterrupt:
        sys.exit(130)
    sys.exit(code if isinstance(code, int) else 0)


def _explain(error: QuanyuError) -> None:
    spoken = language()
    print(error.text(spoken), file=sys.stderr)
    if isinstance(error, Invalid):
        for fault in error.faults:
            line = f"{fault.where}: {fault.text(spoken)}" if fault.where else fault.text(spoken)
            if line != error.text(spoken):
                print(f"  {line}", file=sys.stderr)
