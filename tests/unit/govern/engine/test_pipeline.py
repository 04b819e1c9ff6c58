"""Imports from a file to accepted and quarantined records."""

from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from quanyu.core.errors import Invalid
from quanyu.core.profile import ValueType
from quanyu.govern.engine.model import ColumnChoice, RawPolicy
from quanyu.govern.quality.rules import Origin, Rule, RuleKind, Severity

Importer = Callable[..., Any]


def test_a_clean_file_is_accepted_with_its_types(imported: Importer) -> None:
    done = imported("code,name,count,day\nA1,井盖,3,2020-01-03\nA2,路灯,4,2020-01-04\n")
    assert (done.report.read, done.report.accepted, done.report.quarantined) == (2, 2, 0)
    assert done.rows("accepted", "code, name, count, day") == [
        ("A1", "井盖", 3, date(2020, 1, 3)),
        ("A2", "路灯", 4, date(2020, 1, 4)),
    ]
    assert done.report.score == 100


def test_a_record_keeps_its_line_and_its_file(imported: Importer) -> None:
    done = imported("a,b\n1,x\n2,y\n", "a,b\n3,z\n")
    assert done.rows("accepted", "a, _row, _source, _line") == [(1, 0, 0, 2), (2, 1, 0, 3), (3, 2, 1, 2)]


def test_a_value_that_is_no_number_refuses_its_record_with_what_was_written(imported: Importer) -> None:
    done = imported("a,b\n" + "".join(f"{i},{i % 7}\n" for i in range(100)) + "100,n.v.t.\n")
    assert (done.report.accepted, done.report.quarantined) == (100, 1)
    ((written, faults),) = done.rows("quarantine", "b, _faults")
    assert written == "n.v.t."
    assert [(fault["rule"], fault["value"]) for fault in faults] == [("type:b", "n.v.t.")]


def test_a_record_keeps_all_reasons_not_only_the_first(imported: Importer) -> None:
    good = "".join(f"{i},2020-01-01 08:00:00,2020-01-02 08:00:00,{i % 5}\n" for i in range(200))
    bad = "200,2020-02-02 08:00:00,2020-02-01 08:00:00,x\n"
    done = imported("id,open_time,close_time,n\n" + good + bad)
    ((faults,),) = done.rows("quarantine", "_faults")
    assert {fault["rule"] for fault in faults} == {"compare:open_time,close_time", "type:n"}


def test_exact_duplicates_are_counted_and_dropped_and_nulls_are_values(imported: Importer) -> None:
    done = imported("a,b\n1,\n1,\n1,x\n1,x\n2,x\n")
    assert (done.report.read, done.report.accepted, done.report.duplicates) == (5, 3, 2)


def test_the_report_says_which_lines_repeat_which(imported: Importer) -> None:
    done = imported("a,b\n1,\n1,x\n1,\n2,x\n1,\n1,x\n")
    told = [(one.line, one.first) for one in done.report.repeated]
    assert told == [(4, 2), (6, 2), (7, 3)]
    assert len(told) == done.report.duplicates


def test_texts_that_say_no_value_are_missing_and_counted(imported: Importer) -> None:
    done = imported("id,place\n1,-\n2,NA\n3,坪山\n4,龙田\n")
    assert done.rows("accepted", "place") == [(None,), (None,), ("坪山",), ("龙田",)]
    assert [(n.column, n.kind, n.values) for n in done.report.normalised] == [("place", "missing", 2)]
    assert done.report.rules["not_null:place"] == 2


def test_white_space_around_text_goes_and_is_counted(imported: Importer) -> None:
    done = imported("id,name\n1,甲\u3000\n2,\t乙\n3,丙\n")
    assert done.rows("accepted", "name") == [("甲",), ("乙",), ("丙",)]
    assert sum(n.values for n in done.report.normalised if n.kind == "trimmed") == 2


def test_two_forms_of_time_in_one_column_are_both_read(imported: Importer) -> None:
    rows = "".join(f"{i},2020/1/{i % 28 + 1} 8:0:0\n" for i in range(60)) + "60,2020-01-05 09:10:11\n"
    done = imported("id,留言时间\n" + rows)
    assert done.report.quarantined == 0
    assert done.rows("accepted", '"留言时间"')[-1] == (datetime(2020, 1, 5, 9, 10, 11),)  # noqa: DTZ001


def test_a_person_decides_the_type_of_a_column(imported: Importer) -> None:
    choice = ColumnChoice(name="zip", type=ValueType.TEXT)
    done = imported("id,zip\n1,2124\n2,2108\n", columns=(choice,))
    assert done.rows("accepted", "zip") == [("2124",), ("2108",)]


