"""What a core does in a second over records in files, on DuckDB and, where PySpark and Java are, on Spark.

.venv/bin/python bench/bench_scale.py [5000000]

From these figures `machines` counts what a province needs: docs/scale.md.
"""

import importlib.util
import os
import resource
import shutil
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

import duckdb

from quanyu.query import DuckEngine, Engine, open_engine, rows_of

_CASES = """
select i as _row, 'C' || i as number, (i % 3000)::varchar as street, timestamp '2026-01-01' + i * interval '7 second' as opened,
  (i * 7919 % 4320)::double as minutes, ['满意', '不满意', '未评'][(i * 31 % 3 + 1)::int] as said, '市民反映' || md5(i::varchar) || '路灯不亮' as text
from range({rows}) as r(i)
"""
QUESTIONS = {
    "count by street": "select street, count(*), avg(minutes) from {0} group by street",
    "share in a month": "select count(*) filter (where said = '满意') / count(*) from {0} where opened >= timestamp '2026-02-01'",
    "median by day": "select date_trunc('day', opened), median(minutes) from {0} group by 1",
    "text": "select count(*) from {0} where contains(text, '99f')",
}


def main(rows: int) -> int:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        path = folder / "cases.parquet"
        duckdb.sql(_CASES.format(rows=rows)).write_parquet(str(path), compression="zstd")
        print(f"{rows:,} records of {path.stat().st_size / rows:.0f} bytes in Parquet")
        measure("DuckDB", DuckEngine(folder), path, rows)
        if importlib.util.find_spec("pyspark") is None or shutil.which("java") is None:
            print("Spark is not here: no PySpark, or no Java")
            return 0
        os.environ["SPARK_LOCAL_IP"] = "127.0.0.1"
        measure("Spark", open_engine("local[2]", folder), path, rows)
    return 0


def measure(name: str, engine: Engine, path: Path, rows: int) -> None:
    """CPU seconds of this process and of the Java behind it: others on the machine do not count."""
    table = f"read_parquet(['{path}'])"
    for title, sql in QUESTIONS.items():
        spent = []
        for _ in range(3):
            before, began = _cpu(), time.perf_counter()
            session = engine.session([str(path)])
            rows_of(session.stream(sql.format(table)))
            session.close()
            spent.append((_cpu() - before, time.perf_counter() - began))
        cpu, wall = min(spent)
        print(
            f"{name:7} {title:18} {rows / cpu / 1e6:6.1f} million records a core and second ({cpu:.2f} s CPU, {wall:.2f} s)"
        )
    engine.close()


def _cpu() -> float:
    own = resource.getrusage(resource.RUSAGE_SELF)
    spent = own.ru_utime + own.ru_stime
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text().rpartition(")")[2].split()
            if stat.parent.joinpath("comm").read_text().strip() == "java" and _is_ours(int(fields[1])):
                spent += (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
        except OSError:
            continue
    return spent


def _is_ours(parent: int) -> bool:
    while parent > 1:
        if parent == os.getpid():
            return True
        parent = int(Path(f"/proc/{parent}/stat").read_text().rpartition(")")[2].split()[1])
    return False


@dataclass(frozen=True, slots=True, kw_only=True)
class Province:
    """What is asked: `scanned` records in the largest question of one asker, `asked` of those a minute, answered in `seconds`."""

    people: int = 100_000_000
    records_per_person: int = 300
    record_bytes: int = 50
    copies: int = 3
    scanned: float = 10e9
    asked: float = 6.0
    seconds: float = 30.0


def machines(province: Province, *, by_core: float, cores: int = 32, disk: float = 16e12) -> dict[str, float]:
    """`by_core` is records a core and second. Machines are kept two thirds busy, disks two thirds full."""
    records = province.people * province.records_per_person
    stored = records * province.record_bytes * province.copies
    for_one = province.scanned / province.seconds / by_core
    for_all = province.scanned * province.asked / 60 / by_core
    return {
        "records": records,
        "stored bytes": stored,
        "machines for one question": for_one / cores * 1.5,
        "machines for all questions": for_all / cores * 1.5,
        "machines for storage": stored / disk * 1.5,
    }


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else 5_000_000))
