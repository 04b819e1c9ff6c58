"""Small parts become one, and nobody notices; what nothing names is removed when nobody can be reading it."""

import os
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from urllib.parse import quote

from quanyu.core.clock import utc_now
from quanyu.core.errors import Unavailable
from quanyu.govern.imports import _sql
from quanyu.govern.imports.compaction import compact
from quanyu.govern.imports.folders import Folders
from quanyu.govern.imports.model import ImportState, PartRole
from quanyu.govern.imports.run import give_up
from quanyu.govern.imports.tidy import sweep_leftovers, tidy

Lots = Callable[..., str]
MAPPING = {"type": "Lot", "key": ["编号"], "attributes": [{"attribute": "spaces", "column": "车位数"}]}


async def tidied(office: Any, many: int = 3) -> bool:
    return await tidy(office.database, office.folder, tenant=office.actor.tenant, dataset="lots", many=many)


async def parts(office: Any, role: PartRole) -> list[str]:
    async with office.database.tenant(office.actor.tenant) as connection:
        return [part.path for part in await _sql.parts(connection, "lots") if part.role is role]


async def swept(office: Any, days: float = 0) -> int:
    now = utc_now() + timedelta(days=days)
    return await sweep_leftovers(office.database, office.folder, tenant=office.actor.tenant, now=now)


async def three_imports(office: Any, lots: Lots) -> None:
    """41 records; P007 changed, P004 was refused and came again good, P009 is refused still."""
    await office.sends(lots(40, P004="sixty", P009="ninety"), options=f'{{"mapping": {_json(MAPPING)}}}')
    await office.sends(lots(40, P009="ninety", P007="700"))
    await office.sends(lots(41, P009="ninety", P007="701"))


async def test_records_scores_and_traces_are_the_same_after_a_compaction(office: Any, lots: Lots) -> None:
    await three_imports(office, lots)
    before = await _seen(office)
    assert await tidied(office)
    assert len(await parts(office, PartRole.ACCEPTED)) == 1
    assert await parts(office, PartRole.SUPERSEDED) == []
    assert await _seen(office) == before


async def test_after_a_compaction_imports_and_reruns_go_on(office: Any, lots: Lots) -> None:
    await three_imports(office, lots)
    await tidied(office)
    done = await office.sends(lots(42, P009="ninety", P007="702"))
    assert done["report"]["changes"] == {"new": 1, "changed": 1, "unchanged": 39}
    score = (await office.gets("/datasets/lots"))["score"]
    assert await tidied(office, many=2)
    assert await _recounted(office, lots) == score
    answer = await office.client.post("/api/v1/datasets/lots/rerun", json={})
    await office.works_on(answer.json()["import"])
    dataset = await office.gets("/datasets/lots")
    assert (dataset["records"], dataset["quarantined"]) == (41, 1)


async def test_a_dataset_that_changes_meanwhile_is_left_alone(office: Any, lots: Lots) -> None:
    await three_imports(office, lots)
    await office.posts(lots(43))
    assert not await tidied(office)
    assert len(await parts(office, PartRole.ACCEPTED)) == 3


async def test_few_parts_of_current_records_are_left_alone(office: Any, lots: Lots) -> None:
    await office.sends(lots(40))
    assert not await tidied(office)


async def test_replaced_files_lie_on_for_a_day_because_somebody_may_be_reading(
    office: Any, lots: Lots
) -> None:
    await three_imports(office, lots)
    files = set(office.folder.rglob("accepted/*.parquet"))
    for path in files:
        os.utime(path, (1, 1))
    await tidied(office)
    assert await swept(office, days=0.9) == 0
    assert all(path.exists() for path in files)
    assert await swept(office, days=1.1) == 5
    assert not any(path.exists() for path in files)
    assert (await office.gets("/datasets/lots/records"))["total"] == 40


async def test_a_compaction_that_died_before_its_commit_changes_nothing(office: Any, lots: Lots) -> None:
    await three_imports(office, lots)
    before = await _seen(office)
    async with office.database.tenant(office.actor.tenant) as connection:
        known = await _sql.parts(connection, "lots")
    assert compact(Folders(office.folder, office.actor.tenant), "lots", known, many=3)
    assert await _seen(office) == before
    assert await tidied(office)
    assert await _seen(office) == before


async def test_uploads_that_nobody_waits_for_are_swept(office: Any, lots: Lots) -> None:
    import_id = (await office.posts(lots())).json()["import"]
    (office.folder / "uploads" / "u000").mkdir()
    assert await swept(office) == 0
    assert await swept(office, days=1) == 1
    away = Unavailable("govern.import.disk", free=0)
    await give_up(
        office.database,
        office.folder,
        tenant=office.actor.tenant,
        import_id=import_id,
        clock=utc_now,
        error=away,
    )
    assert await swept(office, days=6) == 0
    assert await swept(office, days=8) == 1
    assert not list((office.folder / "uploads").glob("*"))


async def test_an_import_whose_job_is_gone_gets_one_again(office: Any, lots: Lots) -> None:
    import_id = (await office.posts(lots())).json()["import"]
    async with office.database.system() as connection:
        await connection.execute("update job set state = 'dead' where body ->> 'import' = $1", import_id)
    await swept(office)
    await swept(office)
    async with office.database.system() as connection:
        jobs = await connection.fetchval(
            "select count(*) from job where state = 'waiting' and body ->> 'import' = $1", import_id
        )
    assert jobs == 1
    assert (await office.works_on(import_id)).state is ImportState.DONE


async def _seen(office: Any) -> Any:
    dataset = await office.gets("/datasets/lots")
    page = await office.gets("/datasets/lots/records", limit=100)
    records = sorted(
        (
            {name: value for name, value in one.items() if name not in {"_import", "_row"}}
            for one in page["items"]
        ),
        key=lambda one: one["编号"],
    )
    trace = await office.gets("/trace/" + quote("urn:ngsi-ld:Lot:lots:P007", safe=""))
    quarantine = await office.gets("/datasets/lots/quarantine")
    figures = [dataset[name] for name in ("records", "quarantined", "score")]
    return figures, records, trace["steps"][-3:], quarantine["items"]


async def _recounted(office: Any, lots: Lots) -> Any:
    """The score after something else has changed: the ninth record is dismissed, sent again, refused again."""
    await office.client.post(
        "/api/v1/datasets/lots/quarantine/dismiss", json={"select": {}, "reason": "test"}
    )
    await office.sends(lots(42, P009="ninetyone", P007="702"))
    return (await office.gets("/datasets/lots"))["score"]


def _json(value: Any) -> str:
    return str(value).replace("'", '"')
