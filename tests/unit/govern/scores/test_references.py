"""A dataset as the table that rules of another look into."""

from collections.abc import Callable
from typing import Any

from quanyu.core.clock import utc_now
from quanyu.govern.scores.references import refresh_references

Lots = Callable[..., str]
CHARGES = "编号,车场,金额\n1,P001,5\n2,P002,6\n3,P041,7\n4,P003,8\n"
RULE = {
    "name": "车场存在", "kind": "referential", "columns": ["车场"], "dimension": "consistency", "origin": "user",
    "parameters": {"table": "lots", "column": "编号"},
}  # fmt: skip


async def prepared(office: Any, lots: Lots) -> None:
    """Charges of car parks, with a rule that the car park is in the register."""
    await office.sends(lots(40))
    await office.client.put("/api/v1/quality/references/lots", json={"dataset": "lots"})
    await office.sends(CHARGES, dataset="charges")
    answer = await office.client.put("/api/v1/datasets/charges/rules/车场存在", json={"body": RULE})
    assert answer.status_code == 200, answer.text


async def rerun(office: Any) -> int:
    answer = await office.client.post("/api/v1/datasets/charges/rerun", json={})
    await office.works_on(answer.json()["import"])
    return int((await office.gets("/datasets/charges"))["quarantined"])


async def test_a_record_that_refers_to_nothing_is_refused(office: Any, lots: Lots) -> None:
    await prepared(office, lots)
    assert await rerun(office) == 1


async def test_a_set_follows_its_dataset(office: Any, lots: Lots) -> None:
    await prepared(office, lots)
    await office.sends(lots(41))
    changed = await refresh_references(
        office.database, office.folder, office.actor.tenant, dataset="lots", clock=utc_now
    )
    assert changed == 1
    assert await rerun(office) == 0
