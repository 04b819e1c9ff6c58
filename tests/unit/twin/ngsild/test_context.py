"""Names and IRIs (5.5.7): what a request's @context makes of a term, what is stored, what is shown."""

from typing import Any

import pytest
import pytest_asyncio
from hypothesis import given
from hypothesis import strategies as st

from quanyu.core.errors import Invalid
from quanyu.twin.ngsild.context import CORE, CORE_URL, Context, Contexts, LdContextNotAvailable, NoLibrary
from quanyu.twin.ngsild.context.core_terms import TERMS

VEHICLES = "https://city.example/vehicles.jsonld"
DEFAULT = "https://uri.etsi.org/ngsi-ld/default-context/"


class Shelf(NoLibrary):
    """A library of documents by URL."""

    def __init__(self, **documents: Any) -> None:
        self.documents = {f"https://city.example/{name}.jsonld": one for name, one in documents.items()}
        self.uses: list[str] = []

    async def document(self, tenant: str, url: str) -> object:
        return {"@context": self.documents[url]}

    def used(self, tenant: str, urls: tuple[str, ...]) -> None:
        self.uses += urls


def contexts(**documents: Any) -> Contexts:
    return Contexts(Shelf(**documents))


@pytest_asyncio.fixture
async def vehicles() -> Context:
    terms = {
        "speed": "https://city.example/#speed",
        "ex": "https://city.example/#",
        "Car": {"@id": "ex:Car"},
        "location": "https://city.example/#location",
        "kind": "@type",
    }
    return await contexts(vehicles=[terms, CORE_URL]).of("t", VEHICLES)


def test_without_a_context_names_stay_short() -> None:
    assert (CORE.stored("speed"), CORE.term("speed")) == ("speed", "speed")
    assert CORE.iri("speed") == DEFAULT + "speed"


def test_a_term_is_stored_as_its_iri_and_shown_as_the_term(vehicles: Context) -> None:
    assert vehicles.stored("speed") == "https://city.example/#speed"
    assert vehicles.term("https://city.example/#speed") == "speed"
    assert CORE.term("https://city.example/#speed") == "https://city.example/#speed"


def test_compact_iris_are_expanded_and_made(vehicles: Context) -> None:
    assert vehicles.stored("ex:Car") == vehicles.stored("Car") == "https://city.example/#Car"
    assert vehicles.term("https://city.example/#Bus") == "ex:Bus"


def test_core_terms_cannot_be_redefined(vehicles: Context) -> None:
    assert vehicles.stored("location") == "location"


def test_a_name_that_the_context_uses_for_something_else_is_not_shown_short(vehicles: Context) -> None:
    assert vehicles.term("speed") == "ngsi-ld:default-context/speed"
    assert vehicles.stored("ngsi-ld:default-context/speed") == "speed"


@pytest.mark.parametrize("name", ["type", "id", "@id", "", "a b", "a<b"])
def test_what_cannot_be_a_name_is_refused(name: str) -> None:
    with pytest.raises(Invalid):
        CORE.stored(name)


@given(st.from_regex(r"[a-z]{1,8}(:[a-z]{1,5})?", fullmatch=True))
def test_what_is_stored_and_shown_is_stored_the_same_again(name: str) -> None:
    context = Context(user=_terms())
    stored = context.stored(name) if name not in ("id", "type") else "x"
    assert context.stored(context.term(stored)) == stored


def test_every_core_term_is_stored_as_itself() -> None:
    assert {term: CORE.stored(iri) for term, iri in TERMS.items()} == {term: term for term in TERMS}


async def test_contexts_are_made_once_and_their_uses_counted() -> None:
    shelf = Shelf(a={"x": "https://x.example/x"})
    made = Contexts(shelf)
    first = await made.of("t", "https://city.example/a.jsonld")
    assert await made.of("t", "https://city.example/a.jsonld") is first
    assert len(shelf.uses) == 2


async def test_a_context_may_be_a_list_of_urls_and_objects() -> None:
    made = contexts(a={"x": "https://x.example/a"}, b="https://city.example/a.jsonld")
    context = await made.of("t", ["https://city.example/b.jsonld", {"x": "https://x.example/b"}])
    assert (context.stored("x"), context.link) == ("https://x.example/b", "")


async def test_only_core_contexts_are_the_core() -> None:
    old = "https://uri.etsi.org/ngsi-ld/v1/ngsi-ld-core-context-v1.3.jsonld"
    assert await Contexts().of("t", [old, CORE_URL]) is CORE


@pytest.mark.parametrize(
    "documents",
    [
        {"a": "https://city.example/a.jsonld"},
        {"a": ["https://city.example/b.jsonld"], "b": "https://city.example/a.jsonld"},
        {"a": 5},
        {"a": {"x": 5}},
        {"a": {"x": "y:1", "y": "x:1"}},
        {"a": [[[[[[[[[[[[[[[[[[{}]]]]]]]]]]]]]]]]]], "b": {}},
    ],
)
async def test_a_remote_context_that_is_cyclic_or_none_is_not_available(documents: Any) -> None:
    with pytest.raises(LdContextNotAvailable):
        await contexts(**documents).of("t", "https://city.example/a.jsonld")


@pytest.mark.parametrize("source", [5, True, {"x": 5}, [{"x": "x:1"}], {"@vocab": 5}])
async def test_an_inline_context_that_is_none_is_invalid(source: Any) -> None:
    with pytest.raises(Invalid):
        await Contexts().of("t", source)


def _terms() -> Any:
    from quanyu.twin.ngsild.context.terms import terms_in

    return terms_in([{"a": "https://x.example/a", "b": "https://x.example/", "c": {"@id": "b:c"}}])
