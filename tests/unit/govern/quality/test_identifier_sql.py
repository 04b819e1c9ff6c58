"""The SQL of the identifier checks, against python-stdnum and against the checks of single values."""

import random
from collections.abc import Callable

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from stdnum.cn import ric, uscc

from quanyu.core.identifiers import (
    CREDIT_ALPHABET,
    PROVINCES,
    check_credit_code,
    check_id_card,
    check_organisation_code,
    check_phone,
    credit_code_check,
    id_card_check,
    organisation_code_check,
)
from quanyu.govern.quality.identifiers import PHONE, bad_credit_code, bad_id_card, bad_organisation_code
from quanyu.govern.quality.quote import literal, literals

_PROVINCES = literals(sorted(PROVINCES))

slips = st.sampled_from(
    [lambda c: c, lambda c: c[:-1], lambda c: c + "0", lambda c: c[:5] + "I" + c[6:], lambda c: c.lower()]
)
credit_codes = st.builds(
    lambda head, digits, tail: head + digits + tail,
    st.text(CREDIT_ALPHABET, min_size=2, max_size=2),
    st.text("0123456789", min_size=6, max_size=6),
    st.text(CREDIT_ALPHABET, min_size=9, max_size=9),
).map(lambda first17: first17 + credit_code_check(first17))
id_cards = st.builds(
    lambda place, day, number: place + day.strftime("%Y%m%d") + f"{number:03}",
    st.sampled_from(["110105", "440524", "510105"]),
    st.dates(
        min_value=__import__("datetime").date(1900, 1, 1), max_value=__import__("datetime").date(2020, 12, 31)
    ),
    st.integers(1, 999),
).map(lambda first17: first17 + id_card_check(first17))
organisation_codes = st.text("0123456789ABCDEFGHJ", min_size=8, max_size=8).map(
    lambda first8: first8 + organisation_code_check(first8)
)


def test_a_million_right_or_wrong_credit_codes_are_judged_like_stdnum_does() -> None:
    chance = random.Random(1)
    codes = [
        "".join(chance.choices("0123456789", k=8)) + "".join(chance.choices(CREDIT_ALPHABET, k=9))
        for _ in range(2000)
    ]
    codes = [code + chance.choice([credit_code_check(code), "0", "X"]) for code in codes]
    assert _bad(bad_credit_code("c"), codes) == [not uscc.is_valid(code) for code in codes]


@given(st.lists(id_cards, min_size=1))
@settings(max_examples=30, deadline=None)
def test_citizen_numbers_that_stdnum_accepts_are_accepted(cards: list[str]) -> None:
    accepted = [card for card in cards if ric.is_valid(card)]
    assert not any(_bad(bad_id_card("c", provinces=_PROVINCES), accepted or ["11010519491231002X"]))


@pytest.mark.parametrize(
    ("sql", "check", "codes"),
    [
        (bad_credit_code("c"), check_credit_code, credit_codes),
        (bad_organisation_code("c"), check_organisation_code, organisation_codes),
        (bad_id_card("c", provinces=_PROVINCES), check_id_card, id_cards),
        (
            f"NOT regexp_full_match(regexp_replace(c, '[ ()]', '', 'g'), {literal(PHONE)})",
            check_phone,
            st.from_regex(r"[+0-9 ()-]{3,16}", fullmatch=True),
        ),
    ],
    ids=["credit code", "organisation code", "citizen number", "telephone"],
)
def test_a_column_is_judged_as_each_of_its_values(
    sql: str, check: Callable[[str], object], codes: st.SearchStrategy[str]
) -> None:
    @given(
        st.lists(
            st.builds(lambda code, slip: slip(code), codes, slips) | st.text("0123456789X-", max_size=18),
            min_size=1,
        )
    )
    @settings(max_examples=40, deadline=None)
    def agrees(values: list[str]) -> None:
        assert _bad(sql, values) == [check(value) is not None for value in values]

    agrees()


def _bad(sql: str, codes: list[str]) -> list[bool]:
    with duckdb.connect() as connection:
        listed = ", ".join(f"({index}, {literal(code)})" for index, code in enumerate(codes))
        rows = connection.execute(f"SELECT {sql} FROM (VALUES {listed}) t(i, c) ORDER BY i").fetchall()
        return [bool(row[0]) for row in rows]
