"""A registration that is wrong is told all of it at once; a right one is read once (5.2.9)."""

from datetime import UTC, datetime
from typing import Any

import pytest

from quanyu.core.errors import Invalid
from quanyu.twin.ngsild.context import CORE
from quanyu.twin.registrations.forms import shown, stored_form
from quanyu.twin.registrations.model import Registration
from quanyu.twin.registrations.operations import Action
from quanyu.twin.registrations.parse import parse

NOW = datetime(2026, 11, 21, tzinfo=UTC)
RIGHT: dict[str, Any] = {
    "id": "urn:ngsi-ld:ContextSourceRegistration:1",
    "type": "ContextSourceRegistration",
    "information": [{"entities": [{"type": "Vehicle"}], "propertyNames": ["speed"]}],
    "endpoint": "http://source.example/broker/",
}


def read(**members: Any) -> Registration:
    source = {name: value for name, value in {**RIGHT, **members}.items() if value is not ...}
    return parse(stored_form(source, CORE), now=NOW)


def wrong(**members: Any) -> list[str]:
    with pytest.raises(Invalid) as raised:
        read(**members)
    return [fault.where for fault in raised.value.faults]


def test_what_is_not_said_has_the_default_of_the_standard() -> None:
    made = read()
    assert made.mode == "inclusive"
    assert made.offers(Action.QUERY_BATCH)
    assert not made.offers(Action.CREATE_ENTITY)
    assert made.endpoint == "http://source.example/broker"


@pytest.mark.parametrize(
    ("members", "where"),
    [
        ({"type": "Subscription"}, "/type"),
        ({"id": "one"}, "/id"),
        ({"information": ...}, "/information"),
        ({"information": None}, "/information"),
        ({"information": [{}]}, "/information/0"),
        ({"information": [{"entities": []}]}, "/information/0/entities"),
        (
            {"information": [{"entities": [{"type": "A", "idPattern": "("}]}]},
            "/information/0/entities/0/idPattern",
        ),
        ({"information": [{"propertyNames": [7]}]}, "/information/0/propertyNames"),
        ({"endpoint": "ftp://source.example"}, "/endpoint"),
        ({"endpoint": ...}, "/endpoint"),
        ({"mode": "both"}, "/mode"),
        ({"operations": ["fly"]}, "/operations/0"),
        ({"operations": []}, "/operations"),
        ({"expiresAt": "2018-11-29T14:53:15Z"}, "/expiresAt"),
        ({"expiresAt": "tomorrow"}, "/expiresAt"),
        ({"location": {"type": "Point"}}, "/location/coordinates"),
        ({"management": {"timeout": 0}}, "/management/timeout"),
        ({"management": {"cacheDuration": "10"}}, "/management/cacheDuration"),
        ({"contextSourceInfo": [{"key": "accept", "value": "text/html"}]}, "/contextSourceInfo/0"),
        ({"contextSourceInfo": [{"key": "contentType", "value": "a"}]}, "/contextSourceInfo/0"),
        ({"contextSourceInfo": [{"key": "jsonldContext", "value": "a"}]}, "/contextSourceInfo/0"),
        ({"contextSourceInfo": [{"key": "ngsildConformance", "value": "1"}]}, "/contextSourceInfo/0"),
        ({"information": [{"entities": [{"id": "urn:x:1"}]}]}, "/information/0/entities/0"),
        ({"contextSourceAlias": "two words"}, "/contextSourceAlias"),
        ({"datasetId": "urn:x:1"}, "/datasetId"),
        ({"datasetId": ["one"]}, "/datasetId"),
        ({"refreshRate": "often"}, "/refreshRate"),
        ({"description": ""}, "/description"),
        ({"contextSourceInfo": [{"key": "X-A", "value": "a\r\nb"}]}, "/contextSourceInfo/0"),
        ({"observationInterval": {"endAt": "2020-01-01T00:00:00Z"}}, "/observationInterval"),
        ({"mode": "exclusive"}, "/information/0/entities"),
        ({"mode": "auxiliary", "operations": ["updateOps"]}, "/operations"),
        ({"scope": ["/city", "a b"]}, "/scope"),
    ],
)
def test_a_wrong_member_is_named(members: dict[str, Any], where: str) -> None:
    assert where in wrong(**members)


@pytest.mark.parametrize(
    "operation", ["queryBatch", "retrieveTemporal", "queryTemporal", "retrieveAttrTypes"]
)
def test_what_is_auxiliary_may_be_asked_everything_that_changes_nothing(operation: str) -> None:
    """4.3.6.2: limited to the consumption of 5.7, the past among it (5.7.3.4)."""
    assert read(mode="auxiliary", operations=[operation]).operations == {operation}


def test_what_is_exclusive_may_be_named_by_its_id_alone() -> None:
    """4.3.6.3 asks for an id and attributes; the type of 5.2.8 adds nothing to them."""
    one = {"entities": [{"id": "urn:x:1"}], "propertyNames": ["speed"]}
    (made,) = read(mode="exclusive", information=[one]).information
    assert made.covers("urn:x:1", ["Vehicle"])
    assert not made.covers("urn:x:2", ["Vehicle"])


def test_everything_that_is_wrong_is_told_together() -> None:
    assert {"/id", "/endpoint", "/mode"} <= set(wrong(id="", endpoint=7, mode="?"))


def test_headers_and_the_context_of_a_source_are_read() -> None:
    info = [{"key": "X-Key", "value": "s"}, {"key": "jsonldContext", "value": "http://a.example/c.jsonld"}]
    made = read(contextSourceInfo=info)
    assert made.headers == (("X-Key", "s"),)
    assert made.context == "http://a.example/c.jsonld"


def test_what_a_source_insists_on_is_no_header() -> None:
    """4.3.6.6."""
    said = {"accept": "application/ld+json", "contentType": "application/ld+json", "ngsildConformance": "1.5"}
    made = read(contextSourceInfo=[{"key": key, "value": value} for key, value in said.items()])
    assert (made.headers, made.accept, made.content_type) == ((), *list(said.values())[:2])
    assert made.conforms_to == (1, 5)


def test_what_belongs_to_the_connection_is_not_taken() -> None:
    """4.3.6.5: it is ignored."""
    info = [{"key": key, "value": "a"} for key in ("Host", "Content-Length", "NGSILD-Tenant", "X-A")]
    assert read(contextSourceInfo=info).headers == (("X-A", "a"),)


def test_times_are_read_in_seconds() -> None:
    made = read(
        management={"timeout": 250, "cooldown": 4000, "cacheDuration": "PT1M", "localOnly": True}
    ).management
    assert (made.timeout, made.cooldown, made.cache, made.local_only) == (0.25, 4.0, 60.0, True)


def test_what_is_kept_is_shown_as_it_was_sent() -> None:
    source = {**RIGHT, "sourceType": {"type": "Property", "value": "sensor"}}
    assert shown(stored_form(source, CORE), CORE) == source
