"""All monthly indicators of a million cases: counted anew, and again after a thousand changes; beside one bare statement.

Run: python bench/bench_indicators.py [cases]
"""

import asyncio
import os
import resource
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
from datetime import UTC, date, datetime
from pathlib import Path

from quanyu.app.node import PACKAGES
from quanyu.evaluate.indicators.compute import Wanted, compute
from quanyu.evaluate.indicators.definitions import ensure_shipped, known
from quanyu.evaluate.indicators.periods import PeriodKind
from quanyu.store import Connection, Database, EmbeddedPostgres, connect_owner, embedded_address, migrate

TENANT = "bench"
NOW = datetime(2026, 10, 31, 9, tzinfo=UTC)
FIRST, LAST = date(2026, 1, 1), date(2026, 10, 31)
MONTHS = 10

CASES = """
insert into case_record (tenant, id, instance, class, channel, title, description, lon, lat, region, follow, state, organisation, due,
  reported, closed, outcome, callback, words, handled_by, filed, late, reworks, reopened, sent_back, created, changed)
select $1, 'C' || n, 'W' || n, 'E0' || 1 + n % 6 || lpad((n * 7 % 20)::text, 3, '0'),
  (array['resident', 'hotline', 'patrol', 'sensor'])[1 + n % 4], 'case ' || n, 'something is broken at the corner of street ' || n,
  121 + (n % 1000) / 2000.0, 31 + (n % 997) / 2000.0, '31010' || 1 + n % 8 || '00' || 1 + n % 9, '',
  case when n % 20 = 0 then 'handling' else 'archived' end, 'body' || n % 40, t.at + interval '1 day', t.at,
  case when n % 20 > 0 then t.at + n % 97 * interval '1 hour' end,
  case when n % 20 > 0 then case n % 33 when 0 then 'rejected' when 1 then 'merged' else 'archived' end end,
  case when n % 3 = 0 then jsonb_build_object('valid', n % 9 > 0, 'contacted', true, 'solved', n % 15 > 2,
    'satisfaction', (array['satisfied', 'fairly', 'dissatisfied'])[1 + n / 3 % 3]) end,
  '', 'body' || n % 40, t.at + interval '10 minutes', n % 7 = 0, (n % 11 = 0)::int, (n % 29 = 0)::int, (n % 31 = 0)::int, t.at, t.at
from generate_series(1, $2::int) n, lateral (select '2026-01-01T00:00+08'::timestamptz + n * (interval '304 days' / $2) as at) t
"""
STEPS = """
insert into workflow_step (tenant, instance, number, at, actor, act, body)
select $1, r.instance, s.n, r.reported + s.n * interval '20 minutes', 'person' || (length(r.id) * s.n + s.n) % 30, s.act,
  jsonb_build_object('number', s.n, 'at', r.reported, 'actor', 'x', 'act', s.act, 'position', 1, 'origin', s.origin,
    'target', s.target, 'due', r.reported + s.n * interval '30 minutes', 'late', ascii(right(r.id, 1)) % 10 = 0)
from case_record r, (values (1, 'open', '', 'reported'), (2, 'accept', 'reported', 'accepted'), (3, 'file', 'accepted', 'filed'),
  (4, 'dispatch', 'filed', 'handling'), (5, 'handled', 'handling', 'checking'), (6, 'pass', 'checking', 'closing')) s(n, act, origin, target)
where r.tenant = $1 and r.reported >= '2026-10-01T00:00+08'
"""
BARE = """
select date_trunc('month', reported at time zone 'Asia/Shanghai'), handled_by, count(*),
  count(*) filter (where outcome = 'archived'), count(*) filter (where outcome = 'archived' and not late)
from case_record where tenant = $1 and coalesce(outcome, '') not in ('merged', 'void', 'rejected') group by 1, 2
"""
CHANGE = "update case_record set late = not late, changed = now() where tenant = $1 and instance in (select 'W' || n from generate_series($2::int - 999, $2) n)"


