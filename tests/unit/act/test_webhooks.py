"""Webhooks: other programs are told of cases, signed, at least once, and no secret is seen again."""

import asyncio
import base64
import contextlib
import hashlib
import hmac
import json
import logging
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from litestar import Litestar

from quanyu.connect.outgoing import Outgoing
from quanyu.connect.webhooks import Deliverer, Event, EventType, announce
from quanyu.connect.webhooks import deliverer as deliverers
from quanyu.core.clock import utc_now
from quanyu.identity.keys import secrets_cipher
from quanyu.store import Database
from tests.unit.act.conftest import As
from tests.unit.twin.subscriptions.receiver import Received, Receiver, receiving

HOOKS = "/api/v1/webhooks"


@dataclass
class Told:
    """A webhook that is served by a real endpoint; `later` moves the clock."""

    asking: As
    deliverer: Deliverer
    receiver: Receiver
    id: str = ""
    secret: str = ""
    later: timedelta = field(default_factory=timedelta)

    async def deliver(self) -> list[Received]:
        await self.deliverer.deliver_due()
        return self.receiver.taken()

    async def state(self) -> dict[str, Any]:
        return dict((await self.asking("operator").get(f"{HOOKS}/{self.id}")).json())


@pytest.fixture
async def told(asking: As, database: Database, tenant: str, folder_of_keys: Path) -> AsyncIterator[Told]:
    async with receiving() as receiver:
        deliverer = Deliverer(
            database=database, tenant=tenant, outgoing=Outgoing(("127.0.0.0/8",)),
            cipher=partial(secrets_cipher, folder_of_keys),
        )  # fmt: skip
        made = Told(asking, deliverer, receiver)
        deliverer.clock = lambda: utc_now() + made.later
        answer = await asking("operator").post(HOOKS, json={"url": receiver.url, "types": ["case."]})
        assert answer.status_code == 201, answer.text
        made.id, made.secret = answer.json()["id"], answer.json()["secret"]
        yield made
        await deliverer.close()


async def reported(asking: As) -> str:
    report = {"channel": "resident", "description": "Zhang San has a hole", "address": "x"}
    return str((await asking().post("/api/v1/reports", json=report)).json()["id"])


def is_signed(one: Received, secret: str) -> bool:
    """As the receivers' library of Standard Webhooks does it."""
    key = base64.b64decode(secret.removeprefix("whsec_"))
    headers = {name.lower(): value for name, value in one.headers.items()}
    content = json.dumps(one.body, ensure_ascii=False, separators=(",", ":"))
    text = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.{content}"
    signature = base64.b64encode(hmac.new(key, text.encode(), hashlib.sha256).digest()).decode()
    return f"v1,{signature}" in headers["webhook-signature"].split()


async def test_a_case_is_told_as_signed_cloud_events(told: Told) -> None:
    id = await reported(told.asking)
    await told.asking("acceptor").post(f"/api/v1/cases/{id}/acts", json={"name": "reject", "reason": "Li Si"})
    events = await told.deliver()
    assert [one.body["type"] for one in events] == [
        "quanyu.case.opened",
        "quanyu.case.moved",
        "quanyu.case.closed",
    ]
    assert all(is_signed(one, told.secret) and one.body["subject"] == id for one in events)
    assert {one.body["specversion"] for one in events} == {"1.0"}
    assert "Zhang" not in str([one.body for one in events])
    assert "Li Si" not in str([one.body for one in events])
    assert await told.deliver() == []


async def test_what_is_rolled_back_is_not_told(told: Told, database: Database, tenant: str) -> None:
    event = Event(type="case.moved", subject="1", time=utc_now())
    with contextlib.suppress(ZeroDivisionError):
        async with database.tenant(tenant) as connection:
            await announce(connection, tenant, [event])
            raise ZeroDivisionError
    async with database.tenant(tenant) as connection:
        await announce(connection, tenant, [Event(type="rule.fired", subject="1", time=utc_now())])
    assert await told.deliver() == []


async def test_a_receiver_that_fails_is_asked_again_with_the_same_id(told: Told) -> None:
    told.receiver.answers = [500]
    await reported(told.asking)
    assert await told.deliver() + await told.deliver() == []
    assert ((await told.state())["waiting"], (await told.state())["fault"]) == (1, "HTTP 500")
    told.later = timedelta(seconds=6)
    (again,) = await told.deliver()
    assert again.headers["webhook-id"] == again.body["id"]
    assert (await told.state())["waiting"] == 0


