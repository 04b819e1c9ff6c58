"""Whom the city calls back."""

from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quanyu.act.cases.definitions import ensure_definitions
from quanyu.act.cases.model import Case, Channel, Report
from quanyu.act.cases.sampling import Sampling, put_sampling
from quanyu.act.cases.service import Cases
from quanyu.store import Database
from quanyu.workflow import Act
from tests.unit.act.cases.people import ACCEPTOR, CHIEF, CITIZEN, DISPATCHER, PATROLLER, ROADS

NOW = datetime(2026, 3, 2, tzinfo=UTC)


def case(id: str = "1", category: str | None = None, channel: Channel = Channel.HOTLINE) -> Any:
    return SimpleNamespace(id=id, category=category, channel=channel)


def test_a_share_of_the_cases_is_asked_and_always_the_same() -> None:
    half = Sampling(share=0.5)
    asked = [half.asks(case(str(number))) for number in range(2000)]
    assert 900 < sum(asked) < 1100
    assert asked == [half.asks(case(str(number))) for number in range(2000)]


@given(st.text(), st.floats(0, 1))
def test_who_is_asked_under_a_share_is_asked_under_every_larger_one(id: str, share: float) -> None:
    assert Sampling(share=share).asks(case(id)) <= Sampling(share=1).asks(case(id))
    assert not Sampling(share=0).asks(case(id))


def test_the_longest_class_counts_before_the_channel() -> None:
    rules = Sampling(channels={"sensor": 0}, classes={"E": 0, "E01": 1})
    assert not rules.asks(case(channel=Channel.SENSOR))
    assert rules.asks(case(category="E01001", channel=Channel.SENSOR))
    assert not rules.asks(case(category="E02001"))
    assert rules.asks(case())


@pytest.mark.parametrize(("share", "state"), [(0.0, "archived"), (1.0, "closed")])
async def test_a_closed_case_outside_the_sample_is_archived_by_itself(
    database: Database, tenant: str, share: float, state: str
) -> None:
    async with database.tenant(tenant) as connection:
        await ensure_definitions(connection, tenant, now=NOW)
        await put_sampling(connection, tenant, Sampling(share=share))
        at = Cases(connection, tenant, NOW)
        id = (
            await at.report(Report(channel=Channel.HOTLINE, description="a hole", category="C01003"), CITIZEN)
        ).id
        steps = ((ACCEPTOR, "accept"), (CHIEF, "file"), (DISPATCHER, "dispatch"), (ROADS, "handled"), (PATROLLER, "pass"), (CHIEF, "close"))  # fmt: skip
        found: Case | None = None
        for doer, name in steps:
            body = "roads" if name == "dispatch" else None
            found = await at.act(id, Act(name=name, organisation=body, reason="r", evidence=("p",)), doer)
    assert found is not None
    assert (found.state, found.outcome) == (state, "archived" if state == "archived" else None)
