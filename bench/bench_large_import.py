"""A file of gigabytes through a whole node, from the command line to its entities: time, memory and the disk that it needs.

Run: python -m bench large_import; python bench/bench_large_import.py [rows [folder]]

8,100,000 rows are 2.1 GB. Memory is the resident size of the node, its engine and the command together, the database apart;
it is looked at twice a second. The folder (else one of the system's for temporary files) holds everything meanwhile.
"""

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from bench.bench_import import ROWS, generate
from tests.running import QUANYU, node_in

_LOOK_SECONDS = 0.5


@dataclass(slots=True)
class Peaks:
    """MiB; `disk` is what the volume had less than in the beginning, the file itself not counted."""

    node: int = 0
    other: int = 0
    together: int = 0
    disk: int = 0


def main(rows: int = 8_100_000, folder: str | None = None) -> None:
    with tempfile.TemporaryDirectory(prefix="quanyu-bench-", dir=folder) as work:
        file = generate(Path(work) / "events.csv", ROWS.format(rows=rows))
        print(f"file: {rows:,} records, 20 columns, {file.stat().st_size / 1e9:.2f} GB", flush=True)
        with node_in(Path(work) / "node") as node, _watched(node.pid, Path(work)) as peaks:
            began = time.perf_counter()
            said = subprocess.run(
                [QUANYU, "import", file, "--data", node.data, "--json"],
                stdout=subprocess.PIPE, text=True, check=True,
            ).stdout  # fmt: skip
            seconds = time.perf_counter() - began
            node.stop()
        report = json.loads(said.splitlines()[-1])
        print(f"{report['read']:,} read, {report['accepted']:,} accepted, {report['quarantined']:,} refused")
        print(f"{seconds:.0f} s, {rows / seconds:,.0f} records/s")
        print(
            f"memory at most: {peaks.together:,} MiB together (goal 953: 1 GB), node {peaks.node:,} MiB,"
            f" another process {peaks.other:,} MiB; disk at most {peaks.disk / 1024:.1f} GiB"
        )


@contextmanager
def _watched(pid: int, folder: Path) -> Iterator[Peaks]:
    peaks, over = Peaks(), threading.Event()
    before = shutil.disk_usage(folder).free

    def look() -> None:
        while not over.wait(_LOOK_SECONDS):
            sizes = dict(_resident(os.getpid()))
            del sizes[os.getpid()]
            node = sizes.pop(pid, 0)
            peaks.node = max(peaks.node, node)
            peaks.other = max(peaks.other, *sizes.values(), 0)
            peaks.together = max(peaks.together, node + sum(sizes.values()))
            peaks.disk = max(peaks.disk, (before - shutil.disk_usage(folder).free) >> 20)

    looking = threading.Thread(target=look)
    looking.start()
    try:
        yield peaks
    finally:
        over.set()
        looking.join()


def _resident(pid: int) -> Iterator[tuple[int, int]]:
    """Process and MiB of `pid` and of what it started, without the database."""
    try:
        status = Path(f"/proc/{pid}/status").read_text()
        tasks = Path(f"/proc/{pid}/task").iterdir()
        children = [child for task in tasks for child in (task / "children").read_text().split()]
    except OSError:  # it is gone
        return
    if "postgres" in status.splitlines()[0]:
        return
    if size := re.search(r"VmRSS:\s+(\d+)", status):
        yield pid, int(size[1]) >> 10
    for child in children:
        yield from _resident(int(child))


if __name__ == "__main__":
    main(*(int(one) for one in sys.argv[1:2]), *sys.argv[2:3])
