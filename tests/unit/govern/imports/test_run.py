"""Whatever happens on the way, a dataset has changed as a whole or not at all."""

import asyncio
import errno
from collections.abc import Callable
from typing import Any

import pytest

from quanyu.core.clock import utc_now
from quanyu.core.errors import Conflict, Invalid, Unavailable
from quanyu.govern.engine.process import run
from quanyu.govern.imports import service
from quanyu.govern.imports.commit import NoHooks
from quanyu.govern.imports.run import give_up, run_import
from quanyu.govern.imports.tidy import sweep_leftovers

Lots = Callable[..., str]


class Killed(BaseException):
    """As if the process had gone: nothing after it runs that catches errors."""


class Hooks(NoHooks):
    """Raises the given errors, one a time, when the import is about to commit."""

    def __init__(self, *errors: BaseException) -> None:
        self.errors = list(errors)
        self.commits = 0

    async def committed(self, connection: Any, committed: Any) -> None:
        if self.errors:
            raise self.errors.pop(0)
        self.commits += 1


async def begun(office: Any, text: str) -> str:
    return str((await office.posts(text)).json()["import"])


async def work(office: Any, import_id: str, engine: Any = run, hooks: Any = None) -> Any:
    return await run_import(
        office.database, office.folder, tenant=office.actor.tenant, import_id=import_id,
        run_engine=engine, hooks=hooks or NoHooks(), clock=utc_now,
    )  # fmt: skip


def failing(error: BaseException) -> Any:
    async def engine(job: Any, *, on_progress: Any) -> Any:
        raise error

    return engine


async def seen(office: Any) -> tuple[int, int]:
    dataset = await office.gets("/datasets/lots")
    return dataset["version"], dataset["records"]


async def test_an_import_killed_in_the_engine_starts_over_from_its_upload(office: Any, lots: Lots) -> None:
    import_id = await begun(office, lots())
    with pytest.raises(Killed):
        await work(office, import_id, failing(Killed()))
    assert await seen(office) == (0, 0)
    assert (await work(office, import_id)).state == "done"
    assert await seen(office) == (1, 40)


async def test_an_import_killed_at_its_commit_goes_on_without_the_engine(office: Any, lots: Lots) -> None:
    import_id = await begun(office, lots())
    with pytest.raises(Killed):
        await work(office, import_id, hooks=Hooks(Killed()))
    assert await seen(office) == (0, 0)
    done = await work(office, import_id, failing(AssertionError("the engine is not needed again")))
    assert done.state == "done"
    assert await seen(office) == (1, 40)


async def test_a_database_that_is_away_for_a_moment_is_waited_for(office: Any, lots: Lots) -> None:
    hooks = Hooks(Unavailable("store.away", reason=""), Unavailable("store.away", reason=""))
    done = await work(office, await begun(office, lots()), hooks=hooks)
    assert (done.state, hooks.commits) == ("done", 1)


async def test_a_full_disk_is_said_and_the_upload_stays_for_the_next_try(office: Any, lots: Lots) -> None:
    import_id = await begun(office, lots())
    with pytest.raises(Unavailable) as caught:
        await work(office, import_id, failing(OSError(errno.ENOSPC, "No space left on device")))
    assert caught.value.key == "govern.import.disk"
    assert (await work(office, import_id)).state == "done"


async def test_what_a_stage_refuses_at_the_commit_undoes_the_whole(office: Any, lots: Lots) -> None:
    done = await work(office, await begun(office, lots()), hooks=Hooks(Invalid("govern.import.no_file")))
    assert (done.state, done.fault.key) == ("failed", "govern.import.no_file")
    assert await seen(office) == (0, 0)
    assert not list((office.folder / "datasets").rglob("*.parquet"))


async def test_a_conflict_of_a_stage_ends_the_import_with_its_own_reason(office: Any, lots: Lots) -> None:
    done = await work(
        office, await begun(office, lots()), hooks=Hooks(Conflict("govern.catalogue.exists", name="lots"))
    )
    assert (done.state, done.fault.key) == ("failed", "govern.catalogue.exists")