async def test_what_never_arrives_is_kept_and_sent_again_when_asked(
    told: Told, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(deliverers, "PAUSES", ())
    told.receiver.answers = [503]
    await reported(told.asking)
    await told.deliver()
    operator = told.asking("operator")
    (letter,) = (await operator.get(f"{HOOKS}/{told.id}/dead")).json()["items"]
    assert (letter["fault"], (await told.state())["dead"]) == ("HTTP 503", 1)
    answer = await operator.post(f"{HOOKS}/{told.id}/replay", json={"ids": [letter["id"]]})
    assert answer.json() == {"replayed": 1}
    (again,) = await told.deliver()
    assert again.body["id"] == letter["event"]


async def test_a_receiver_that_is_gone_is_not_asked_again(told: Told) -> None:
    told.receiver.answers = [410]
    await reported(told.asking)
    await told.deliver()
    assert (await told.state())["active"] is False


async def test_the_queue_is_bounded(told: Told, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(deliverers, "MOST_WAITING", 2)
    for _ in range(4):
        await told.asking("operator").post(f"{HOOKS}/{told.id}/ping")
    assert len(await told.deliver()) == 2
    assert (await told.state())["dead"] == 2


async def test_the_secret_is_shown_once_and_never_logged(
    told: Told, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    told.receiver.answers = [500]
    await told.asking("operator").post(f"{HOOKS}/{told.id}/ping")
    await told.deliver()
    operator = told.asking("operator")
    seen = [await operator.get(path) for path in (HOOKS, f"{HOOKS}/{told.id}", f"{HOOKS}/{told.id}/dead")]
    assert told.secret not in "".join(answer.text for answer in seen) + caplog.text
    assert "secret" not in seen[1].json()


async def test_an_address_that_the_node_may_not_call_is_refused(asking: As) -> None:
    for url, status in (
        ("http://10.0.0.1/x", 403),
        ("file:///etc/passwd", 400),
        ("http://a:b@127.0.0.1/", 400),
    ):
        assert (await asking("operator").post(HOOKS, json={"url": url})).status_code == status


async def test_it_is_changed_and_removed(told: Told) -> None:
    operator = told.asking("operator")
    changed = await operator.patch(f"{HOOKS}/{told.id}", json={"types": ["quanyu.rule."], "active": False})
    assert (changed.json()["types"], changed.json()["active"]) == (["rule."], False)
    assert (await operator.delete(f"{HOOKS}/{told.id}")).status_code == 204
    assert (await operator.get(f"{HOOKS}/{told.id}")).status_code == 404


async def test_a_type_that_nobody_tells_is_refused_with_those_that_there_are(told: Told) -> None:
    operator = told.asking("operator")
    wanted = ["case.", "case.melted", "quanyu.twin.changed"]
    refused = [
        await operator.post(HOOKS, json={"url": told.receiver.url, "types": wanted}),
        await operator.patch(f"{HOOKS}/{told.id}", json={"types": wanted}),
    ]
    for answer in refused:
        assert (answer.status_code, [one["where"] for one in answer.json()["faults"]]) == (
            400,
            ["/types/1", "/types/2"],
        )
        assert all(kind in answer.json()["faults"][0]["message"] for kind in EventType)
    assert (await operator.get(f"{HOOKS}/{told.id}")).json()["types"] == ["case."]


async def test_a_slow_receiver_delays_no_other(told: Told) -> None:
    operator = told.asking("operator")
    told.receiver.answers = [None]
    await operator.post(f"{HOOKS}/{told.id}/ping")
    async with receiving() as quick:
        other = (await operator.post(HOOKS, json={"url": quick.url, "types": ["webhook."]})).json()["id"]
        running = asyncio.create_task(told.deliverer.run())
        await operator.post(f"{HOOKS}/{other}/ping")
        assert (await quick.next()).body["subject"] == other
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)


@pytest.fixture
def folder_of_keys(application: Litestar) -> Path:
    """The data folder of the application that makes webhooks."""
    return Path(application.dependencies["folder"].dependency())  # type: ignore[union-attr]


async def test_ten_thousand_webhooks_come_page_by_page_those_first_that_somebody_must_look_after(
    asking: As, database: Database, tenant: str
) -> None:
    async with database.tenant(tenant) as connection:
        await connection.execute(
            """insert into webhook (tenant, id, url, types, secret, created, creator, last_success)
            select $1, 'hook-' || lpad(n::text, 5, '0'), 'https://desk.example/' || n, '{}', '', now() - n * interval '1 minute', 'x',
              case when n > 3 then now() end from generate_series(1, 10000) n""",
            tenant,
        )
        await connection.execute(
            """insert into webhook_delivery (tenant, webhook, event, body, made, due, dead)
            values ($1, 'hook-00700', 'e', '{}', now(), now(), now()), ($1, 'hook-00800', 'e', '{}', now(), now(), null)""",
            tenant,
        )
    client = asking("operator")
    expected = {
        "false": [f"hook-{n:05}" for n in (10_000, 9_999)],
        "true": [f"hook-{n:05}" for n in (700, 800, 3, 2, 1, 10_000)],
    }
    for worst, first in expected.items():
        names, asked = list[str](), {"limit": "500", "worst": worst}
        while "after" not in asked or asked["after"]:
            page = (await client.get(HOOKS, params=asked)).json()
            assert page["total"] == 10_000
            names += [one["id"] for one in page["items"]]
            asked["after"] = page["next"] or ""
        assert (names[: len(first)], len(names), len(set(names))) == (first, 10_000, 10_000)
    found = (await client.get(HOOKS, params={"q": "DESK.example/777"})).json()
    assert (found["total"], len(found["items"]), found["next"]) == (11, 11, None)
