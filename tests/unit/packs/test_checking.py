from dataclasses import replace
from importlib.metadata import EntryPoint
from pathlib import Path

import pytest

from quanyu.packs import DatasetRule, Pack, QualityRule, RuleKind, View, ViewKind
from quanyu.packs.checking import Grade, judge
from quanyu.packs.finding import find_packs


def _checks(pack: Pack) -> set[str]:
    return {check for check, _, _ in judge(pack).faults}


def test_bronze_is_what_works(lamps: Pack) -> None:
    assert judge(lamps).grade is Grade.BRONZE
    assert judge(replace(lamps, version="new")).grade is Grade.NONE


def test_silver_explains_itself_in_both_languages(lamps: Pack) -> None:
    shy = replace(
        lamps, about={}, messages={"zh-CN": {"lamps.a": "灯 {n}", "lamps.b": "b"}, "en": {"lamps.a": "lamp"}}
    )
    assert {"texts", "messages"} <= _checks(shy)


def test_a_pack_that_imports_what_may_change_is_not_gold(lamps: Pack) -> None:
    assert "imports" in _checks(lamps)


def test_routes_stay_below_the_packs_own_prefix(lamps: Pack) -> None:
    assert "routes" in _checks(replace(lamps, name="other"))


def test_a_view_whose_action_does_not_exist_is_told(lamps: Pack) -> None:
    view = View(name="v", kind=ViewKind.CARD, titles=lamps.titles, action="nothing.read")
    assert "views" in _checks(replace(lamps, views=(view,)))


@pytest.mark.parametrize(
    ("block", "where"),
    [
        ({"kind": "tabel", "route": "/a"}, "kind"),
        ({"kind": "bars"}, "route"),
        ({"kind": "form", "route": "a"}, "route"),
    ],
)
def test_a_block_of_a_page_that_would_show_nothing_is_told_with_its_place(
    lamps: Pack, block: dict[str, str], where: str
) -> None:
    good = {"kind": "table", "route": "/api/v1/packs/lamps/lamps"}
    view = View(name="v", kind=ViewKind.PAGE, titles=lamps.titles, body={"blocks": [good, block]})
    found = [
        fault.where for check, _, fault in judge(replace(lamps, views=(view,))).faults if check == "views"
    ]
    assert found == [f"/views/v/blocks/1/{where}"]


def test_a_quality_rule_without_its_parameters_is_told(lamps: Pack) -> None:
    rule = QualityRule(name="r", kind=RuleKind.RANGE, columns=("a",), parameters={"least": 1})
    assert "quality" in _checks(replace(lamps, quality_rules=(DatasetRule(dataset="d", rule=rule),)))


def test_a_pack_at_which_a_check_stumbles_is_faulty_and_nothing_else_happens(lamps: Pack) -> None:
    assert judge(replace(lamps, routes=("no route",))).grade is Grade.NONE


def test_a_pack_whose_package_does_not_exist_is_judged_all_the_same(lamps: Pack) -> None:
    assert "imports" in _checks(replace(lamps, package="no.such.package"))


def test_a_verdict_is_kept_until_a_file_of_the_pack_changes(lamps: Pack, tmp_path: Path) -> None:
    pack = replace(lamps, migrations=tmp_path)
    assert judge(pack) is judge(pack)
    (tmp_path / "0001_lamps.sql").write_text("create table strange (id text)")
    assert "tables" in _checks(pack)


def test_a_pack_that_does_not_load_is_shown_and_the_others_are_found() -> None:
    found = find_packs(
        [
            EntryPoint("broken", "no.such.module:pack", "quanyu.packs"),
            EntryPoint("wrong", "json:loads", "quanyu.packs"),
        ]
    )
    assert [one.pack for one in found] == [None, None]
    assert "ModuleNotFoundError" in (found[0].fault or "")
    assert "is no Pack" in (found[1].fault or "")


def test_a_pack_that_does_not_load_says_on_which_of_its_lines(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "quanyu_torn.py").write_text("import json\n\npack = json.loads('{')\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    (found,) = find_packs([EntryPoint("torn", "quanyu_torn:pack", "quanyu.packs")])
    assert (found.fault or "").endswith(" (quanyu_torn.py:3)")
