"""Decisions about one job are made one after the other: nobody stands in the way of a run, and nothing of either is lost."""

import asyncio

from quanyu.core.clock import utc_now
from quanyu.govern.fusion import _sql, service
from quanyu.govern.fusion.model import Candidate, Decision, Job, Link, Pair, Record, Source
from quanyu.govern.fusion.service import Outcome
from quanyu.store import Database
from tests.patience import eventually
from tests.waiting import waits_for

JOB = Job(
    name="lots", type="OffStreetParking", link=Link.WITHIN,
    sources=tuple(Source(dataset=name, key="k", name="n") for name in ("register", "operator")),
)  # fmt: skip
SURE = Pair(left="register/1", right="operator/1", confidence=1, compared=())
OPEN = tuple(
    Pair(left=left, right=right, confidence=0.5, compared=())
    for left, right in (("register/2", "operator/2"), ("register/1", "operator/3"))
)


def _records(spaces: int) -> list[Record]:
    return [
        Record(dataset=dataset, key=key, name="x", values={"spaces": spaces})
        for dataset in ("register", "operator")
        for key in "123"
    ]


async def _run(database: Database, tenant: str, spaces: int, *pairs: Pair) -> Outcome:
    async with database.tenant(tenant) as connection:
        return await service.take_pairs(connection, tenant, JOB, _records(spaces), pairs, at=utc_now())


async def _says_same(database: Database, tenant: str, number: int) -> Candidate:
    async with database.tenant(tenant) as connection:
        return await service.decide(connection, tenant, number, Decision.SAME, author="li", at=utc_now())


async def _open(database: Database, tenant: str) -> list[int]:
    async with database.tenant(tenant) as connection:
        found = await _sql.candidates(
            connection, job=JOB.name, state=Decision.OPEN, least=0, after=None, limit=9
        )
    return [next(one.id for one in found if one.left.id == pair.left) for pair in OPEN]


async def test_a_pair_is_decided_while_a_run_takes_new_values(database: Database, tenant: str) -> None:
    async with database.tenant(tenant) as connection:
        await service.save_job(connection, tenant, JOB, at=utc_now())
    await _run(database, tenant, 10, SURE)
    await _run(database, tenant, 10, SURE, *OPEN)
    first, second = await _open(database, tenant)
    async with database.tenant(tenant) as held:
        await held.execute("select from fusion_candidate where id = $1 for update", first)
        run = asyncio.create_task(_run(database, tenant, 12, *OPEN))
        process = await eventually(lambda: waits_for(held))
        decided = asyncio.create_task(_says_same(database, tenant, second))
        await eventually(lambda: waits_for(held, process))
    await run
    assert (await decided).state is Decision.SAME
    async with database.tenant(tenant) as connection:
        (golden,) = await _sql.goldens(connection, job=JOB.name, after="", limit=None)
    assert {one.id for one in golden.members} == {"register/1", "operator/1", "operator/3"}
    assert golden.attributes["spaces"].value == 12
