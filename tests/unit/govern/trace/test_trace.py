"""From an entity to the line it came from."""

import hashlib
from collections.abc import Callable
from typing import Any
from urllib.parse import quote

import pytest

from quanyu.core.errors import Invalid
from quanyu.govern.trace.model import EntityName

Lots = Callable[..., str]
MAPPING = {
    "type": "OffStreetParking",
    "key": ["编号"],
    "attributes": [{"attribute": "totalSpotNumber", "column": "车位数"}],
    "name": "名称",
}


async def sends(office: Any, text: str) -> Any:
    import json

    return await office.sends(text, options=json.dumps({"mapping": MAPPING}))


async def test_the_way_back_ends_at_the_line_of_the_file(office: Any, lots: Lots) -> None:
    text = lots(40)
    await sends(office, text)
    found = await office.gets("/trace/" + quote("urn:ngsi-ld:OffStreetParking:lots:P007", safe=""))
    assert [step["kind"] for step in found["steps"]] == [
        "entity",
        "dataset",
        "record",
        "import",
        "file",
        "line",
    ]
    record, sent, file, line = found["steps"][-4:]
    assert record["text"] == f"第 7 条合规记录，存于数据集的分片 {record['fields']['part']}"
    assert sent["text"] == f"“lots.csv”，由 zhang 提交（导入编号 {sent['fields']['id']}）"
    assert file["fields"]["sha256"] == hashlib.sha256(text.encode()).hexdigest()
    assert text.splitlines()[line["fields"]["line"] - 1].split(",") == list(line["fields"]["values"].values())


async def test_a_mended_record_names_who_mended_it_and_its_original_line(office: Any, lots: Lots) -> None:
    await sends(office, lots(99, P004="sixty"))
    (row,) = (await office.gets("/datasets/lots/quarantine"))["items"]
    path = f"/api/v1/datasets/lots/quarantine/{row['import_id']}/{row['row']}"
    await office.client.patch(path, json={"edits": {"车位数": "60"}})
    await office.client.post(
        "/api/v1/datasets/lots/quarantine/release", json={"select": {}, "reason": "电话核实"}
    )
    found = await office.gets("/trace/" + quote("urn:ngsi-ld:OffStreetParking:lots:P004", safe=""))
    steps = {step["kind"]: step["fields"] for step in found["steps"]}
    assert (steps["mended"]["actor"], steps["mended"]["edits"]) == ("zhang", {"车位数": "60"})
    assert (steps["line"]["line"], steps["line"]["values"]["车位数"]) == (5, "sixty")


async def test_an_entity_that_no_record_speaks_of_is_not_found(office: Any, lots: Lots) -> None:
    await sends(office, lots(40))
    answer = await office.client.get(
        "/api/v1/trace/" + quote("urn:ngsi-ld:OffStreetParking:lots:P999", safe="")
    )
    assert answer.status_code == 404


def test_parts_of_a_key_are_decoded() -> None:
    name = EntityName.parse("urn:ngsi-ld:Sensor:air:%E5%A4%A9%E5%9D%9B:2013%3A01")
    assert (name.type, name.dataset, name.key) == ("Sensor", "air", ("天坛", "2013:01"))


@pytest.mark.parametrize("entity", ["", "P007", "urn:ngsi-ld:Sensor", "urn:ngsi-ld::air:1"])
def test_what_is_no_id_of_ours_is_refused(entity: str) -> None:
    with pytest.raises(Invalid):
        EntityName.parse(entity)
