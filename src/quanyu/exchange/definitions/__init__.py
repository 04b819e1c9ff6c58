"""The workflows of sharing, with their statutory clocks, as they come; a city publishes its own beside them."""

import json
from datetime import datetime
from importlib.resources import files
from typing import Any

from quanyu.core.errors import NotFound
from quanyu.store import Connection
from quanyu.workflow import definition, publish
from quanyu.workflow.city_calendars import ensure_calendar

REQUEST, DISPUTE = "share_request", "share_dispute"


async def ensure_definitions(connection: Connection, tenant: str, *, now: datetime) -> None:
    """Where the city has none of its own."""
    await ensure_calendar(connection, tenant, now=now)
    for name in (REQUEST, DISPUTE):
        try:
            await definition(connection, name)
        except NotFound:
            await publish(connection, tenant, built_in(name), roles=None, by="system:start", now=now)


def built_in(name: str) -> Any:
    return json.loads((files("quanyu.exchange.definitions") / f"{name}.json").read_text(encoding="utf-8"))
