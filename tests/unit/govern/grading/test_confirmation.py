import threading
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from quanyu.core.errors import Invalid
from quanyu.core.profile import ColumnProfile, ValueType
from quanyu.govern.grading import service
from quanyu.govern.grading.model import Grade
from quanyu.store import Connection, Database

NOW = datetime(2025, 6, 1, tzinfo=UTC)
PHONE = ColumnProfile(
    name="phone", label="电话", type=ValueType.TEXT, rows=2, examples=("13800138001", "13912345678")
)
KIND = ColumnProfile(name="kind", label="类型", type=ValueType.TEXT, rows=2, examples=("雨水", "污水"))


async def confirm(connection: Connection, tenant: str, reason: str = "", **columns: Grade) -> Grade:
    decided = await service.confirm(
        connection, tenant, "covers", columns=columns, reason=reason, author="zhang", at=NOW
    )
    return decided.grade


async def test_a_lower_grade_than_suggested_needs_a_reason(database: Database, tenant: str) -> None:
    async with database.tenant(tenant) as connection:
        await service.regrade(connection, tenant, "covers", [PHONE, KIND], at=NOW)
        with pytest.raises(Invalid):
            await confirm(connection, tenant, phone=Grade.GENERAL_1)
        assert await confirm(connection, tenant, "公开的热线", phone=Grade.GENERAL_1) is Grade.GENERAL_1


async def test_what_a_person_confirmed_stays_until_new_content_is_found(
    database: Database, tenant: str
) -> None:
    async with database.tenant(tenant) as connection:
        await service.regrade(connection, tenant, "covers", [PHONE, KIND], at=NOW)
        await confirm(connection, tenant, "热线", phone=Grade.GENERAL_1)
        again = await service.regrade(connection, tenant, "covers", [PHONE, KIND], at=NOW)
        assert (again.confirmed, again.grade) == (True, Grade.GENERAL_1)
        values = {"kind": ["11010519491231002X"]}
        found = await service.regrade(connection, tenant, "covers", [PHONE, KIND], at=NOW, values=values)
        assert (found.confirmed, found.grade) == (False, Grade.GENERAL_4)


class Watched(list[str]):
    """Notes in which thread it is looked through."""

    def __iter__(self) -> Iterator[str]:
        self.thread = threading.get_ident()
        return super().__iter__()


async def test_values_are_looked_through_beside_the_requests(database: Database, tenant: str) -> None:
    phones = Watched(["13800138001"])
    async with database.tenant(tenant) as connection:
        await service.regrade(connection, tenant, "covers", [PHONE], at=NOW, values={"phone": phones})
    assert phones.thread != threading.get_ident()


async def test_a_derived_set_is_graded_as_high_as_what_it_came_from(database: Database, tenant: str) -> None:
    async with database.tenant(tenant) as connection:
        await service.regrade(connection, tenant, "covers", [PHONE], at=NOW)
        await service.inherit(connection, tenant, "counts", ["covers"], at=NOW)
        derived = await service.regrade(connection, tenant, "counts", [KIND], at=NOW)
        assert (derived.grade, derived.inherited) == (Grade.GENERAL_3, Grade.GENERAL_3)
