"""The command `quanyu`: one module a group of commands, each ends with a clear last line and an exit code.

0 done · 1 the work is done with refusals that need a look (verify, drill) · 2 wrong input · 3 something is away.
"""

import sys
from collections.abc import Sequence

from cyclopts import App

from quanyu import __version__
from quanyu.app.cli.terminal import language
from quanyu.core.errors import Invalid, QuanyuError, Unavailable
from quanyu.core.modules import do_without_extras
from quanyu.core.process import collect_rarely, have_standard_streams, leave, undisturbed

COMMANDS = {
    "start": ("node:start", "Start a node in the foreground: database, API, portal and worker."),
    "import": (
        "data:import_files",
        "Import files as one dataset: read, typed, mapped, checked by rules, catalogued.",
    ),
    "api": ("api:call", "Send one request to a node: whatever its API can do, from the command line."),
    "share": ("share:share_app", "Sharing of data: requests, contracts, queries under a contract."),
    "source": (
        "sources:app",
        "Sources that keep running: HTTP, SQL databases, MQTT, JT/T 808, watched folders, NGSI-LD pushes.",
    ),
    "jt808": ("jt808:jt808_app", "JT/T 808: frames of vehicle terminals."),
    "node": ("nodes:app", "Other nodes: province, city, county, department, company."),
    "cases": ("cases:cases_app", "Cases: from the report to the call-back."),
    "rules": ("rules:rules_app", "Rules over the twin: what opens events and cases by itself."),
    "indicators": ("indicators:indicators_app", "Indicators of the city: what they say, what they came to."),
    "workflow": ("workflow:workflow_app", "Workflows: states, roles and deadlines as data."),
    "calendar": ("workflow:calendar_app", "Calendars of working time, with their holidays."),
    "trace": (
        "upkeep:trace_entity",
        "Show where an entity comes from, step by step: dataset, record, import, file, line.",
    ),
    "backup": ("upkeep:make_backup", "Write database and files into one archive, while the node goes on."),
    "restore": ("upkeep:restore_backup", "Restore an archive into an empty data folder."),
    "passwd": ("upkeep:passwd", "Give an account a new one-time password; the old one and its sessions end."),
    "regions": ("upkeep:regions_app", "Codes of administrative divisions (GB/T 2260)."),
    "evidence": ("upkeep:evidence_app", "The evidence chain."),
    "pack": ("packs:app", "Scenario packs 场景包: what a city switches on."),
}
"""Where each command stands, and its line of help: only the one that is called is loaded."""

app = App(
    name="quanyu",
    version=__version__,
    help="Quanyu 全域: the foundation of a digital city 城市数字化共性基础平台",
)
for name, (place, said) in COMMANDS.items():
    app.command(f"{__name__}.{place}", name=name, help=said)


_READER_GONE = 141
"""As shells say of a command whose reader has seen enough (`quanyu … | head`)."""


def main() -> None:
    have_standard_streams()
    collect_rarely()
    do_without_extras()
    leave(run_command(sys.argv[1:]))


def run_command(words: Sequence[str]) -> int:
    """What stands behind `quanyu`; returns the exit code."""
    try:
        with undisturbed():
            app.parse_args(words)  # loads what the command needs
        app(words)
    except BrokenPipeError:
        return _READER_GONE
    except QuanyuError as error:
        if isinstance(error.__cause__, BrokenPipeError):  # written in the midst of a transaction
            return _READER_GONE
        _explain(error)
        return 3 if isinstance(error, Unavailable) else 2
    except KeyboardInterrupt:
        return 130
    except SystemExit as ended:
        return int(ended.code or 0)
    return 0


def _explain(error: QuanyuError) -> None:
    spoken = language()
    print(error.text(spoken), file=sys.stderr)
    if isinstance(error, Invalid):
        for fault in error.faults:
            line = f"{fault.where}: {fault.text(spoken)}" if fault.where else fault.text(spoken)
            if line != error.text(spoken):
                print(f"  {line}", file=sys.stderr)