async def test_a_dataset_that_changes_again_and_again_is_looked_at_until_it_rests(
    office: Any, lots: Lots
) -> None:
    import_id, changes = await begun(office, lots()), 4

    async def engine(job: Any, *, on_progress: Any) -> Any:
        nonlocal changes
        if changes:
            changes -= 1
            async with office.database.tenant(office.actor.tenant) as connection:
                await connection.execute("update dataset set version=version+1 where name='lots'")
        return await run(job, on_progress=on_progress)

    assert (await work(office, import_id, engine)).state == "done"
    assert await seen(office) == (5, 40)


async def test_a_delivery_that_arrived_earlier_does_not_overtake_one_that_has_begun(
    office: Any, lots: Lots
) -> None:
    early, late = sorted([await begun(office, lots()), await begun(office, lots().replace("1", "2"))])

    async def engine(job: Any, *, on_progress: Any) -> Any:
        await stands(office, early, "received")
        assert (await work(office, early)).state == "received"
        return await run(job, on_progress=on_progress)

    await stands(office, early, "done")
    assert (await work(office, late, engine)).state == "done"
    assert (await work(office, early)).state == "done"


async def stands(office: Any, import_id: str, state: str) -> None:
    async with office.database.tenant(office.actor.tenant) as connection:
        await connection.execute("update dataset_import set state=$2 where id=$1", import_id, state)


async def test_an_import_given_up_after_the_last_try_can_be_sent_again(office: Any, lots: Lots) -> None:
    import_id = await begun(office, lots())
    tenant = office.actor.tenant
    away = Unavailable("govern.import.disk", free=0)
    await give_up(
        office.database, office.folder, tenant=tenant, import_id=import_id, clock=utc_now, error=away
    )
    assert (await office.gets(f"/imports/{import_id}"))["state"] == "failed"
    again = await begun(office, lots())
    assert again != import_id
    assert (await work(office, again)).state == "done"


async def test_cancelling_stops_the_engine_at_work(office: Any, lots: Lots) -> None:
    import_id = await begun(office, lots())
    stopped = asyncio.Event()

    async def engine(job: Any, *, on_progress: Any) -> Any:
        async with office.database.tenant(office.actor.tenant) as connection:
            await service.cancel_import(connection, import_id, utc_now())
        try:
            await asyncio.Event().wait()
        finally:
            stopped.set()

    assert (await work(office, import_id, engine)).state == "cancelled"
    assert stopped.is_set()
    assert not list((office.folder / "uploads").glob("*"))


async def test_imports_of_one_dataset_go_in_turn(office: Any, lots: Lots) -> None:
    first, second = await begun(office, lots()), await begun(office, lots(P001="9"))
    assert (await work(office, second)).state == "received"
    await work(office, first)
    assert (await work(office, second)).state == "done"
    assert await seen(office) == (2, 40)


async def test_a_dataset_that_changed_meanwhile_is_looked_at_again(office: Any, lots: Lots) -> None:
    await office.sends(lots(99, P004="sixty"))
    import_id = await begun(office, lots(99, P004="sixty", P005="7"))
    runs = 0

    async def engine(job: Any, *, on_progress: Any) -> Any:
        nonlocal runs
        runs += 1
        report = await run(job, on_progress=on_progress)
        if runs == 1:
            path = "/api/v1/datasets/lots/quarantine/dismiss"
            await office.client.post(path, json={"select": {}, "reason": "test"})
        return report

    assert (await work(office, import_id, engine)).state == "done"
    assert runs == 2
    assert await seen(office) == (3, 98)


async def test_leftovers_of_the_dead_are_swept(office: Any, lots: Lots) -> None:
    import_id = await begun(office, lots())
    with pytest.raises(Killed):
        await work(office, import_id, failing(Killed()))
    tenant = office.actor.tenant
    left = office.folder / "tmp" / "imports" / tenant
    (left / "i000").mkdir()
    assert await sweep_leftovers(office.database, office.folder, tenant=tenant, now=utc_now()) == 1
    assert [path.name for path in left.iterdir()] == [import_id]
