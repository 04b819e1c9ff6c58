from datetime import UTC, datetime

import msgspec
import pytest

from quanyu.core.errors import Invalid
from quanyu.core.profile import ColumnProfile, ValueType
from quanyu.govern.imports import service as imports
from quanyu.govern.mapping.model import MappedColumn, Mapping
from quanyu.govern.mapping.service import decide, proposal_of, propose_for
from quanyu.store import Connection, Database

AT = datetime(2026, 7, 1, tzinfo=UTC)
COLUMNS = (
    ColumnProfile(
        name="学校标识码", label="学校标识码", type=ValueType.TEXT, rows=3, distinct=3, lengths=(10, 10)
    ),
    ColumnProfile(name="学校名称", label="学校名称", type=ValueType.TEXT, rows=3, distinct=3, lengths=(4, 8)),
)
OURS = Mapping(
    type="School",
    key=("学校标识码",),
    columns=(
        MappedColumn(column="学校标识码", attribute="code"),
        MappedColumn(column="学校名称", attribute="title"),
    ),
)


async def _dataset(connection: Connection, tenant: str, name: str) -> None:
    await connection.execute(
        "insert into dataset (tenant, name, title, columns, created, modified) values ($1, $2, $2, $3, $4, $4)",
        tenant, name, [msgspec.to_builtins(column) for column in COLUMNS], AT,
    )  # fmt: skip


async def test_a_decision_replaces_the_proposal_and_serves_the_next_file(
    database: Database, tenant: str
) -> None:
    async with database.tenant(tenant) as connection:
        await _dataset(connection, tenant, "schools")
        before = await proposal_of(connection, "schools", AT)
        assert (before.mapping.model, before.remembered) == ("EducationalInstitution", False)
        await decide(connection, tenant, "schools", OURS, actor="x", at=AT)
        after = await proposal_of(connection, "schools", AT)
        assert (after.mapping, after.remembered) == (OURS, True)
        assert (await propose_for(connection, COLUMNS, dataset="schools-2027", at=AT)).mapping == OURS


async def test_the_next_import_of_the_dataset_uses_it(database: Database, tenant: str) -> None:
    async with database.tenant(tenant) as connection:
        await _dataset(connection, tenant, "schools")
        await decide(connection, tenant, "schools", OURS, actor="x", at=AT)
        dataset = await imports.dataset(connection, "schools")
    assert dataset.mapping is not None
    assert (dataset.mapping.type, dataset.key_columns) == ("School", ("学校标识码",))


async def test_a_decision_about_columns_that_are_not_there_is_refused(
    database: Database, tenant: str
) -> None:
    wrong = msgspec.structs.replace(OURS, key=("gone",), model="None")
    async with database.tenant(tenant) as connection:
        await _dataset(connection, tenant, "schools")
        with pytest.raises(Invalid) as caught:
            await decide(connection, tenant, "schools", wrong, actor="x", at=AT)
        assert [fault.where for fault in caught.value.faults] == ["/model", "/key/0"]
