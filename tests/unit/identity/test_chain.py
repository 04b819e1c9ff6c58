"""Hashing and canonical form, compared with OpenSSL's own SM3 and a plain reading of the definition."""

import hashlib
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quanyu.core.actor import Resource, anonymous
from quanyu.identity.evidence.model import EMPTY, Entry, Outcome, canonical, entry_of, link, sm3

AT = datetime(2026, 11, 21, 8, 0, 0, 123456, tzinfo=UTC)
TEXTS = ("actor", "actor_name", "action", "kind", "resource", "outcome", "reason", "detail")


def entry(**changes: str) -> Entry:
    return Entry(tenant="jiangzhou", at=AT, **{name: name for name in TEXTS} | changes)


def test_sm3_gives_the_example_of_its_standard() -> None:
    assert sm3(b"abc").hex() == "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0"


@pytest.mark.skipif("sm3" not in hashlib.algorithms_available, reason="this OpenSSL has no SM3")
@given(st.binary())
def test_sm3_agrees_with_openssl(data: bytes) -> None:
    assert sm3(data) == hashlib.new("sm3", data).digest()


@given(st.sampled_from(TEXTS), st.text(min_size=1))
def test_every_change_of_a_text_changes_the_hash(name: str, more: str) -> None:
    plain = entry()
    changed = entry(**{name: name + more})
    assert link(1, plain, EMPTY).hash != link(1, changed, EMPTY).hash


@given(st.text(max_size=5), st.text(max_size=5), st.text(max_size=5), st.text(max_size=5))
def test_content_cannot_slip_from_one_field_into_the_next(a: str, b: str, c: str, d: str) -> None:
    same = (a, b) == (c, d)
    assert (canonical(1, entry(actor=a, actor_name=b)) == canonical(1, entry(actor=c, actor_name=d))) is same


def test_the_same_instant_in_another_zone_is_the_same_entry() -> None:
    there = AT.astimezone(timezone(timedelta(hours=8)))
    moved = Entry(tenant="jiangzhou", at=there, **{name: name for name in TEXTS})
    assert canonical(1, moved) == canonical(1, entry())


@given(
    st.text(),
    st.dictionaries(st.text(), st.one_of(st.text(), st.integers(), st.floats(), st.none(), st.booleans())),
)
def test_whatever_foreign_text_says_becomes_an_entry_that_the_database_can_hold(
    text: str, detail: dict[str, object]
) -> None:
    made = entry_of(
        anonymous(text),
        "public",
        Resource("dataset", text),
        Outcome.DENIED,
        at=AT,
        reason=text,
        detail=detail,
    )
    for value in (made.actor, made.resource, made.reason, made.detail):
        assert "\0" not in value
        value.encode("utf-8")
