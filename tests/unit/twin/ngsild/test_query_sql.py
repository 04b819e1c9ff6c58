"""Over random entities and queries: what SQL finds holds everything that the evaluator accepts, and what it counts unseen nothing else."""

import json
from datetime import UTC, datetime

import asyncpg
import sqlglot
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from quanyu.core.entity import box_of
from quanyu.store import Database
from quanyu.twin.model import Stored
from quanyu.twin.ngsild.query import (
    Parameters,
    Query,
    Selector,
    certain,
    condition,
    is_exact,
    matches,
    parse_geo_query,
    parse_pattern,
    parse_q,
    parse_scope_query,
    parse_types,
)

NOW = datetime(2026, 11, 21, tzinfo=UTC)

scalars = st.sampled_from([1, 2, 2.5, 0.1, "red", "blue", "2026-11-21T00:00:00Z", True, False, None])
compound = st.fixed_dictionaries({"city": scalars | st.lists(scalars, max_size=2)})
values = (
    scalars
    | st.lists(scalars, max_size=3)
    | compound
    | st.builds(lambda one: {"@type": "DateTime", "@value": one}, scalars)
)
plain = st.builds(lambda value: {"type": "Property", "value": value}, values)
others = st.sampled_from([
    {"type": "Relationship", "object": "urn:x:1"}, {"type": "Relationship", "object": ["urn:x:1", "urn:x:2"]},
    {"type": "LanguageProperty", "languageMap": {"en": "red", "de": ["rot", "blue"]}},
    {"type": "VocabProperty", "vocab": "red"}, {"type": "JsonProperty", "json": {"city": "red"}},
    {"type": "ListProperty", "valueList": [1, "red"]},
    {"type": "ListRelationship", "objectList": [{"object": "urn:x:1"}]},
    {"type": "GeoProperty", "value": {"type": "Point", "coordinates": [8.0, 40.0]}},
])  # fmt: skip
bare = plain | others
nested = st.builds(
    lambda outer, inner: outer | {"b": inner, "observedAt": "2026-11-21T00:00:00Z"}, bare, bare
)
instances = bare | nested
attributes = instances | st.lists(instances, min_size=2, max_size=2)
documents = st.dictionaries(st.sampled_from(["a", "b", 'it\'s "x"%']), attributes, max_size=2)
geometries = st.sampled_from([
    {"type": "Point", "coordinates": [8.0, 40.0]}, {"type": "Point", "coordinates": [179.999, 0.0]},
    {"type": "Polygon", "coordinates": [[[7, 39], [9, 39], [9, 41], [7, 41], [7, 39]]]},
    {"type": "LineString", "coordinates": [[-180, 0], [-170, 10]]},
])  # fmt: skip
entities = st.builds(
    lambda types, scope, document, place: Stored(
        id="urn:e:1", types=types, dataset="", scope=scope, version=1, created=NOW, modified=NOW,
        document=document | ({"location": {"type": "GeoProperty", "value": place}} if place else {}),
    ),
    st.sampled_from([("A",), ("B",), ("A", "B")]),
    st.sampled_from([(), ("/a",), ("/a/b", "/c")]),
    documents,
    st.none() | geometries,
)  # fmt: skip

literals = st.sampled_from(
    ["1", "2.5", "0.1", '"red"', '"blue"', "true", "urn:x:1", "2026-11-21T00:00:00Z", '"red","blue"', "1..2"]
)
paths = st.sampled_from(
    ["a", "b", "a.b", "a[city]", "a[en]", "a[*]", "a.observedAt", "createdAt", "a.modifiedAt", "a{b}"]
)
compared = st.builds(
    lambda path, sign, value: f"{path}{sign}{value}", paths, st.sampled_from(["==", "!="]), literals
)
sorted_ = st.builds(lambda path, sign, value: f"{path}{sign}{value}", paths, st.sampled_from([">", "<", ">=", "<="]),
                    st.sampled_from(["1", "2.5", '"m"', "2026-11-20T00:00:00Z"]))  # fmt: skip
