"""What the portal shows of the packs that come along can be asked for, and has its words."""

import re
from typing import Any

import pytest

from quanyu.packs import Pack, ViewKind
from quanyu.scenarios import emergency, parking, sanitation

PACKS = (emergency.pack, parking.pack, sanitation.pack)


def _pages(pack: Pack) -> list[dict[str, Any]]:
    return [dict(view.body) for view in pack.views if view.kind is ViewKind.PAGE]


def _paths(pack: Pack, method: str) -> set[str]:
    return {
        re.sub(r"\{(\w+):\w+\}", r"{\1}", path)
        for route in pack.routes
        if method in route.http_methods
        for path in route.paths
    }


@pytest.mark.parametrize("pack", PACKS, ids=lambda one: one.name)
def test_every_block_of_a_page_asks_a_route_that_answers_and_names_its_values(pack: Pack) -> None:
    pages, asked = _pages(pack), _paths(pack, "GET")
    assert pages
    assert {page["day"] for page in pages if "day" in page} <= asked
    for block in [block for page in pages for block in page["blocks"]]:
        assert block["route"].split("?")[0] in _paths(pack, "POST" if block["kind"] == "form" else "GET")
        for name in (*block.get("columns", ()), *block.get("values", ()), *block.get("heads", {}).values()):
            assert all(f"{pack.name}.column.{name}" in texts for texts in pack.messages.values()), name
        if "remove" in block:
            path = re.sub(r"\{\w+\}", "{}", block["remove"]["route"])
            assert path in {re.sub(r"\{\w+\}", "{}", one) for one in _paths(pack, "DELETE")}


@pytest.mark.parametrize("pack", PACKS, ids=lambda one: one.name)
def test_every_choice_asks_a_route_that_answers_and_has_its_words(pack: Pack) -> None:
    for page in _pages(pack):
        fields = [field for block in page["blocks"] for field in block.get("fields", ())]
        for choice in (*page.get("choose", ()), *fields):
            assert "route" not in choice or choice["route"].split("?")[0] in _paths(pack, "GET")
            names = [
                f"column.{choice['name']}",
                *(f"{choice['name']}.{one}" for one in choice.get("values", ())),
            ]
            for texts in pack.messages.values():
                assert {f"{pack.name}.{name}" for name in names} <= texts.keys()


@pytest.mark.parametrize("pack", PACKS, ids=lambda one: one.name)
def test_every_text_of_a_page_is_there_in_both_languages(pack: Pack) -> None:
    texts = [
        block[name]
        for page in _pages(pack)
        for block in page["blocks"]
        for name in ("titles", "notes", "none", "submit", "done")
        if name in block
    ]
    assert all(text.get("zh-CN") and text.get("en") for text in texts)


@pytest.mark.parametrize("pack", PACKS, ids=lambda one: one.name)
def test_a_unit_in_words_has_a_form_for_one_and_one_for_many(pack: Pack) -> None:
    blocks = [block for page in _pages(pack) for block in page["blocks"]]
    units = [unit for block in blocks for unit in block.get("units", {}).values() if "en" in unit]
    assert [unit["en"] for unit in units if " | " not in unit["en"]] == []


@pytest.mark.parametrize("pack", PACKS, ids=lambda one: one.name)
def test_what_a_number_opens_is_there_and_can_be_narrowed_to_it(pack: Pack) -> None:
    pages = {view.name: dict(view.body) for view in pack.views if view.kind is ViewKind.PAGE}
    for name, page in pages.items():
        for block in page["blocks"]:
            shown = {*block.get("columns", ()), *block.get("values", ()), block.get("items")}
            assert block.get("opens", {}).keys() <= shown, (name, block["route"])
            for opening in block.get("opens", {}).values():
                said = {"block": opening} if isinstance(opening, str) else opening
                other = pages[said.get("view", name)]
                blocks = {one["name"]: one for one in other["blocks"] if "name" in one}
                told = blocks[said["block"]].get("only", ()) if "block" in said else ()
                chosen = [choice["name"] for choice in other.get("choose", ())]
                chosen += ["day"] if "{day}" in repr(other) else []
                assert {*said.get("with", {}), *said.get("is", {})} <= {*told, *chosen}, (name, said)
