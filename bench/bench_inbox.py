"""The inbox of a desk with a million open and closed cases: opened, paged, and by one body, beside the bare page of its index.

Run: python bench/bench_inbox.py [cases] [of these open]
"""

import asyncio
import statistics
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

from quanyu.act.cases import _sql as cases_sql
from quanyu.act.cases.finding import CaseQuery, find
from quanyu.app.node import PACKAGES
from quanyu.store import Connection, Database, EmbeddedPostgres, connect_owner, embedded_address, migrate
from quanyu.workflow import Doer, inbox

TENANT = "bench"

CASES = """
insert into case_record (tenant, id, instance, channel, title, follow, state, organisation, reported, closed, outcome, words)
select $1, 'C' || n, 'W' || n, 'hotline', 'case ' || n, '', case when n <= $3 then 'handling' else 'archived' end, 'body' || n % 40,
  now() - n * interval '1 minute', case when n > $3 then now() end, case when n > $3 then 'archived' end, ''
from generate_series(1, $2::int) n
"""
TASKS = """
insert into workflow_task (tenant, instance, position, definition, subject, state, role, organisation, assignee, standing, entered, due)
select $1, 'W' || n, 1, 'case', 'C' || n, 'handling', (array['handler', 'dispatcher', 'acceptor', 'handler'])[1 + n % 4],
  case when n % 5 = 0 then '' else 'body' || n % 40 end, case when n % 10 > 2 then 'person' || n % 100 end, 'active', now(),
  now() + (n::bigint * 7919 % 100000) * interval '1 minute'
from generate_series(1, $2::int) n
"""
BARE = """
select instance, due from workflow_task where tenant = $1 and role = 'acceptor' and assignee is null
order by due, instance, position limit 50
"""


async def main(cases: int, lying: int) -> None:
    with tempfile.TemporaryDirectory() as name:
        server = EmbeddedPostgres(Path(name) / "postgres")
        await server.start()
        try:
            owner = await connect_owner(embedded_address(server))
            await migrate(owner, PACKAGES)
            await owner.execute(CASES, TENANT, cases, lying)
            await owner.execute(TASKS, TENANT, lying)
            await owner.execute("vacuum analyze case_record, workflow_task")
            await owner.close()
            database = await Database.open(embedded_address(server))
            print(f"{cases:,} cases, {lying:,} of them open")
            await measured(database)
            await database.close()
        finally:
            await server.stop()


async def measured(database: Database) -> None:
    desk = frozenset({"acceptor", "shift_chief", "dispatcher", "handler"})
    whole = Doer(id="person7", roles=desk)
    body = Doer(id="person7", roles=frozenset({"handler"}), organisations=frozenset({"body7", "body8"}))
    nobody = Doer(id="somebody", roles=frozenset({"supervisor"}))

    async def opened(connection: Connection, doer: Doer, after: str | None = None) -> str | None:
        page = await inbox(connection, doer, after=after)
        await cases_sql.cases_by_id(connection, sorted({one.subject for one in page.items}))
        return page.next

    async with database.tenant(TENANT) as connection:
        second = await opened(connection, whole)
    for title, ask in (
        ("the bare page of the index", lambda one: one.fetch(BARE, TENANT)),
        ("a desk of four posts", lambda one: opened(one, whole)),
        ("its next page", lambda one: opened(one, whole, second)),
        ("a handler of two bodies", lambda one: opened(one, body)),
        ("a post with nothing to do", lambda one: opened(one, nobody)),
        ("the list of open cases", lambda one: find(one, CaseQuery(open=True))),
        ("the open cases of a body", lambda one: find(one, CaseQuery(open=True, organisations=["body7"]))),
    ):
        await told(database, title, ask)


async def told(database: Database, title: str, ask: Callable[[Connection], Awaitable[object]]) -> None:
    times = []
    for _ in range(15):
        async with database.tenant(TENANT) as connection:
            began = time.perf_counter()
            await ask(connection)
            times.append((time.perf_counter() - began) * 1000)
    print(f"{title:28} p50 {statistics.median(times):8.2f} ms  worst {max(times):8.2f} ms  (goal < 100)")


if __name__ == "__main__":
    numbers = [int(one) for one in sys.argv[1:]]
    asyncio.run(main(*(numbers + [1_000_000, 300_000][len(numbers) :])))
