"""A source that has its own terms gets the same content in them."""

from quanyu.twin.ngsild.context import CORE, Context
from quanyu.twin.ngsild.context.terms import Terms
from quanyu.twin.registrations.forward import Call
from quanyu.twin.registrations.model import Registration
from quanyu.twin.registrations.terms import in_terms_of

SOURCE = Registration(id="urn:csr:1", document={}, information=(), endpoint="http://a.example")


def context(**terms: str) -> Context:
    return Context(
        link="http://a.example/c", user=Terms(terms, {iri: term for term, iri in terms.items()}, ())
    )


OURS = context(speed="http://x.example/speed", Car="http://x.example/Car")
THEIRS = context(velocity="http://x.example/speed", Auto="http://x.example/Car")


def test_types_attributes_and_their_attributes_are_renamed_and_values_are_not() -> None:
    body = {
        "id": "urn:x:1",
        "type": "Car",
        "speed": {"type": "Property", "value": {"speed": 1}, "speed": {"type": "Property", "value": 2}},
    }
    call = Call(registration=SOURCE, method="POST", parts=("entities",), body=body, context=OURS)
    assert in_terms_of(call, THEIRS).body == {
        "id": "urn:x:1",
        "type": "Auto",
        "velocity": {"type": "Property", "value": {"speed": 1}, "velocity": {"type": "Property", "value": 2}},
    }


def test_the_attribute_in_the_path_is_renamed_and_the_id_is_not() -> None:
    call = Call(
        registration=SOURCE, method="DELETE", parts=("entities", "speed", "attrs", "speed"), context=OURS
    )
    assert in_terms_of(call, THEIRS).parts == ("entities", "speed", "attrs", "velocity")


def test_a_name_that_the_source_does_not_have_is_its_iri() -> None:
    call = Call(
        registration=SOURCE, method="POST", parts=("entities",), body={"speed": {"value": 1}}, context=OURS
    )
    assert in_terms_of(call, CORE).body == {"http://x.example/speed": {"value": 1}}
