"""Each kind of rule on a handful of records: which ones break it."""

from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import pytest
from hypothesis import given
from hypothesis import strategies as st

from quanyu.core.errors import Invalid
from quanyu.core.profile import ValueType
from quanyu.govern.quality.quote import literal, name
from quanyu.govern.quality.rules import Rule, RuleKind
from quanyu.govern.quality.sql import Surroundings, compile_rule

_TYPES = {str: "VARCHAR", int: "BIGINT", float: "DOUBLE", date: "DATE"}
_VALUES = {str: ValueType.TEXT, int: ValueType.INTEGER, float: ValueType.NUMBER, date: ValueType.DATE}


def broken(
    kind: RuleKind,
    records: list[tuple[Any, ...]],
    *,
    columns: str = "abcd",
    tables: dict[str, str] | None = None,
    **parameters: Any,
) -> list[int]:
    """The places of the records that break a rule over all their columns."""
    width = len(records[0])
    kinds = [next((type(r[i]) for r in records if r[i] is not None), str) for i in range(width)]
    with duckdb.connect() as connection:
        described = ", ".join(f"{name(columns[i])} {_TYPES[kinds[i]]}" for i in range(width))
        connection.execute(f"CREATE TABLE typed (_row BIGINT, {described})")
        for place, record in enumerate(records):
            connection.execute(f"INSERT INTO typed VALUES ({place}, {', '.join('?' * width)})", record)
        around = Surroundings(
            types={columns[i]: _VALUES[kinds[i]] for i in range(width)},
            tables=tables or {},
            as_of=date(2026, 1, 1),
            readable=frozenset(columns),
        )
        check = compile_rule(
            Rule(name="r", kind=kind, columns=tuple(columns[:width]), parameters=parameters),
            around,
            temporary="t",
        )
        for statement in check.setup:
            connection.execute(statement)
        rows = connection.execute(f"SELECT _row FROM typed WHERE {check.broken} ORDER BY _row").fetchall()
        return [row[0] for row in rows]


def test_not_null() -> None:
    assert broken(RuleKind.NOT_NULL, [("x",), (None,)]) == [1]


def test_unique_leaves_the_first_record_of_a_key() -> None:
    assert broken(RuleKind.UNIQUE, [("x", 1), ("x", 2), ("x", 1), (None, 1), (None, 1)]) == [2]


def test_range_of_numbers_and_of_days() -> None:
    assert broken(RuleKind.RANGE, [(1,), (-1,), (11,), (None,)], minimum=0, maximum=10) == [1, 2]
    assert broken(RuleKind.RANGE, [(date(2020, 1, 1),), (date(1900, 1, 1),)], minimum="1950-01-01") == [1]


def test_pattern_matches_the_whole_text() -> None:
    assert broken(RuleKind.PATTERN, [("E18",), ("E-18",), ("xE18",)], pattern="[A-Z][0-9]{2}") == [1, 2]


def test_code_list() -> None:
    assert broken(RuleKind.CODE_LIST, [("投诉",), ("咨寻",), (None,)], codes=["投诉", "咨询"]) == [1]


def test_a_region_code_is_judged_at_the_day_and_unknown_ones_are_left_to_the_code_list(
    tmp_path: Path,
) -> None:
    table = str(tmp_path / "regions.parquet")
    duckdb.connect().execute(
        f"""COPY (SELECT * FROM (VALUES ('310108', '闸北区', DATE '1980-12-01', DATE '2015-10-01'), ('310101', '黄浦区', NULL, NULL))
        t(code, name, valid_from, valid_to)) TO '{table}'"""
    )
    codes = [("310101",), ("310108",), ("310101002000",), ("999999",)]
    assert broken(RuleKind.REGION_CODE, codes, tables={"regions": table}) == [1]
    assert broken(
        RuleKind.CODE_LIST, codes, tables={"regions": table}, table="regions", column="code", prefix=6
    ) == [3]
    dated = [("310108", date(2014, 5, 1)), ("310108", date(2016, 5, 1))]
    assert broken(RuleKind.REGION_CODE, dated, columns="ab", tables={"regions": table}, date_column="b") == [
        1
    ]


@pytest.mark.parametrize("written", ["<script>", "9" * 300, "31010", "黄浦区", "31 0101"])
def test_what_is_no_region_code_at_all_is_told(tmp_path: Path, written: str) -> None:
    table = str(tmp_path / "regions.parquet")
    duckdb.connect().execute(
        f"COPY (SELECT '310101' AS code, NULL::DATE AS valid_from, NULL::DATE AS valid_to) TO '{table}'"
    )
    codes = [("310101",), (written,), (None,), ("31",), ("310101002",)]
    assert broken(RuleKind.REGION_CODE, codes, tables={"regions": table}) == [1]


def test_a_column_called_like_a_column_of_the_list_is_still_the_one_meant(tmp_path: Path) -> None:
    table = str(tmp_path / "regions.parquet")
    duckdb.connect().execute(
        f"COPY (SELECT '310101' AS code, NULL::DATE AS valid_from, NULL::DATE AS valid_to) TO '{table}'"
    )
    assert broken(RuleKind.REGION_CODE, [("310101",)], columns=["code"], tables={"regions": table}) == []