def test_year_month_day_and_hour_become_one_moment(imported: Importer) -> None:
    done = imported("station,year,month,day,hour\nA,2013,3,1,0\nA,2013,3,1,1\nA,2013,3,1,2\nB,2013,3,1,0\n")
    assert [derived.name for derived in done.report.derived] == ["observed_at"]
    assert done.rows("accepted", "observed_at")[1] == (datetime(2013, 3, 1, 1),)  # noqa: DTZ001


def test_a_newer_file_supersedes_by_key(imported: Importer) -> None:
    first = imported("id,n\n1,10\n2,20\n3,30\n")
    second = imported("id,n\n2,20\n3,31\n4,40\n", key=("id",), previous=(first.report.outputs["accepted"],))
    changes = second.report.changes
    assert changes is not None
    assert (changes.new, changes.changed, changes.unchanged) == (1, 1, 1)


def test_a_third_file_does_not_meet_what_the_second_one_replaced(imported: Importer) -> None:
    first = imported("id,n\n1,10\n2,20\n")
    second = imported("id,n\n2,21\n3,30\n", key=("id",), previous=(first.report.outputs["accepted"],))
    third = imported(
        "id,n\n2,22\n",
        key=("id",),
        previous=(first.report.outputs["accepted"], second.report.outputs["accepted"]),
        superseded=(second.report.outputs["superseded"],),
    )
    assert third.report.changes is not None
    assert (third.report.changes.new, third.report.changes.changed) == (0, 1)


def test_files_without_the_key_of_the_dataset_are_refused_in_words(imported: Importer) -> None:
    first = imported("id,n\n1,10\n2,20\n", key=("id",))
    with pytest.raises(Invalid) as refused:
        imported("name,lat\n甲,31.2\n", key=("id",), previous=(first.report.outputs["accepted"],))
    assert refused.value.key == "govern.import.key_gone"
    assert "knows its records by id" in refused.value.text("en")


def test_a_soft_rule_flags_and_accepts(imported: Importer) -> None:
    done = imported("code,name\n1,甲\n1,乙\n2,丙\n2,丙 \n3,丁\n")
    assert done.report.quarantined == 0
    assert done.report.rules["functional_dependency:code,name"] == 2
    assert done.rows("accepted", "_flags")[0] == (["functional_dependency:code,name"],)


def test_a_saved_rule_wins_over_a_suggested_one_and_a_rule_can_be_switched_off(imported: Importer) -> None:
    text = "id,place\n1,-\n2,坪山\n3,龙田\n"
    saved = Rule(name="not_null:place", kind=RuleKind.NOT_NULL, columns=("place",), origin=Origin.USER)
    assert imported(text, rules=(saved,)).report.quarantined == 1
    assert "not_null:place" not in imported(text, switched_off=("not_null:place",)).report.rules


def test_what_was_suggested_for_a_column_now_gone_is_let_be_but_a_rule_of_a_person_is_not(
    imported: Importer,
) -> None:
    gone = Rule(name="x", kind=RuleKind.NOT_NULL, columns=("gone",))
    assert imported("id\n1\n", rules=(gone,)).report.accepted == 1
    with pytest.raises(Invalid, match="gone"):
        imported(
            "id\n1\n", rules=(Rule(name="x", kind=RuleKind.NOT_NULL, columns=("gone",), origin=Origin.USER),)
        )


def test_column_names_and_values_of_others_never_become_sql(imported: Importer) -> None:
    name = 'a"); DROP TABLE raw_rows; --'
    quoted = '"' + name.replace('"', '""') + '"'
    rule = Rule(
        name="it's", kind=RuleKind.CODE_LIST, columns=(name,), parameters={"codes": ["x' OR '1'='1", "y"]}
    )
    done = imported(f"{quoted},b\ny,1\nz,2\n", rules=(rule,))
    assert done.report.quarantined == 1


def test_reserved_names_of_columns_are_moved_out_of_the_way(imported: Importer) -> None:
    done = imported("_row,_line\n5,7\n6,8\n")
    assert done.rows("accepted", "_row_2, _line_2, _row, _line") == [(5, 7, 0, 2), (6, 8, 1, 3)]
    done = imported("file_row_number,_import,_From_Row\n5,a,7\n")
    assert done.rows("accepted", "file_row_number_2, _import_2, _From_Row_2") == [(5, "a", 7)]


def test_region_codes_stay_text_also_those_of_a_city_that_is_made_up(imported: Importer) -> None:
    done = imported("region_code,n\n990101,1\n990102,2\n440305,3\n")
    assert (done.type_of("region_code"), done.type_of("n")) == ("text", "integer")


