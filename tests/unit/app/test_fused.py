"""Merged things on the map."""

from quanyu.app.fused import DATASET, label_fused, write_fused
from quanyu.core.clock import utc_now
from quanyu.govern.fusion.model import Chosen, Golden, Record
from quanyu.store import Database
from quanyu.twin.map.layers import layers

_GOLDEN = Golden(
    id="urn:ngsi-ld:OffStreetParking:fused:1",
    job="car-parks",
    type="OffStreetParking",
    version=1,
    members=(Record(dataset="register", key="1", name="北站", longitude=114.3, latitude=22.6),),
    attributes={
        "name": Chosen(value="北站", dataset="register", key="1", rule="newest"),
        "spaces": Chosen(value=120, dataset="", key="", rule="by_hand"),
    },
    modified=utc_now(),
)


async def test_layers_of_merged_things_have_a_title_and_the_mark_of_the_demonstration(
    database: Database, tenant: str
) -> None:
    async with database.tenant(tenant) as connection:
        await write_fused(connection, tenant, [_GOLDEN], [])
        await label_fused(connection, tenant, demo=True)
        [layer] = await layers(connection, tenant)
    assert (layer.dataset, layer.titles, layer.demo) == (DATASET, {"zh-CN": "已融合", "en": "Merged"}, True)


async def test_a_value_says_whose_it_is_or_that_it_was_set_by_hand(database: Database, tenant: str) -> None:
    async with database.tenant(tenant) as connection:
        await write_fused(connection, tenant, [_GOLDEN], [])
        document = await connection.fetchval("select doc from entity where id = $1", _GOLDEN.id)
    assert [document[name]["provenance"]["value"] for name in ("name", "spaces")] == ["register:1", "by_hand"]