def test_placeholders_are_zero_known_points_and_what_the_sibling_column_says() -> None:
    points = [
        (0.0, 0.0, "x"),
        (114.3, 22.7, "x"),
        (114.3, 22.7, "(0, 0)"),
        (1.0, 2.0, None),
        (0.0, 22.7, None),
    ]
    assert broken(RuleKind.PLACEHOLDER_POINT, points, points=[[1.0, 2.0]]) == [0, 2, 3]


def test_inside_region() -> None:
    assert broken(
        RuleKind.INSIDE_REGION,
        [(114.3, 22.7), (113.8, 22.7), (None, 22.7)],
        west=114,
        south=22,
        east=115,
        north=23,
    ) == [1]


@pytest.mark.parametrize(("operator", "places"), [("<=", [1]), ("<", [0, 1]), ("=", [1, 2])])
def test_compare(operator: str, places: list[int]) -> None:
    assert broken(RuleKind.COMPARE, [(1, 1), (2, 1), (1, 2), (None, 1)], operator=operator) == places


def test_parts_make_the_whole_and_what_is_not_told_is_not_judged() -> None:
    books = [(5, 6, 2.0, 13), (5, 6, 2.0, 14), (5, None, 2.0, 13), (5, 6, 2.4, 13)]
    assert broken(RuleKind.SUM, books) == [1, 3]
    assert broken(RuleKind.SUM, books, tolerance=0.5) == [1]


def test_a_code_with_two_names_breaks_the_dependency_with_all_its_records() -> None:
    assert broken(
        RuleKind.FUNCTIONAL_DEPENDENCY, [("1", "甲"), ("1", "乙"), ("2", "丙"), ("2", "丙"), (None, "丁")]
    ) == [0, 1]


def test_a_text_said_again_is_repeated() -> None:
    assert broken(RuleKind.REPEATED_TEXT, [("路灯不亮",), ("占道",), ("路灯不亮",), (None,), (None,)]) == [2]


def test_reference_compares_by_key_within_a_tolerance(tmp_path: Path) -> None:
    table = str(tmp_path / "truth.parquet")
    duckdb.connect().execute(
        f"COPY (SELECT * FROM (VALUES ('A', 10.0), ('B', 20.0)) t(station, value)) TO '{table}'"
    )
    records = [("A", 10.4), ("B", 22.0), ("C", 1.0)]
    assert broken(
        RuleKind.REFERENCE,
        records,
        tables={"truth": table},
        table="truth",
        key=["station"],
        column="value",
        tolerance=1,
    ) == [1]


def test_a_leap_there_and_back_is_blamed_on_the_point_between() -> None:
    track = [
        ("t", 0, 114.0, 22.7),
        ("t", 60, 114.001, 22.7),
        ("t", 120, 116.0, 22.7),
        ("t", 180, 114.002, 22.7),
    ]
    with duckdb.connect() as connection:
        connection.execute("CREATE TABLE typed (_row BIGINT, e VARCHAR, t TIMESTAMP, x DOUBLE, y DOUBLE)")
        for place, (who, second, x, y) in enumerate(track):
            connection.execute(
                "INSERT INTO typed VALUES (?, ?, make_timestamp(?::BIGINT * 1000000), ?, ?)",
                [place, who, second, x, y],
            )
        around = Surroundings(
            types={
                "e": ValueType.TEXT,
                "t": ValueType.DATETIME,
                "x": ValueType.NUMBER,
                "y": ValueType.NUMBER,
            },
            tables={},
            as_of=date(2026, 1, 1),
        )
        rule = Rule(
            name="r",
            kind=RuleKind.SPEED,
            columns=("e", "t", "x", "y"),
            parameters={"maximum": 300.0, "leap": 500},
        )
        check = compile_rule(rule, around, temporary="t")
        connection.execute(check.setup[0].replace('"t" AS', '"jumps" AS', 1))
        assert connection.execute('SELECT _row FROM "jumps"').fetchall() == [(2,)]


def test_lost_characters() -> None:
    assert broken(RuleKind.ENCODING, [("好", None), ("\ufffd\ufffd", "x"), ("x", "a\ufffd")]) == [1, 2]


@pytest.mark.parametrize(
    ("kind", "parameters"),
    [
        (RuleKind.RANGE, {}),
        (RuleKind.CODE_LIST, {}),
        (RuleKind.COMPARE, {}),
        (RuleKind.PATTERN, {}),
        (RuleKind.REGION_CODE, {}),
        (RuleKind.RANGE, {"minimum": "x"}),
    ],
)
def test_a_rule_without_what_it_needs_is_invalid(kind: RuleKind, parameters: dict[str, Any]) -> None:
    with pytest.raises(Invalid):
        broken(kind, [(1,)], **parameters)


@given(st.text(), st.text(min_size=1).filter(lambda text: "\x00" not in text))
def test_any_text_is_a_literal_and_any_name_an_identifier(text: str, column: str) -> None:
    with duckdb.connect() as connection:
        row = connection.execute(
            f"SELECT {name(column)} FROM (SELECT {literal(text)} AS {name(column)})"
        ).fetchone()
        assert row == (text.replace("\x00", ""),)
