"""A real cluster on this machine: a master and two workers, each a process, of the Spark that comes with PySpark."""

import importlib.util
import os
import re
import shutil
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest

from quanyu.query import DuckEngine, Engine, open_engine

_JOBS = "org.apache.spark.deploy"
_STARTED = re.compile(r"Starting Spark master at (spark://\S+)")


@pytest.fixture(scope="session")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    found = importlib.util.find_spec("pyspark")
    if found is None or found.origin is None:
        pytest.skip("PySpark is not installed: pip install quanyu[spark]")
    if shutil.which("java") is None:
        pytest.skip("there is no Java: apt install default-jre-headless")
    home, folder = Path(found.origin).parent, tmp_path_factory.mktemp("spark")
    os.environ["SPARK_LOCAL_IP"] = "127.0.0.1"
    started: list[subprocess.Popen[bytes]] = []

    def start(kind: str, *arguments: str) -> Path:
        log = folder / f"{len(started)}.log"
        with log.open("wb") as file:
            made = subprocess.Popen(
                [home / "bin" / "spark-class", f"{_JOBS}.{kind}", "--host", "127.0.0.1", "--port", "0", "--webui-port", "0", *arguments],
                stdout=file, stderr=file, env={**os.environ, "SPARK_HOME": str(home), "SPARK_DAEMON_MEMORY": "256m"}, cwd=folder,
            )  # fmt: skip
        started.append(made)
        return log

    try:
        master = _address(start("master.Master"), started[0])
        for number in (1, 2):
            start(
                "worker.Worker",
                "--cores",
                "1",
                "--memory",
                "1g",
                "--work-dir",
                str(folder / f"w{number}"),
                master,
            )
        yield master
    finally:
        for one in reversed(started):
            one.terminate()
            one.wait(30)


def _address(log: Path, master: subprocess.Popen[bytes]) -> str:
    while not (found := _STARTED.search(log.read_text(errors="replace"))):
        assert master.poll() is None, log.read_text(errors="replace")
        time.sleep(0.1)
    return found[1]


@pytest.fixture(scope="session")
def spark_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("data")


@pytest.fixture(scope="session")
def engines(cluster: str, spark_folder: Path) -> Iterator[tuple[Engine, Engine]]:
    """DuckDB and the cluster over the same folder."""
    both = DuckEngine(spark_folder), open_engine(cluster, spark_folder)
    yield both
    for one in both:
        one.close()


_PEOPLE = """
select i::bigint as _row, 'P' || i as "姓名", case when i % 11 > 0 then (13800000000 + i)::varchar end as phone,
  date '1990-01-01' + (i % 400)::int as born, (i % 7)::int as district, i * 10.37::double as income, (i * 1.5)::decimal(10, 2) as paid,
  timestamp '2026-01-01 00:30:00' + i * interval '1 hour' as seen, i % 2 = 0 as even
from range({first}, {last}) as r(i)
"""


@pytest.fixture(scope="session")
def people(spark_folder: Path) -> list[str]:
    """Two imports of a register, and the list of three records that the second has replaced."""
    paths = [str(spark_folder / f"{name}.parquet") for name in ("20260101-a", "20260102-b", "gone")]
    with duckdb.connect() as made:
        for path, first, last in ((paths[0], 0, 300), (paths[1], 300, 600)):
            made.execute(f"copy ({_PEOPLE.format(first=first, last=last)}) to '{path}' (format parquet)")
        made.execute(
            f"copy (select '{paths[0]}' as part, i as _row from range(3) r(i)) to '{paths[2]}' (format parquet)"
        )
    return paths
