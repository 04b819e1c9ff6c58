"""Who handles what of an operation (4.3.6)."""

from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from quanyu.twin.ngsild.context import CORE
from quanyu.twin.registrations.forms import stored_form
from quanyu.twin.registrations.model import Registration
from quanyu.twin.registrations.operations import Action
from quanyu.twin.registrations.parse import parse
from quanyu.twin.registrations.plan import Scope, Subject, Wanted, divide

NOW = datetime(2026, 11, 21, tzinfo=UTC)
CREATE = Wanted(actions=(Action.CREATE_ENTITY,), now=NOW)
RETRIEVE = Wanted(actions=(Action.RETRIEVE_ENTITY,), now=NOW)
CAR = "urn:ngsi-ld:Vehicle:1"


def registration(name: str, mode: str = "inclusive", **members: Any) -> Registration:
    info: dict[str, Any] = {"entities": [members.pop("entity", {"type": "Vehicle"})]}
    if attributes := members.pop("attributes", None):
        info["propertyNames"] = attributes
    source = {
        "id": f"urn:csr:{name}", "type": "ContextSourceRegistration", "information": [info], "mode": mode,
        "endpoint": f"http://{name}.example", "operations": ["redirectionOps"], **members,
    }  # fmt: skip
    if mode == "auxiliary":
        source["operations"] = ["retrieveOps"]
    return parse(stored_form(source, CORE), kept=True)


def exclusive(name: str, *attributes: str, **members: Any) -> Registration:
    return registration(
        name, "exclusive", entity={"id": CAR, "type": "Vehicle"}, attributes=list(attributes), **members
    )


def car(*attributes: str) -> Subject:
    return Subject(
        ids=frozenset({CAR}), types=frozenset({"Vehicle"}), attributes=frozenset(attributes) or None
    )


def endpoints(division: Any) -> list[str]:
    return [part.registration.id.removeprefix("urn:csr:") for part in division.parts]


def test_without_a_match_everything_stays() -> None:
    division = divide(car("speed"), CREATE, [registration("bus", entity={"type": "Bus"})])
    assert not division.parts
    assert division.local.has("speed")


def test_an_exclusive_attribute_leaves_and_the_rest_stays() -> None:
    division = divide(car("speed", "brand"), CREATE, [exclusive("a", "speed")])
    assert endpoints(division) == ["a"]
    assert not division.local.has("speed")
    assert division.local.has("brand")
    assert division.parts[0].scope.has("speed")
    assert not division.parts[0].scope.has("brand")


def test_each_redirect_registration_gets_it_and_the_broker_nothing() -> None:
    division = divide(car("speed"), CREATE, [registration("a", "redirect"), registration("b", "redirect")])
    assert endpoints(division) == ["a", "b"]
    assert division.local.nothing


def test_an_inclusive_source_gets_what_the_broker_keeps() -> None:
    division = divide(car("speed", "brand"), CREATE, [registration("in"), exclusive("ex", "speed")])
    assert endpoints(division) == ["ex", "in"]
    assert not division.parts[1].scope.has("speed")
    assert division.parts[1].scope.has("brand")


def test_an_auxiliary_source_is_asked_and_never_changed() -> None:
    auxiliary = registration("aux", "auxiliary")
    assert endpoints(divide(car("speed"), CREATE, [auxiliary])) == []
    assert endpoints(divide(car("speed"), RETRIEVE, [auxiliary])) == ["aux"]


def test_what_is_held_elsewhere_and_not_supported_there_is_refused() -> None:
    division = divide(car("speed"), CREATE, [exclusive("a", "speed", operations=["queryEntity"])])
    assert [one.id for one in division.refused] == ["urn:csr:a"]
    assert division.local.nothing


def test_a_question_that_a_source_does_not_answer_is_answered_here() -> None:
    division = divide(car("speed"), RETRIEVE, [exclusive("a", "speed", operations=["deleteEntity"])])
    assert not division.parts
    assert not division.refused
    assert division.local.has("speed")


def test_a_source_that_the_request_has_passed_no_longer_matches() -> None:
    passed = Wanted(actions=CREATE.actions, now=NOW, via=("there",))
    assert endpoints(divide(car("speed"), passed, [registration("a", contextSourceAlias="there")])) == []


def test_an_expired_registration_no_longer_matches() -> None:
    gone = (NOW - timedelta(seconds=1)).isoformat()
    assert endpoints(divide(car("speed"), CREATE, [registration("a", expiresAt=gone)])) == []


def test_a_registration_of_histories_is_not_about_the_present() -> None:
    past = registration("a", observationInterval={"startAt": "2020-01-01T00:00:00Z"})
    assert endpoints(divide(car("speed"), RETRIEVE, [past])) == []


def test_a_pattern_is_found_anywhere_in_the_id() -> None:
    source = registration("a", entity={"type": "Vehicle", "idPattern": "Vehicle:[0-9]$"})
    assert endpoints(divide(car("speed"), CREATE, [source])) == ["a"]


names = st.frozensets(st.sampled_from("abcde"))


@given(names | st.none(), names, names | st.none(), names, st.sampled_from("abcde"))
def test_what_is_taken_out_of_a_scope_is_in_it_no_more(
    first: frozenset[str] | None,
    without: frozenset[str],
    taken: frozenset[str] | None,
    but: frozenset[str],
    name: str,
) -> None:
    scope, other = Scope(first, without), Scope(taken, but)
    assert scope.less(other).has(name) == (scope.has(name) and not other.has(name))
