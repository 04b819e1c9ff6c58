"""Import and profile against DuckDB's own read_csv -> Parquet, in one run. Run: python bench/bench_import.py [rows [repetitions]]

The file has 20 columns and about 253 MiB a million rows; the same rows always. About one record in nine is refused.
"""

import asyncio
import resource
import shutil
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb

from quanyu.govern.engine.model import EngineJob, EngineReport, InputFile, RawPolicy
from quanyu.govern.engine.process import run
from quanyu.govern.quality.rules import Rule

ROWS = """
select 1000000 + i as rec_id,
    strftime(timestamp '2024-01-01' + to_seconds((i * 31)::bigint), '%Y-%m-%d %H:%M:%S') as open_time,
    case when r(i, 2) < 0.15 then null else strftime(timestamp '2024-01-01' + to_seconds((i * 31)::bigint
        + case when r(i, 3) < 0.02 then -86400 else (r(i, 4) * 864000)::bigint end), '%Y-%m-%d %H:%M:%S') end as close_time,
    440300 + (r(i, 5) * 10)::int as region_code,
    '街道' || (r(i, 6) * 70)::int as street, '社区' || (r(i, 7) * 600)::int as community,
    'T' || lpad(((r(i, 8) * 400)::int)::varchar, 4, '0') as type_code, '事件类型' || (r(i, 8) * 400)::int as type_name,
    'U' || (r(i, 9) * 150)::int as unit_code, '处置单位' || (r(i, 9) * 150)::int as unit_name,
    ['12345', '12319', '美丽深圳', '政府信箱', '固话投诉'][1 + (r(i, 10) * 4)::int] as source,
    case when r(i, 11) < 0.06 then 0.0 else round(113.8 + r(i, 12) * 0.6, 6) end as lon,
    case when r(i, 11) < 0.06 then 0.0 else round(22.45 + r(i, 13) * 0.4, 6) end as lat,
    case when r(i, 14) < 0.0005 then -1 else (r(i, 15) * 500)::int end as report_num,
    (r(i, 16) * 3)::int as operate_num,
    case when r(i, 17) < 0.03 then 'n.v.t.' else round(r(i, 18) * 1000, 2)::varchar end as amount,
    '138' || lpad(((r(i, 19) * 99999999)::int)::varchar, 8, '0') as phone,
    r(i, 20) < 0.3 as urgent,
    '关于' || (r(i, 21) * 600)::int || '号井盖破损占道经营噪声扰民的投诉' || (r(i, 22) * 9999)::int as title,
    '深圳市街道' || (r(i, 6) * 70)::int || '路' || (r(i, 23) * 400)::int || '号' || (r(i, 24) * 40)::int || '栋' as address
from range({rows}) t(i)
"""
_WIDE = """
select {columns} from range({rows}) t(i)
"""


def main(rows: int = 1_000_000, repetitions: int = 3) -> None:
    with tempfile.TemporaryDirectory(prefix="quanyu-bench-") as folder:
        work = Path(folder)
        events = generate(work / "events.csv", ROWS.format(rows=rows))
        print(
            f"file: {rows:,} records, 20 columns, {events.stat().st_size / 2**20:.0f} MiB; best of {repetitions}"
        )
        rules = _twenty(_imported(events, work / "rules", propose_mapping=False, raw=RawPolicy.UPLOAD).report)
        stages: dict[str, Any] = {
            "rules": rules, "suggest": False, "propose_mapping": False, "raw": RawPolicy.UPLOAD,
        }  # fmt: skip
        baselines, goal, whole = [], [], []
        for _ in range(repetitions):
            baselines.append(_baseline(events, work))
            goal.append(_imported(events, work / "goal", **stages))
            whole.append(_imported(events, work / "whole"))
        baseline = min(baselines)
        print(f"DuckDB read_csv -> Parquet: {baseline:.2f} s")
        _print("typing, 20 saved rules, quarantine, provenance, Parquet, profile (goal 3)", goal, baseline)
        _print(
            "the whole path: also rules and mapping found out, raw text kept, entities written",
            whole,
            baseline,
        )
        wide = generate(work / "wide.csv", _WIDE.format(rows=rows, columns=_thirty_columns()))
        timings = _imported(wide, work / "wide", **{**stages, "rules": ()}).report.timings
        seconds = timings["survey"] + timings["profile"]
        print(f"profile of {rows:,} x 30: {seconds:.2f} s (goal 5 for 1,000,000)")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Run:
    """`seconds` by the clock and `cpu` of the child process, its start included."""

    report: EngineReport
    seconds: float
    cpu: float


def _print(what: str, runs: list[_Run], baseline: float) -> None:
    best = min(runs, key=lambda run: run.seconds)
    report = best.report
    print(
        f"{what}: {best.seconds:.2f} s = {best.seconds / baseline:.2f} x baseline, CPU {best.cpu:.2f} s,"
        f" peak {report.peak_rss_mib} MiB (goal 1536)"
    )
    print(
        f"  {len(report.results)} rules, {report.quarantined / report.read:.1%} refused,"
        f" {report.entities:,} entities; {report.timings}"
    )


def _twenty(report: EngineReport) -> tuple[Rule, ...]:
    """Those that something breaks, and others up to twenty."""
    results = sorted(report.results, key=lambda result: -result.violations)
    return tuple(result.rule for result in results[:20])


def _thirty_columns() -> str:
    """Ten numbers, ten codes and words, five moments, five long texts."""
    numbers = [f"round(r(i, {k}) * 1000, 2) as number{k}" for k in range(10)]
    words = [f"'W' || (r(i, {k}) * {10 ** (k % 4 + 1)})::int as word{k}" for k in range(10, 20)]
    moments = [
        f"strftime(timestamp '2024-01-01' + to_seconds((r(i, {k}) * 30000000)::bigint), '%Y-%m-%d %H:%M:%S') as moment{k}"
        for k in range(20, 25)
    ]
    texts = [f"'一段文字' || (r(i, {k}) * 1000000)::int || '其余的话' as text{k}" for k in range(25, 30)]
    return ", ".join([*numbers, *words, *moments, *texts])


def generate(path: Path, query: str) -> Path:
    with duckdb.connect() as connection:
        connection.execute("create macro r(i, k) as (hash(i * 64 + k) % 1000000) / 1000000.0")
        connection.execute(f"copy ({query}) to '{path}' (header)")
    return path


def _baseline(file: Path, work: Path) -> float:
    start = time.perf_counter()
    with duckdb.connect(config={"threads": 2}) as connection:
        connection.execute(
            f"copy (from read_csv('{file}')) to '{work / 'baseline.parquet'}' (compression zstd)"
        )
    return time.perf_counter() - start


def _imported(file: Path, workdir: Path, **more: Any) -> _Run:
    files = (InputFile(path=str(file), name=file.name),)
    job = EngineJob(dataset="events", import_id="bench", files=files, workdir=str(workdir), **more)
    start, cpu = time.perf_counter(), _cpu()
    report = asyncio.run(run(job, on_progress=lambda _: None))
    seconds = time.perf_counter() - start
    shutil.rmtree(workdir)
    return _Run(report=report, seconds=seconds, cpu=_cpu() - cpu)


def _cpu() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


if __name__ == "__main__":
    main(*(int(argument) for argument in sys.argv[1:]))
