"""Texts for people are complete in both languages, and every key that code names exists."""

import json
import re
from inspect import signature
from pathlib import Path

import pytest

import quanyu
from quanyu.app.wiring import EVENTS, JOBS
from quanyu.core.messages import catalogue
from quanyu.identity import ACTIONS
from quanyu.identity.accounts.first_start import ensure_administrator
from scripts.pictures.words import Words

ROOT = Path(quanyu.__file__).parent
PACKAGES = sorted(path.parent.name for path in ROOT.glob("*/messages"))
CATALOGUES = sorted([*ROOT.glob("**/messages/*.json"), *ROOT.parents[1].glob("portal/src/messages/*.json")])
_PLACE = re.compile(r"\{(\w+)")


@pytest.mark.parametrize("package", PACKAGES)
def test_both_catalogues_have_the_same_keys(package: str) -> None:
    assert catalogue(package, "zh-CN").keys() == catalogue(package, "en").keys()


@pytest.mark.parametrize("package", PACKAGES)
def test_both_languages_use_the_same_places(package: str) -> None:
    english = catalogue(package, "en")
    different = {
        key
        for key, text in catalogue(package, "zh-CN").items()
        if set(_PLACE.findall(text)) != set(_PLACE.findall(english[key]))
    }
    assert not different


@pytest.mark.parametrize("file", CATALOGUES, ids=lambda file: str(file.relative_to(ROOT.parents[1])))
def test_no_key_stands_twice_where_only_the_last_text_would_be_seen(file: Path) -> None:
    def once(pairs: list[tuple[str, object]]) -> dict[str, object]:
        names = [name for name, _ in pairs]
        assert len(set(names)) == len(names), {name for name in names if names.count(name) > 1}
        return dict(pairs)

    json.loads(file.read_text(encoding="utf-8"), object_pairs_hook=once)


def test_every_key_named_in_code_has_a_text() -> None:
    raised = re.compile(
        r"(?:Invalid|NotFound|Conflict|Denied|Unauthenticated|TooLarge|Unavailable|Fault|text)\(\s*\"([a-z_]+\.[\w.]+)\""
    )
    missing = {
        (path.relative_to(ROOT).as_posix(), key)
        for path in ROOT.rglob("*.py")
        for key in raised.findall(path.read_text(encoding="utf-8"))
        if key.partition(".")[0] in PACKAGES and key not in catalogue(key.partition(".")[0], "en")
    }
    assert not missing


@pytest.mark.parametrize("language", ["zh-CN", "en"])
def test_the_portal_has_words_for_every_kind_of_work(language: str) -> None:
    kinds = {*JOBS, *(f"event:{kind}" for kind in EVENTS)}
    words = Words(language)
    assert {kind for kind in kinds if not words.holds(f"queue.kind.{re.sub('[.:]', '_', kind)}")} == set()


@pytest.mark.parametrize("language", ["zh-CN", "en"])
def test_the_portal_has_words_for_every_kind_of_thing_that_evidence_is_about(language: str) -> None:
    named = re.compile(r"\bResource\(\s*\"([a-z_]+)\"")
    sources = (path.read_text(encoding="utf-8") for path in ROOT.rglob("*.py"))
    kinds = {one.kind for one in ACTIONS} | {kind for source in sources for kind in named.findall(source)}
    words = Words(language)
    assert {kind for kind in kinds if not words.holds(f"evidence.kind.{kind}")} == set()


def test_the_portal_knows_the_first_administrator_by_the_name_that_the_node_gives() -> None:
    given = signature(ensure_administrator).parameters["name"].default
    assert Words("zh-CN")("frame.administrator") == given
