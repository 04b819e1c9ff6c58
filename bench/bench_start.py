"""How soon a node is ready: first start, after a clean stop, after kill -9 in the middle of writing; and its memory."""

import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from pathlib import Path

from tests.faults.processes import children

QUANYU = Path(sys.executable).with_name("quanyu")


def main() -> None:
    with tempfile.TemporaryDirectory(prefix="quanyu-bench-") as scratch:
        data = Path(scratch) / "data"
        print(f"first start to ready   {_timed(data, signal.SIGTERM):6.2f} s")
        print(f"after a clean stop     {_timed(data, signal.SIGKILL):6.2f} s   (goal ≤ 3)")
        print(f"after kill -9          {_timed(data, signal.SIGTERM, show_memory=True):6.2f} s   (goal ≤ 15)")


def _timed(data: Path, end: signal.Signals, *, show_memory: bool = False) -> float:
    port = _free_port()
    began = time.perf_counter()
    node = subprocess.Popen([QUANYU, "start", "--data", data, "--port", str(port)], stdout=subprocess.DEVNULL)
    try:
        while not _ready(port):
            if node.poll() is not None:
                raise SystemExit("the node does not start")
            time.sleep(0.01)
        seconds = time.perf_counter() - began
        if show_memory:
            time.sleep(5)
            print(f"node process, idle     {_resident_mib(node.pid):6.0f} MiB (goal ≤ 300)")
            together = sum(
                _share_mib(process) for process in (node.pid, *children(node.pid, "quanyu.app.worker"))
            )
            print(f"with its workers       {together:6.0f} MiB, what they share counted once")
    finally:
        node.send_signal(end)
        node.wait()
    return seconds


def _ready(port: int) -> bool:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/readyz", timeout=1) as answer:
            return bool(answer.status == 200)
    except (urllib.error.URLError, OSError):
        return False


def _resident_mib(process: int) -> float:
    pages = int(Path(f"/proc/{process}/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1024**2


def _share_mib(process: int) -> float:
    """Memory that several processes have mapped counts in parts (proportional set size)."""
    told = Path(f"/proc/{process}/smaps_rollup").read_text()
    return next(int(line.split()[1]) for line in told.splitlines() if line.startswith("Pss:")) / 1024


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


if __name__ == "__main__":
    main()
