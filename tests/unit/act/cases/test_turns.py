"""Acts on several cases take them in one order, whatever the act: nobody stands in another's way."""

import asyncio
from collections.abc import Sequence

from quanyu.act.cases.model import Case
from quanyu.act.cases.service import Cases, case
from quanyu.core.errors import QuanyuError
from quanyu.store import Database
from quanyu.workflow import Act, Doer, _sql
from tests.patience import eventually
from tests.unit.act.cases.test_cases import NOON, reported
from tests.waiting import waits_for

ANSWERED = Act(name="remark", reason="called", data={"callback": {"solved": True}})
CALLED = Doer(id="system:callback", node=True)


async def _act(database: Database, tenant: str, cases: Sequence[Case]) -> dict[str, Case | QuanyuError]:
    async with database.tenant(tenant) as connection:
        return await Cases(connection, tenant, NOON).act_on_each(cases, ANSWERED, CALLED)


async def test_acts_that_are_done_one_by_one_wait_for_those_that_are_done_together(
    database: Database, tenant: str
) -> None:
    async with database.tenant(tenant) as connection:
        found = [await case(connection, await reported(connection, tenant)) for _ in range(2)]
    first, second = sorted(found, key=lambda one: one.instance)
    async with database.tenant(tenant) as together:
        await _sql.locked_each(together, [first.instance])
        other = asyncio.create_task(_act(database, tenant, [second, first]))
        await eventually(lambda: waits_for(together))
        await _sql.locked_each(together, [second.instance])
    assert {id: type(one) for id, one in (await other).items()} == {first.id: Case, second.id: Case}
