"""Posts are judged by when a state was left, beside the due time that the step before told."""

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from quanyu.act.cases.definitions import ensure_definitions
from quanyu.act.cases.model import Channel, Report
from quanyu.act.cases.service import Cases
from quanyu.evaluate.indicators.compute import Wanted, compute
from quanyu.evaluate.indicators.definitions import ensure_shipped
from quanyu.store import Connection, Database
from quanyu.workflow import Act, Doer
from tests.unit.act.cases.people import ACCEPTOR, CHIEF, DISPATCHER, PATROLLER, ROADS

START = datetime(2026, 3, 2, 1, tzinfo=UTC)
NOW = datetime(2026, 3, 20, tzinfo=UTC)


async def finished(connection: Connection, tenant: str, channel: Channel, *hours: float) -> None:
    """Each post acts so many hours after the one before; accepting may take two, filing two, dispatching one, handling 24."""
    at = START
    id = (
        await Cases(connection, tenant, at).report(
            Report(channel=channel, description="井盖破损", category="C01003"), PATROLLER
        )
    ).id
    acts = (
        (ACCEPTOR, "accept"),
        (CHIEF, "file"),
        (DISPATCHER, "dispatch"),
        (ROADS, "handled"),
        (PATROLLER, "pass"),
        (CHIEF, "close"),
    )
    for (doer, name), later in zip(acts, hours, strict=False):
        at += timedelta(hours=later)
        body = "roads" if name == "dispatch" else None
        await Cases(connection, tenant, at).act(
            id, Act(name=name, organisation=body, reason="r", evidence=("p",)), doer
        )


async def opened_by_a_rule(connection: Connection, tenant: str) -> None:
    """What the node does by itself is no merit of a post."""
    rule, cases = Doer(id="rule:level", node=True), Cases(connection, tenant, START)
    id = (await cases.report(Report(channel=Channel.SENSOR, description="water", category="C01003"), rule)).id
    for name in ("accept", "file"):
        await cases.act(id, Act(name=name), rule)


async def test_each_post_answers_for_its_own_states(database: Database, tenant: str, folder: Path) -> None:
    async with database.tenant(tenant) as connection:
        await ensure_definitions(connection, tenant, now=START)
        await ensure_shipped(connection, tenant, now=START)
        await finished(connection, tenant, Channel.PATROL, 1, 1, 0.5, 20, 1, 1)
        await finished(connection, tenant, Channel.HOTLINE, 3, 1, 0.5, 30, 25, 1)
        await finished(connection, tenant, Channel.PATROL, 1, 3, 2)
        await opened_by_a_rule(connection, tenant)
        done = await compute(
            connection, tenant, folder, Wanted(first=date(2026, 3, 1), last=date(2026, 3, 1)), now=NOW
        )
    found = {
        (one.code.removeprefix("post."), one.key): one.value
        for one in done.values
        if one.dimension == "person"
    }
    assert {
        one.value for one in done.values if (one.code, one.key) == ("post.filed_on_time_rate", "shift_chief")
    } == {2 / 3}
    assert not [key for _, key in found if "rule" in key]
    assert found["accepted_on_time_rate", "acceptor/acceptor"] == 2 / 3
    assert found["filed_on_time_rate", "shift_chief/shift_chief"] == 2 / 3
    assert found["dispatched_on_time_rate", "dispatcher/dispatcher"] == 2 / 3
    assert found["handled_on_time_rate", "handler/handler"] == 1 / 2
    assert found["checked_on_time_rate", "patroller/patroller"] == 1 / 2
    assert found["valid_report_rate", "patroller/patroller"] == 1
    assert ("chief_score", "acceptor/acceptor") not in found
    assert found["chief_score", "shift_chief/shift_chief"] == pytest.approx(100 * (0.25 * 2 / 3 + 0.4 + 0.35))
    assert found["score", "patroller/patroller"] == pytest.approx(100 * (0.4 + 0.2 * 1 / 2) / 0.6)