def test_the_fewest_columns_that_span_a_table_are_its_key(imported: Importer) -> None:
    lines = [
        f"{station},{kind},{year},{(year * 7 + ord(station)) % 5}\n"
        for station in "ABCDE"
        for kind in ("pm25", "no2", "o3")
        for year in range(2000, 2010)
    ]
    done = imported("station,kind,year,level\n" + "".join(lines))
    assert sorted(done.report.key) == ["kind", "station", "year"]
    assert (
        imported("station,kind,year,level\n" + "".join(lines[:1] + lines[5:] + ["A,no2,2003,9\n"])).report.key
        == ()
    )


def test_the_raw_text_is_kept_by_policy(imported: Importer) -> None:
    kept = imported("a\n 1\n 2\n")
    assert kept.report.outputs["raw"].endswith("raw.parquet")
    assert "raw" not in imported("a\n1\n", raw=RawPolicy.UPLOAD).report.outputs


def test_what_does_not_fit_in_memory_is_judged_alike(
    imported: Importer, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = "id,open_time,close_time\n" + "".join(
        f"{i},2020-01-02 00:00:00,2020-01-0{1 if i % 50 == 0 else 3} 00:00:00\n" for i in range(500)
    )
    small = imported(text)
    monkeypatch.setattr("quanyu.govern.engine.landing.IN_MEMORY_CELLS", 10)
    monkeypatch.setattr("quanyu.govern.engine.pipeline._AT_ONCE", 120)
    large = imported(text)
    assert large.report.rules == small.report.rules == {"compare:open_time,close_time": 10}
    assert large.rows("accepted") == small.rows("accepted")
    assert large.rows("quarantine") == small.rows("quarantine")
    assert len(small.rows("quarantine")) == 10


cells = st.one_of(
    st.just(""), st.integers(-5, 5).map(str), st.sampled_from(["NA", "x", "2020-01-01", " 7", "-"])
)


@given(st.lists(st.tuples(cells, cells, cells), min_size=1, max_size=40))
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_no_record_is_lost_whatever_the_file_says(
    imported: Importer, rows: list[tuple[str, str, str]]
) -> None:
    body = "".join(f"{index},{','.join(row)}\n" for index, row in enumerate(rows))
    report = imported("id,a,b,c\n" + body).report
    assert report.read == len(rows)
    assert report.read == report.accepted + report.quarantined + report.duplicates


def test_a_file_without_records_is_an_import_of_none(imported: Importer) -> None:
    report = imported("a,b\n").report
    assert (report.read, report.accepted, report.score) == (0, 0, None)


def test_flags_cost_score_and_refusals_too(imported: Importer) -> None:
    rule = Rule(
        name="small", kind=RuleKind.RANGE, columns=("n",), parameters={"maximum": 5}, severity=Severity.FLAG
    )
    report = imported("n\n1\n2\n9\n9\n", rules=(rule,), suggest=False).report
    assert report.score == pytest.approx(66.67)


def test_files_stay_inside_the_work_folder(imported: Importer, tmp_path: Path) -> None:
    report = imported("a\n1\n").report
    assert all(Path(path).is_relative_to(tmp_path) for path in report.outputs.values())


def test_lines_that_are_no_records_are_named_in_the_report(imported: Importer) -> None:
    done = imported("a,b,c\n1,2,3\n4,5,6\n7,8,9,10\n11,12,13\n")
    (told,) = (fault for fault in done.report.faults if fault.key == "connect.files.cells.many")
    assert told.where.endswith(".csv:4")


def test_columns_that_only_some_files_have_are_named(imported: Importer) -> None:
    done = imported("id,a,b\n1,2,3\n", "id,b,c\n4,5,6\n", "x,y\n7,8\n")
    told = {
        fault.where: fault for fault in done.report.faults if fault.key.startswith("govern.engine.parts.")
    }
    first, second, third = (told[source.name] for source in done.report.sources)
    assert (first.key, first.values["columns"]) == ("govern.engine.parts.lacking", "c, x, y")
    assert (second.key, second.values["columns"]) == ("govern.engine.parts.lacking", "a, x, y")
    assert third.key == "govern.engine.parts.foreign"


def test_files_of_the_same_columns_are_one_dataset_without_a_remark(imported: Importer) -> None:
    done = imported("id,a\n1,2\n", "a,id\n3,4\n")
    assert not [fault for fault in done.report.faults if fault.key.startswith("govern.engine.parts.")]


def test_the_report_counts_the_lines_of_all_files_that_are_no_records(imported: Importer) -> None:
    months = [f"{month}月统计表\n编号,名称,数\nA{month},甲,1\nB{month},乙,2\n,小计,3\n" for month in (1, 2)]
    assert imported(*months).report.left_out == {"title": 2, "total": 2}
