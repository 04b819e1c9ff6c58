"""Ten thousand cases on a bad day: their definition is edited, the clock jumps, their node and its database are killed.

Run: python -m bench drill; python bench/bench_drill.py [cases]

Says how many transitions a second were made on the way, in lists of 200 on four connections, each durable when it is done.
"""

import asyncio
import json
import os
import random
import resource
import signal
import sys
import tempfile
import time
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from quanyu.act import bells
from quanyu.act.cases._sql import cases_by_id
from quanyu.act.cases.definitions import built_in, ensure_definitions
from quanyu.act.cases.model import Channel, Report
from quanyu.act.cases.service import Cases
from quanyu.app.node import PACKAGES
from quanyu.store import Database, EmbeddedPostgres, connect_owner, embedded_address, migrate
from quanyu.workflow import Act, Doer, publish

TENANT, DESK, LIST, SIDE_BY_SIDE = "drill", Doer(id="drill", node=True), 200, 4
NOON = datetime(2026, 11, 20, 4, tzinfo=UTC)
JUMPS = [timedelta(hours=1), -timedelta(hours=1), timedelta(days=400), -timedelta(days=400), timedelta(0)]
KILLS = 5
DISPATCH = Act(name="dispatch", organisation="roads")
GAPS = """
select count(*) from (select 1 from workflow_step where tenant = $1 group by instance
                      having max(number) <> count(*) or min(number) <> 1) s
"""
TWICE = """
select count(*) - count(distinct (instance, act, body->>'origin', body->>'due')) from workflow_step
where tenant = $1 and act in ('overdue', 'escalate')
"""
STATES = """
select i.version, c.state, count(*) as number from case_record c
join workflow_instance i on i.tenant = c.tenant and i.id = c.instance where c.tenant = $1 group by 1, 2 order by 1, 2
"""


async def begun(database: Database, cases: int) -> list[str]:
    async with database.tenant(TENANT) as connection:
        at = Cases(connection, TENANT, NOON)
        said = [
            Report(channel=Channel.HOTLINE, description=f"hole {n}", category="C01003") for n in range(cases)
        ]
        return [(await at.report(one, DESK)).id for one in said]


async def on_each(database: Database, ids: list[str], wanted: Act, *, done: set[str]) -> Counter[str]:
    """Lists that are `done` are left out; one that is sent again under its key changes nothing."""
    told: Counter[str] = Counter()
    lists = [ids[start : start + LIST] for start in range(0, len(ids), LIST)]
    waiting = iter([one for one in lists if f"{wanted.name} {one[0]}" not in done])

    async def work() -> None:
        for part in waiting:
            key = f"{wanted.name} {part[0]}"
            async with database.tenant(TENANT) as connection:
                found = await cases_by_id(connection, part)
                answers = await Cases(connection, TENANT, NOON).act_on_each(found, wanted, DESK, key=key)
            done.add(key)
            told.update("refused" if isinstance(one, Exception) else "done" for one in answers.values())

    await asyncio.gather(*(work() for _ in range(SIDE_BY_SIDE)))
    return told


async def edited(database: Database, ids: list[str]) -> None:
    """The action is called otherwise in every version but the first, which goes on meanwhile."""
    over = asyncio.Event()

    async def edit() -> int:
        versions = 1
        while not over.is_set():
            source = json.loads(json.dumps(built_in("case")).replace('"accept"', f'"welcome{versions}"'))
            async with database.tenant(TENANT) as connection:
                await publish(connection, TENANT, source, roles=None, by="drill", now=NOON)
            versions += 1
            await asyncio.sleep(0.1)
        return versions

    editing = asyncio.create_task(edit())
    began, own = time.perf_counter(), _cpu()
    told = await on_each(database, ids, Act(name="accept"), done=set())
    seconds, spent = time.perf_counter() - began, _cpu() - own
    over.set()
    print(
        f"accepted while the definition came to version {await editing}: {dict(told)}; {len(ids) / seconds:,.0f} transitions/s "
        f"on {os.cpu_count()} cores, {spent / len(ids) * 1000:.2f} ms CPU of this process each (goal 2,000/s)"
    )


async def jumped(database: Database) -> None:
    rung = 0
    for jump in JUMPS * 2:
        while some := await bells.ring(database, TENANT, clock=lambda jump=jump: NOON + jump):
            rung += some
    print(
        f"the clock jumped by {', '.join(f'{one / timedelta(hours=1):+g} h' for one in JUMPS)}, twice: {rung:,} bells"
    )


async def killed(server: EmbeddedPostgres, ids: list[str], acts: list[Act]) -> None:
    """The database is killed while lists are written; whoever sent one that was not answered sends it again."""
    chance, kills, done = random.Random(1), 0, set[str]()
    while True:
        database = await Database.open(embedded_address(server))
        moving = asyncio.create_task(_all(database, ids, acts, done))
        if kills < KILLS:
            await asyncio.sleep(chance.uniform(0.3, 1.5))
            os.kill(int((server.folder / "postmaster.pid").read_text().split()[0]), signal.SIGKILL)
            kills += 1
        [ended] = await asyncio.gather(moving, return_exceptions=True)
        await database.close()
        if ended is None:
            print(f"the database was killed {kills} times, {len(done)} lists of {LIST} were answered")
            return
        await server.stop()
        await server.start()


async def _all(database: Database, ids: list[str], acts: list[Act], done: set[str]) -> None:
    for one in acts:
        await on_each(database, ids, one, done=done)


async def told(database: Database) -> int:
    async with database.tenant(TENANT) as connection:
        states: list[Any] = await connection.fetch(STATES, TENANT)
        wrong = {
            "gaps": await connection.fetchval(GAPS, TENANT),
            "bells twice": await connection.fetchval(TWICE, TENANT),
        }
    print(f"{[tuple(one) for one in states]}; {wrong}")
    return sum(wrong.values())


def _cpu() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


async def main(cases: int) -> int:
    with tempfile.TemporaryDirectory() as name:
        server = EmbeddedPostgres(Path(name) / "postgres")
        await server.start()
        owner = await connect_owner(embedded_address(server))
        await migrate(owner, PACKAGES)
        await owner.close()
        database = await Database.open(embedded_address(server))
        async with database.tenant(TENANT) as connection:
            await ensure_definitions(connection, TENANT, now=NOON)
        ids = await begun(database, cases)
        await edited(database, ids)
        await database.close()
        await killed(server, ids, [Act(name="file"), DISPATCH])
        database = await Database.open(embedded_address(server))
        await jumped(database)
        wrong = await told(database)
        await database.close()
        await server.stop()
    return int(wrong > 0)


if __name__ == "__main__":
    sys.exit(asyncio.run(main(int(sys.argv[1]) if len(sys.argv) > 1 else 10_000)))
