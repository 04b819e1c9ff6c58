"""Whatever JSON comes, it is parsed or refused as Invalid; what is parsed can be merged, shown and parsed again."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from hypothesis import example, given
from hypothesis import strategies as st

from quanyu.core.entity import VALUE_MEMBER, Kind
from quanyu.core.errors import Invalid
from quanyu.twin.ngsild.context import CORE, Context
from quanyu.twin.ngsild.context.terms import terms_in
from quanyu.twin.ngsild.document import (
    Form,
    Representation,
    State,
    append,
    merge,
    merge_values,
    parse_attribute,
    parse_entity,
    parse_fragment,
    parse_languages,
    parse_values,
    show,
    update,
)

NOW = datetime(2026, 1, 1, tzinfo=UTC)
CITY = Context(user=terms_in([{"a": "https://c.example/#a", "c": "https://c.example/#"}]))
_MEMBERS = sorted(
    {*VALUE_MEMBER.values(), "type", "@type", "datasetId", "observedAt", "unitCode", "objectType", "a", "b"}
)
_TEXTS = st.sampled_from(
    [*Kind, "Point", "a", "urn:a:1", "urn:ngsi-ld:null", "2026-01-01T00:00:00Z", "", "x y"]
)
_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | _TEXTS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(_MEMBERS), inner, max_size=4),
    max_leaves=10,
)
_ATTRIBUTES = st.dictionaries(st.sampled_from(["a", "b", "location", "scope", "@x"]), _JSON, max_size=3)


@dataclass(frozen=True, kw_only=True)
class Kept:
    types: tuple[str, ...]
    document: Any
    id: str = "urn:a:1"
    scope: tuple[str, ...] = ()
    created: datetime = NOW
    modified: datetime = NOW


def _entity(attributes: dict[str, Any], context: Context) -> Any:
    try:
        return parse_entity({"id": "urn:a:1", "type": "A", **attributes}, context)
    except Invalid:
        return parse_entity({"id": "urn:a:1", "type": "A", "a": {"object": "urn:b:1"}}, context)


@given(_ATTRIBUTES)
def test_an_entity_shown_whole_is_the_entity_that_was_parsed(attributes: dict[str, Any]) -> None:
    for context in (CORE, CITY):
        entity = _entity(attributes, context)
        kept = Kept(types=entity.types, document=entity.document, scope=entity.scope)
        for form in (Form.NORMALIZED, Form.CONCISE):
            assert parse_entity(show(kept, context, Representation(form=form)), context) == entity


@given(_ATTRIBUTES, _ATTRIBUTES)
@example({}, {"a": ["urn:ngsi-ld:null"]})
@example({"a": {"value": 1}}, {"a": {"value": {"b": ["urn:ngsi-ld:null"]}}})
def test_whatever_is_merged_can_be_shown(attributes: dict[str, Any], patch: dict[str, Any]) -> None:
    entity = _entity(attributes, CITY)
    state = State(types=entity.types, scope=entity.scope, document=entity.document)
    what = Representation(form=Form.SIMPLIFIED, languages=parse_languages("zh;q=0.5,*"), geometry="location")
    for change in (
        lambda: append(state, parse_fragment(patch, CITY, nulls=False), "x"),
        lambda: update(state, parse_fragment(patch, CITY), "x"),
        lambda: merge(state, parse_fragment(patch, CITY, partial=True), "x", observed="x", language="zh"),
        lambda: merge_values(state, parse_values(patch, CITY), "x"),
        lambda: merge(state, parse_attribute("a", patch, CITY), "x"),
    ):
        try:
            merged = change()
        except Invalid:
            continue
        show(Kept(types=merged.state.types, document=merged.state.document), CITY, what)
        shown = show(Kept(types=merged.state.types, document=merged.state.document), CITY)
        parse_fragment(shown, CITY)
