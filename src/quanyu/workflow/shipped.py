"""Workflows that come along with a package; a city publishes its own beside them."""

import json
from dataclasses import dataclass
from datetime import datetime
from importlib.resources import files
from typing import Any

from quanyu.store import Connection
from quanyu.workflow.city_calendars import ensure_calendar
from quanyu.workflow.publishing import ship


@dataclass(frozen=True, slots=True)
class Shipped:
    """`package` has a JSON file of each; one that another begins comes before it."""

    package: str
    names: tuple[str, ...]

    async def ensure(self, connection: Connection, tenant: str, *, now: datetime) -> None:
        """With the calendar that they count by, where the city has none of its own."""
        await ensure_calendar(connection, tenant, now=now)
        for name in self.names:
            await ship(connection, tenant, self.source(name), now=now)

    def source(self, name: str) -> Any:
        """The JSON form."""
        return json.loads((files(self.package) / f"{name}.json").read_text(encoding="utf-8"))