liked = st.builds(lambda path, sign: f'{path}{sign}"^r"', paths, st.sampled_from(["~=", "!~="]))
q_texts = st.recursive(
    paths | compared | sorted_ | liked,
    lambda inner: (
        st.lists(inner, min_size=2, max_size=3).map(lambda parts: f"({';'.join(parts)})")
        | st.lists(inner, min_size=2, max_size=3).map(lambda parts: f"({'|'.join(parts)})")
    ),
    max_leaves=4,
)
geo_queries = st.builds(
    lambda georel, geometry: parse_geo_query(
        georel=georel, geometry=geometry["type"], coordinates=geometry["coordinates"]
    ),
    st.sampled_from(
        ["near;maxDistance==2000", "near;minDistance==5", "within", "contains", "intersects", "disjoint"]
    ),
    geometries,
)
selectors = st.builds(
    Selector,
    ids=st.sampled_from([(), ("urn:e:1",), ("urn:e:2",)]),
    pattern=st.sampled_from([None, parse_pattern("^urn:e"), parse_pattern("2$")]),
    types=st.sampled_from([(), parse_types("A", str), parse_types("(A;B)|C", str)]),
)
queries = st.builds(
    Query,
    selectors=st.lists(selectors, max_size=2).map(tuple),
    attributes=st.sampled_from([(), ("a",), ("b", "c")]),
    q=st.none() | q_texts.map(lambda text: parse_q(text, str)),
    geo=st.none() | geo_queries,
    scope=st.none() | st.sampled_from(["/a", "/a/#", "(/a/+;/c)", "/#"]).map(parse_scope_query),
)


ROW = """select ({condition})::bool from (select $1::text as id, $2::text as type, $3::text[] as types,
  $4::text[] as scope, $5::jsonb as doc, $6::box as bbox) as entity"""


@given(entity=entities, query=queries)
@settings(max_examples=200, deadline=None, suppress_health_check=list(HealthCheck))
async def test_no_candidate_is_dropped_and_an_exact_condition_decides(database: Database, entity, query):
    async with database.tenant("query") as connection:
        found = bool(await connection.fetchval(*_statement(entity, query)))
    accepted = matches(query, entity, {entity.id: entity})
    assert found or not accepted
    assert found == accepted or not is_exact(query)


@given(entity=entities, text=q_texts)
@settings(max_examples=200, deadline=None, suppress_health_check=list(HealthCheck))
async def test_what_is_counted_unseen_is_accepted(database: Database, entity, text):
    query = Query(q=parse_q(text, str))
    async with database.tenant("query") as connection:
        statement = _statement(entity, query, certain)
        sure = statement is not None and await connection.fetchval(*statement)
    assert matches(query, entity, {entity.id: entity}) or not sure


@given(
    names=st.lists(
        st.sampled_from(["a'; drop table entity; --", "$1", 'x") or true or ("', "%", "\\"]), min_size=1
    )
)
@settings(max_examples=20, deadline=None)
def test_the_parsed_sql_never_changes_with_the_data(names):
    def text(name: str) -> str:
        quoted = json.dumps(name)
        parameters = Parameters([])
        query = Query(
            selectors=(Selector(ids=(name,), types=((name,),)),),
            attributes=(name,),
            q=parse_q(f"a=={quoted};b[c]=={quoted}|a!={quoted},{quoted}", lambda term: name),
        )
        return sqlglot.parse_one(f"select {condition(query, parameters)}", "postgres").sql("postgres")

    assert len({text(name) for name in [*names, "plain"]}) == 1


async def test_hostile_names_are_data_in_the_database(database: Database):
    names = ["a'; drop table entity; --", 'x") or true or ("', "%", "\\", "$.*", "@"]
    async with database.tenant("query") as connection:
        for name in names:
            document = {name: {"type": "Property", "value": name}}
            entity = Stored(id="urn:e:1", types=("A",), dataset="", scope=(), version=1, created=NOW, modified=NOW,
                            document=document)  # fmt: skip
            for value, holds in ((name, True), (name + "x", False)):
                query = Query(q=parse_q(f"a=={json.dumps(value)}", lambda term, name=name: name))
                assert await connection.fetchval(*_statement(entity, query)) is holds
                assert matches(query, entity) is holds


def _statement(entity: Stored, query: Query, made=condition) -> list[object] | None:
    """None where nothing is said."""
    box = box_of(entity.document)
    corners = box and asyncpg.Box((box.x2, box.y2), (box.x1, box.y1))
    several = list(entity.types) if len(entity.types) > 1 else None
    parameters = Parameters(
        [entity.id, entity.types[0], several, list(entity.scope) or None, entity.document, corners]
    )
    text = made(query, parameters)
    return text and [ROW.format(condition=text), *parameters.values]
