"""Rows of other systems are read by a mapping; everything that is wrong with a row is said at once."""

import contextlib
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quanyu.act.imports.mapping import arrival, parse_mapping
from quanyu.act.imports.rows import rows
from quanyu.core.errors import Invalid

NOW = datetime(2026, 11, 21, tzinfo=UTC)
MAPPING = parse_mapping(
    {
        "system": "old", "times": ["%d.%m.%Y %H:%M"], "nowhere": [[0, 0]], "classes": {"井盖": "C01003"},
        "states": {"办结": "archived", "在办": "handling"}, "organisations": {"水务局": "water"},
        "answers": {"满意": "satisfied", "已解决": "true"}, "fields": {"source": "src"},
        "columns": {
            "number": "no", "reported": "in", "closed": "out", "due": "due", "state": "state", "class": "class",
            "description": ["text", "more"], "lon": "x", "lat": "y", "organisation": "dept", "satisfaction": "mark",
            "solved": "solved", "history": "log",
        },
    }
)  # fmt: skip


def read(**row: str) -> Any:
    return arrival(MAPPING, row, classes=frozenset({"C01003"}), now=NOW)


def test_a_row_becomes_what_it_was() -> None:
    one = read(
        no="7", **{"in": "01.11.2026 08:00", "out": "2026-11-02T09:00", "class": "井盖"}, state="办结", text="坏了", more="很久",
        x="120", y="30", dept="水务局", mark="满意", solved="已解决", src="12345",
        log='[{"at": "2026-11-01T10:00", "who": "王", "text": "已派"}]',
    )  # fmt: skip
    assert (one.reported, one.closed) == (
        datetime(2026, 11, 1, tzinfo=UTC),
        datetime(2026, 11, 2, 1, tzinfo=UTC),
    )
    assert (one.report.external, one.report.category, one.report.organisation, one.state) == (
        "old:7", "C01003", "water", "archived",
    )  # fmt: skip
    assert (one.report.description, one.report.fields) == ("坏了\n很久", {"source": "12345"})
    assert (one.callback["solved"], one.callback["satisfaction"]) == (True, "satisfied")
    assert [(note.text, note.at.hour) for note in one.notes] == [("已派", 2)]


def test_a_point_that_means_nowhere_is_none() -> None:
    assert read(no="1", **{"in": "2026-11-01"}, x="0", y="0").report.place is None


@pytest.mark.parametrize(
    ("row", "where"),
    [
        ({}, ["no", "in"]), ({"no": "1", "in": "soon"}, ["in"]), ({"no": "1", "in": "2027-01-01"}, ["in"]),
        ({"no": "1", "in": "2026-11-02", "out": "2026-11-01"}, ["out"]),
        ({"no": "1", "in": "2026-11-01", "state": "办结"}, ["class"]),
        ({"no": "1", "in": "2026-11-01", "x": "999", "y": "0", "state": "?", "class": "?", "dept": "?", "mark": "?", "log": "{"},
         ["class", "x", "dept", "state", "mark", "log"]),
    ],
)  # fmt: skip
def test_every_fault_of_a_row_is_said(row: dict[str, str], where: list[str]) -> None:
    with pytest.raises(Invalid) as refused:
        read(**row)
    assert sorted(fault.where for fault in refused.value.faults) == sorted(where)


@pytest.mark.parametrize(
    "wrong",
    [
        {},
        {"system": "a b", "columns": {}},
        {"system": "a", "columns": {"number": "n", "reported": "r"}, "zone": "Moon"},
    ],
)
def test_a_wrong_mapping_is_refused(wrong: object) -> None:
    with pytest.raises(Invalid):
        parse_mapping(wrong)


@pytest.mark.parametrize(
    "content",
    [
        "编号,内容\n1,甲\n2,乙\n".encode(), "编号\t内容\n1\t甲\n2\t乙\n".encode("gb18030"),
        '[{"编号": 1, "内容": "甲"}, {"编号": 2, "内容": "乙"}]'.encode(),
        '{"编号": 1, "内容": "甲"}\n\n{"编号": 2, "内容": "乙"}\n'.encode(),
        "\ufeff编号,内容\n1,甲\n2,乙\n".encode(),
    ],
)  # fmt: skip
def test_files_of_each_kind_have_the_same_rows(content: bytes, tmp_path: Path) -> None:
    (tmp_path / "f").write_bytes(content)
    assert [row for _, row in rows(tmp_path / "f")] == [
        {"编号": "1", "内容": "甲"},
        {"编号": "2", "内容": "乙"},
    ]


@given(st.dictionaries(st.sampled_from(["no", "in", "out", "x", "y", "log", "state", "text"]), st.text()))
def test_whatever_a_row_says_it_is_read_or_refused(row: dict[str, str]) -> None:
    with contextlib.suppress(Invalid):
        assert read(**row).report.external
