"""The workflows of cases as they come; a city publishes its own beside them."""

import json
from datetime import datetime
from importlib.resources import files
from typing import Any

from quanyu.store import Connection
from quanyu.workflow import ship
from quanyu.workflow.city_calendars import ensure_calendar

CASE, ASSIGNMENT = "case", "assignment"


async def ensure_definitions(connection: Connection, tenant: str, *, now: datetime) -> None:
    """With the calendar that they count by, where the city has none of its own."""
    await ensure_calendar(connection, tenant, now=now)
    for name in (ASSIGNMENT, CASE):
        await ship(connection, tenant, built_in(name), now=now)


def built_in(name: str) -> Any:
    """The JSON form."""
    return json.loads((files("quanyu.act.cases.definitions") / f"{name}.json").read_text(encoding="utf-8"))
