"""`python -m bench [NAME …]`: every benchmark in turn, each in a process of its own, or only those named.

`large_import` takes tens of gigabytes of disk and is run where it is named.
"""

import os
import platform
import subprocess
import sys
from pathlib import Path

FOLDER = Path(__file__).parent
NAMES = (
    "start",
    "import",
    "governed_sql",
    "search",
    "twin",
    "growth",
    "history",
    "subscriptions",
    "map",
    "understanding",
    "rules",
    "jt808",
    "cascade",
    "replay",
    "drill",
    "killed_node",
    "reports",
    "indicators",
    "inbox",
    "overview",
    "pages",
    "portal",
    "roads",
    "parking",
    "emergency",
    "first_call",
    "sanitation",
    "scale",
)
ON_DEMAND = ("large_import",)


def main(wanted: list[str]) -> int:
    unknown = set(wanted) - {*NAMES, *ON_DEMAND}
    if unknown:
        print(
            f"no benchmark called {', '.join(sorted(unknown))}; there are {', '.join((*NAMES, *ON_DEMAND))}",
            file=sys.stderr,
        )
        return 2
    cores = len(os.sched_getaffinity(0))
    print(
        f"{platform.machine()}, {cores} cores, {_memory_gib():.0f} GiB, Python {platform.python_version()}",
        flush=True,
    )
    failed = 0
    for name in wanted or NAMES:
        print(f"\n== {name}", flush=True)
        failed |= subprocess.run(
            [sys.executable, FOLDER / f"bench_{name}.py"], cwd=FOLDER.parent, check=False,
            env=os.environ | {"PYTHONPATH": str(FOLDER.parent)},
        ).returncode  # fmt: skip
    return failed


def _memory_gib() -> float:
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1024**3


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
