from dataclasses import replace
from datetime import UTC, date, datetime

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from quanyu.core.codes import CodeEntry, CodeList
from quanyu.core.errors import Conflict, Invalid, NotFound
from quanyu.govern.standards import built_in, service
from quanyu.govern.standards.service import StandardKind
from quanyu.govern.standards.table import code_list_csv, parse_entries
from quanyu.store import Database

AT = datetime(2026, 7, 1, tzinfo=UTC)
TODAY = AT.date()


def _list(version: str, since: date, *codes: str, until: date | None = None) -> CodeList:
    return CodeList(
        name="lamp-kinds", title_zh="灯", title_en="Lamps", version=version, effective_from=since, effective_to=until,
        entries=tuple(CodeEntry(code=code, name=f"灯{code}") for code in codes),
    )  # fmt: skip


def test_built_in_standards_are_sound_and_refer_to_each_other() -> None:
    for kind in (built_in.code_lists(), built_in.data_elements(), built_in.data_models()):
        service.check(kind)
    lists = {one.name for one in built_in.code_lists()} | {"regions"}
    fields = [
        *built_in.data_elements(),
        *(one for model in built_in.data_models() for one in model.attributes),
    ]
    assert {field.code_list for field in fields if field.code_list} <= lists


def test_every_parent_in_a_built_in_list_is_in_its_class_list() -> None:
    lists = {one.name: one for one in built_in.code_lists()}
    assert {entry.parent for entry in lists["component-items"].entries} == set(
        lists["component-classes"].by_code
    )
    assert {entry.parent for entry in lists["event-items"].entries} == set(lists["event-classes"].by_code)


async def test_the_version_in_force_on_a_day_is_found(database: Database, tenant: str) -> None:
    old, new = _list("1", date(2020, 1, 1), "a"), _list("2", date(2026, 1, 1), "a", "b")
    async with database.tenant(tenant) as connection:
        assert (
            await service.add(connection, tenant, StandardKind.CODE_LISTS, [old, new], actor="x", at=AT) == 2
        )
        assert await service.standard(connection, StandardKind.CODE_LISTS, "lamp-kinds", at=TODAY) == new
        assert (
            await service.standard(connection, StandardKind.CODE_LISTS, "lamp-kinds", at=date(2021, 1, 1))
            == old
        )
        with pytest.raises(NotFound):
            await service.standard(connection, StandardKind.CODE_LISTS, "lamp-kinds", at=date(2019, 1, 1))
        assert new in await service.standards(connection, StandardKind.CODE_LISTS, at=TODAY)


async def test_a_version_never_changes(database: Database, tenant: str) -> None:
    first, other = _list("1", date(2020, 1, 1), "a"), _list("1", date(2020, 1, 1), "b")
    async with database.tenant(tenant) as connection:
        for _ in range(2):
            added = await service.add(connection, tenant, StandardKind.CODE_LISTS, [first], actor="x", at=AT)
        assert added == 0
        with pytest.raises(Conflict):
            await service.add(connection, tenant, StandardKind.CODE_LISTS, [other], actor="x", at=AT)


async def test_a_tenants_version_is_laid_over_the_built_in_one_for_this_tenant_only(
    database: Database, tenant: str
) -> None:
    model = msgspec.structs.replace(
        built_in.data_models()[0], version="9", effective_from=date(2026, 2, 1), title_en="Ours"
    )
    async with database.tenant(tenant) as connection:
        await service.add(connection, tenant, StandardKind.MODELS, [model], actor="x", at=AT)
        assert await service.standard(connection, StandardKind.MODELS, model.name, at=TODAY) == model
    async with database.tenant(f"{tenant}x") as connection:
        assert (
            await service.standard(connection, StandardKind.MODELS, model.name, at=TODAY)
        ).version == "1.0"


def test_all_faults_of_an_import_are_named() -> None:
    lists = [_list("1", date(2020, 1, 1), "a", "a"), _list("2", date(2020, 1, 1), "", until=date(2019, 1, 1))]
    with pytest.raises(Invalid) as caught:
        service.check(lists)
    assert [fault.key.rpartition(".")[2] for fault in caught.value.faults] == [
        "code_twice",
        "dates",
        "code_twice",
    ]


CELLS = st.text(st.characters(blacklist_categories=("Cs", "Cc")), min_size=1).map(str.strip).filter(
    lambda text: text and not text.startswith("'") and ";" not in text
)  # fmt: skip
ENTRIES = st.builds(
    CodeEntry,
    code=CELLS,
    name=CELLS,
    parent=st.none() | CELLS,
    effective_from=st.none() | st.dates(),
    aliases=st.tuples(CELLS),
)


@given(st.lists(ENTRIES, max_size=5))
def test_a_code_list_survives_its_spreadsheet(entries: list[CodeEntry]) -> None:
    assert parse_entries(code_list_csv(replace(_list("1", TODAY), entries=tuple(entries)))) == tuple(entries)


def test_a_formula_is_written_as_text() -> None:
    entry = CodeEntry(code="=1+1", name="@SUM(A1)")
    assert "'=1+1,'@SUM(A1)" in code_list_csv(replace(_list("1", TODAY), entries=(entry,)))


def test_faulty_lines_of_a_spreadsheet_are_named() -> None:
    with pytest.raises(Invalid) as caught:
        parse_entries("code,name,effective_from\n1,a,2026-01-01\n,b,\n3,c,gestern\n")
    assert [fault.where for fault in caught.value.faults] == ["3", "4"]
