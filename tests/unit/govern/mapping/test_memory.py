from datetime import UTC, datetime

from quanyu.govern.mapping.memory import columns_signature, mapping_of, recall, remember
from quanyu.govern.mapping.model import MappedColumn, Mapping
from quanyu.store import Database

MAPPING = Mapping(type="Lamp", key=("id",), columns=(MappedColumn(column="id", attribute="lampCode"),))
AT = datetime(2026, 1, 2, tzinfo=UTC)


def test_order_case_and_width_of_labels_do_not_matter() -> None:
    assert columns_signature(["ID", "名称"]) == columns_signature(["名称 ", "ｉｄ"])
    assert columns_signature(["ab", "c"]) != columns_signature(["a", "bc"])


async def test_a_decision_is_found_by_dataset_and_by_the_same_columns(
    database: Database, tenant: str
) -> None:
    async with database.tenant(tenant) as connection:
        await remember(connection, tenant, MAPPING, dataset="lamps", labels=["id", "h"], actor="a", at=AT)
        assert await mapping_of(connection, "lamps") == MAPPING
        assert await recall(connection, dataset="other", labels=["h", "id"]) == MAPPING
        assert await recall(connection, dataset="lamps", labels=["id"]) is None


async def test_another_tenant_remembers_nothing_of_it(database: Database, tenant: str) -> None:
    async with database.tenant(tenant) as connection:
        await remember(connection, tenant, MAPPING, dataset="lamps", labels=["id"], actor="a", at=AT)
    async with database.tenant(f"{tenant}x") as connection:
        assert await recall(connection, dataset="lamps", labels=["id"]) is None
