import json
import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quanyu.core.text import (
    bigrams,
    has_terms,
    index_terms,
    pinyin,
    pinyin_initials,
    pinyin_syllables,
    search_query,
    search_terms,
)
from quanyu.store import Database


def test_every_pair_and_every_last_character_is_a_term() -> None:
    assert bigrams("上水井盖 Cover-A5") == ["上水", "水井", "井盖", "盖", "cover", "a5"]


def test_mixed_runs_are_parted_and_folded() -> None:
    assert bigrams("ＰＭ2.5监测") == ["pm2.5", "监测", "测"]


def test_pinyin_knows_phrases() -> None:
    assert (pinyin("重庆"), pinyin_initials("江州市A区")) == ("chongqing", "jzsaq")


@given(st.text())
def test_any_text_can_be_indexed_and_searched(text: str) -> None:
    assert all(term and len(term) <= 64 for term in bigrams(text))
    assert bool(search_query(text)) == bool(search_terms(text))


@given(st.text("上水井盖路灯车站 abc", min_size=1))
def test_a_text_holds_every_term_that_it_searches_for(text: str) -> None:
    terms = bigrams(text)
    assert all(any(term.startswith(wanted) for term in terms) for wanted in search_terms(text))


@pytest.mark.parametrize(
    "query", ["井盖", "盖", "水", "jg", "ssjg", "jinggai", "cov", "a5", "井盖 cover", "JG"]
)
async def test_the_database_finds(database: Database, tenant: str, query: str) -> None:
    assert await _found(database, tenant, query)


@pytest.mark.parametrize("query", ["盖井", "路灯", "gj", "over", "井盖 路灯"])
async def test_the_database_does_not_find(database: Database, tenant: str, query: str) -> None:
    assert not await _found(database, tenant, query)


async def _found(database: Database, tenant: str, query: str) -> bool:
    async with database.tenant(tenant) as connection:
        return bool(
            await connection.fetchval(
                "select array_to_tsvector($1::text[]) @@ $2::tsquery",
                index_terms("上水井盖 Cover A5"),
                search_query(query),
            )
        )


def test_words_that_read_otherwise_than_their_characters_are_known() -> None:
    assert (pinyin("银行"), pinyin("长沙"), pinyin("厦门"), pinyin("会计")) == (
        "yinhang",
        "changsha",
        "xiamen",
        "kuaiji",
    )


def test_place_names_read_as_with_all_phrases_of_the_library() -> None:
    names = [
        "江州市行政审批服务局",
        "六安市",
        "重庆市九龙坡区",
        "朝阳区音乐厅停车场",
        "大都会银行",
        "人行道",
        "下水井盖",
    ]
    whole = "import json, sys; from pypinyin import lazy_pinyin; print(json.dumps(list(map(lazy_pinyin, sys.argv[1:]))))"
    read = subprocess.run([sys.executable, "-c", whole, *names], capture_output=True, check=True).stdout
    assert [pinyin_syllables(name) for name in names] == json.loads(read)


@pytest.mark.parametrize(
    ("query", "found"),
    [("水井", True), ("井水", False), ("盖", True), ("cov", True), ("over", False), ("水井 A5", True), ("水井 a6", False), ("", True)],
)  # fmt: skip
def test_terms_are_had_as_the_index_finds_them(query: str, found: bool) -> None:
    assert has_terms("上水井盖 Cover A5", query) is found
