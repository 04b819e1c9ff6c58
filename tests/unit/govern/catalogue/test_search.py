from datetime import UTC, datetime

import pytest

from quanyu.core.errors import Invalid
from quanyu.govern.catalogue import listing, service
from quanyu.govern.catalogue.ckan.arguments import Arguments, package_query
from quanyu.govern.catalogue.model import Description, Entry, Facts, State
from quanyu.govern.catalogue.search import Audience, Facet, Query, View, index
from quanyu.store import Database

NOW = datetime(2025, 6, 1, tzinfo=UTC)
ALL = View(audiences=frozenset(Audience))


def entry(title: str, abstract: str = "", **facts: float) -> Entry:
    return Entry(
        name="covers", resource_code="300000/000001", state=State.DRAFT, version=1, created=NOW, modified=NOW,
        description=Description(title=title, abstract=abstract, keywords=("市政",)), facts=Facts(**facts),
    )  # fmt: skip


def test_a_word_is_kept_once_with_its_best_rank() -> None:
    words = index(entry("井盖普查", abstract="井盖的位置")).words
    assert "1井盖" in words
    assert "3井盖" not in words
    assert {"2市政", "3位置", "1i:jgpc", "=share_type:2"} <= set(words)


@pytest.mark.parametrize(
    ("score", "band"), [(100.0, "90-100"), (89.9, "80-90"), (60.0, "60-80"), (0.0, "0-60")]
)
def test_scores_are_counted_in_bands(score: float, band: str) -> None:
    assert index(entry("x", score=score)).facets["score"] == band


@pytest.mark.parametrize("text", ["'", "a & b | !", "\\", ":* <->", "井盖')); drop table x", "😀", "(" * 50])
async def test_any_query_is_answered(database: Database, tenant: str, text: str) -> None:
    async with database.tenant(tenant) as connection:
        page = await listing.find(
            connection, Query(text=text, filters={Facet.REGION: (text,)}), ALL, after=None, limit=5
        )
    assert page.entries == []


async def test_a_page_mark_that_is_none_is_refused(database: Database, tenant: str) -> None:
    async with database.tenant(tenant) as connection:
        with pytest.raises(Invalid):
            await listing.find(connection, Query(), ALL, after="x" * 9, limit=5)


async def test_an_index_row_is_gone_with_a_change_that_fails(database: Database, tenant: str) -> None:
    with pytest.raises(RuntimeError):
        await create_and_fail(database, tenant)
    async with database.tenant(tenant) as connection:
        assert (await listing.find(connection, Query(text="井盖"), ALL, after=None, limit=5)).entries == []
        assert (await listing.counts(connection, Query(), ALL))[""] == {"": 0}


async def create_and_fail(database: Database, tenant: str) -> None:
    async with database.tenant(tenant) as connection:
        said = Description(title="井盖")
        await service.create(connection, tenant, name="a", said=said, facts=Facts(), author="z", at=NOW)
        raise RuntimeError


async def test_another_tenant_finds_and_counts_nothing_of_it(database: Database, tenant: str) -> None:
    async with database.tenant(tenant) as connection:
        said = Description(title="井盖")
        await service.create(connection, tenant, name="a", said=said, facts=Facts(), author="z", at=NOW)
    async with database.tenant(tenant + "x") as connection:
        assert (await listing.find(connection, Query(text="井盖"), ALL, after=None, limit=5)).entries == []
        assert (await listing.counts(connection, Query(text="井盖"), ALL))[""] == {"": 0}


def test_a_ckan_query_becomes_words_and_filters() -> None:
    query = package_query(
        Arguments(
            {"q": "title:井盖 *:*", "fq": '+organization:water res_format:("CSV" OR "JSON") capacity:public'}
        )
    )
    assert query.text.split() == ["井盖"]
    assert query.filters == {Facet.ORGANISATION: ("water",), Facet.FORMAT: ("csv", "json")}
