"""Registrations are found by what they name, never by a scan."""

from datetime import UTC, datetime
from typing import Any

from quanyu.twin.ngsild.context import CORE
from quanyu.twin.registrations.forms import stored_form
from quanyu.twin.registrations.index import Index
from quanyu.twin.registrations.model import Kept
from quanyu.twin.registrations.parse import parse

NOW = datetime(2026, 11, 21, tzinfo=UTC)


def kept(name: str, *entities: dict[str, Any]) -> Kept:
    info = {"entities": list(entities)} if entities else {"propertyNames": ["speed"]}
    source = {
        "id": f"urn:csr:{name}",
        "type": "ContextSourceRegistration",
        "information": [info],
        "endpoint": "http://a.example",
    }
    return Kept(registration=parse(stored_form(source, CORE), kept=True), created=NOW, modified=NOW)


def found(index: Index, *arguments: Any) -> set[str]:
    return {one.registration.id.removeprefix("urn:csr:") for one in index.candidates(*arguments)}


INDEX = Index(
    [
        kept("one", {"id": "urn:x:1", "type": "Vehicle"}),
        kept("cars", {"type": "Vehicle"}),
        kept("buses", {"type": "Bus", "idPattern": "^urn:bus"}),
        kept("anything"),
        kept("two", {"id": "urn:x:2"}),
    ]
)


def test_an_entity_is_looked_for_by_its_id_and_type() -> None:
    assert found(INDEX, {"urn:x:1"}, {"Vehicle"}) == {"one", "cars", "anything", "two"}
    assert found(INDEX, {"urn:x:3"}, {"Bus"}) == {"buses", "anything", "two"}


def test_an_id_alone_may_be_of_any_type() -> None:
    assert found(INDEX, {"urn:x:2"}) == {"two", "cars", "buses", "anything"}


def test_a_type_alone_may_have_any_id() -> None:
    assert found(INDEX, (), {"Vehicle"}) == {"one", "cars", "anything", "two"}


def test_a_changed_registration_is_found_by_what_it_names_now_and_a_removed_one_not_at_all() -> None:
    index = Index([kept("a", {"type": "Vehicle"})])
    index.put(kept("a", {"type": "Bus"}))
    assert found(index, (), {"Vehicle"}) == set()
    assert found(index, (), {"Bus"}) == {"a"}
    index.remove("urn:csr:a")
    assert found(index) == set()
    assert len(index) == 0


def test_of_ten_thousand_registrations_an_operation_looks_at_those_of_its_entity() -> None:
    index = Index(kept(str(n), {"type": f"Type{n % 5000}", "id": f"urn:x:{n}"}) for n in range(10_000))
    assert found(index, {"urn:x:7"}, {"Type7"}) == {"7"}
    assert found(index, (), {"Type7"}) == {"7", "5007"}
