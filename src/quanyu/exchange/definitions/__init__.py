"""The workflows of sharing, with their statutory clocks, as they come; a city publishes its own beside them."""

import json
from datetime import datetime
from importlib.resources import files
from typing import Any

from quanyu.store import Connection
from quanyu.workflow import ship
from quanyu.workflow.city_calendars import ensure_calendar

REQUEST, DISPUTE = "share_request", "share_dispute"


async def ensure_definitions(connection: Connection, tenant: str, *, now: datetime) -> None:
    """Where the city has none of its own."""
    await ensure_calendar(connection, tenant, now=now)
    for name in (REQUEST, DISPUTE):
        await ship(connection, tenant, built_in(name), now=now)


def built_in(name: str) -> Any:
    return json.loads((files("quanyu.exchange.definitions") / f"{name}.json").read_text(encoding="utf-8"))
