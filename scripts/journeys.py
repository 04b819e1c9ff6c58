"""`python -m scripts.journeys [j1 …]`: the acceptance check of each journey of the city, or of those named: its tests, then its bench.

Real data is read from QUANYU_REAL_DATA, else ../shared/data; without it, what needs it is skipped and says so.
"""

import argparse
import os
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[1]


@dataclass(frozen=True, slots=True, kw_only=True)
class Journey:
    """`tests` are files and folders for pytest, `bench` names of `python -m bench`."""

    name: str
    title: str
    tests: tuple[str, ...]
    bench: tuple[str, ...] = ()


JOURNEYS = (
    Journey(name="j1", title="一只井盖: from report to budget", tests=("tests/unit/act/test_replay.py", "tests/unit/evaluate")),
    Journey(
        name="j2", title="一条数据: county needs provincial data",
        tests=("tests/flows/test_nodes_story.py",),
    ),
    Journey(
        name="j3", title="云窗口: clocks of what is promised, one race for a place (in part)",
        tests=("tests/unit/workflow", "tests/unit/scenarios/parking/test_booking.py"),
    ),
    Journey(name="j4", title="急救: the nearest who can save", tests=("tests/unit/scenarios/emergency",), bench=("emergency",)),
    Journey(name="j5", title="停车与拥堵", tests=("tests/unit/scenarios/parking",), bench=("parking",)),
    Journey(name="j6", title="环卫政企联动", tests=("tests/unit/scenarios/sanitation",), bench=("sanitation",)),
    Journey(
        name="j7", title="一江清水: events until recovery, one case over three nodes (in part)",
        tests=("tests/unit/act/rules", "tests/unit/federation/test_shared_cases.py"),
    ),
)  # fmt: skip


def commands(journey: Journey) -> list[list[str]]:
    tests = [sys.executable, "-m", "pytest", "-q", *journey.tests]
    return [tests, *([sys.executable, "-m", "bench", name] for name in journey.bench)]


def main(said: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m scripts.journeys", description=__doc__)
    parser.add_argument(
        "journeys", nargs="*", metavar="JOURNEY", choices=[[], *(one.name for one in JOURNEYS)]
    )
    named = parser.parse_args(said).journeys
    results = [(one, *_run(one)) for one in JOURNEYS if not named or one.name in named]
    for journey, passed, seconds in results:
        print(f"{journey.name}  {'passed' if passed else 'FAILED'}  {seconds:5.0f} s  {journey.title}")
    print("load of the last 1, 5, 15 minutes: " + ", ".join(f"{one:.1f}" for one in os.getloadavg()))
    return 0 if all(passed for _, passed, _ in results) else 1


def _run(journey: Journey) -> tuple[bool, float]:
    """Whether every command passed; all are run."""
    print(f"== {journey.name} {journey.title}", flush=True)
    began = time.monotonic()
    codes = [subprocess.run(command, cwd=ROOT, check=False).returncode for command in commands(journey)]
    return not any(codes), time.monotonic() - began


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