async def main(cases: int) -> None:
    with tempfile.TemporaryDirectory() as name:
        server = EmbeddedPostgres(Path(name) / "postgres")
        await server.start()
        try:
            owner = await connect_owner(embedded_address(server))
            await migrate(owner, PACKAGES)
            began = time.perf_counter()
            await owner.execute(CASES, TENANT, cases)
            await owner.execute(STEPS, TENANT)
            await owner.execute("vacuum analyze case_record, workflow_step")
            await owner.close()
            print(f"{cases:,} cases in {MONTHS} months, made in {time.perf_counter() - began:.0f} s")
            database = await Database.open(embedded_address(server))
            await measured(database, Path(name), cases)
            await database.close()
        finally:
            await server.stop()


async def measured(database: Database, folder: Path, cases: int) -> None:
    async with database.tenant(TENANT) as connection:
        await ensure_shipped(connection, TENANT, now=NOW)
        newest = (await known(connection)).newest()
        monthly = {code for code, one in newest.items() if one.said.period is PeriodKind.MONTH}
        posts = {code for code in monthly if newest[code].said.domain == "post"}
    of_cases = Wanted(codes=tuple(monthly - posts), first=FIRST, last=LAST)
    whole = Wanted(codes=tuple(monthly), first=LAST, last=LAST)

    async def counted(connection: Connection, wanted: Wanted) -> int:
        return len((await compute(connection, TENANT, folder, wanted, now=NOW)).values)

    async def bare(connection: Connection) -> int:
        return len(await connection.fetch(BARE, TENANT))

    await took(database, bare)
    least, _ = await took(database, bare)
    seconds, number = await took(database, lambda one: counted(one, of_cases))
    print(
        f"{len(monthly - posts)} monthly indicators of cases, all months: {number:,} values in {seconds:.1f} s (goal < 10); "
        f"one bare statement with 3 counts by body {least:.2f} s, ratio {seconds / least:.1f}"
    )
    seconds, number = await took(database, lambda one: counted(one, whole))
    print(f"all {len(monthly)} of the last month, posts and people too: {number:,} values in {seconds:.2f} s")
    async with database.tenant(TENANT) as connection:
        await connection.execute("insert into evaluate_progress (tenant, counted) values ($1, now())", TENANT)
    async with database.tenant(TENANT) as connection:
        await connection.execute(CHANGE, TENANT, cases)
    seconds, number = await took(database, lambda one: counted(one, Wanted()))
    print(f"what 1,000 changed cases touch, of every period: {number:,} values in {seconds:.2f} s")


async def took(database: Database, work: Callable[[Connection], Awaitable[int]]) -> tuple[float, int]:
    own, server, began = own_cpu(), server_cpu(), time.perf_counter()
    async with database.tenant(TENANT) as connection:
        number = await work(connection)
    seconds = time.perf_counter() - began
    print(f"  (CPU: {own_cpu() - own:.1f} s own, {server_cpu() - server:.1f} s of PostgreSQL)")
    return seconds, number


def own_cpu() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_utime


def server_cpu() -> float:
    """Of the server, a child of this process, its processes, and those of them that have ended."""
    processes = [one for path in Path("/proc").glob("[0-9]*/stat") if (one := _ticks(path)) is not None]
    servers = {pid for pid, parent, _, _ in processes if parent == os.getpid()}
    own = sum(ticks for pid, parent, ticks, _ in processes if pid in servers or parent in servers)
    return (own + sum(ended for pid, _, _, ended in processes if pid in servers)) / os.sysconf("SC_CLK_TCK")


def _ticks(path: Path) -> tuple[int, int, int, int] | None:
    """Process, parent, and what it and its ended children have taken; None where it is gone."""
    try:
        fields = path.read_text().rpartition(")")[2].split()
    except OSError:
        return None
    user, system, ended_user, ended_system = map(int, fields[11:15])
    return int(path.parent.name), int(fields[1]), user + system, ended_user + ended_system


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000))
