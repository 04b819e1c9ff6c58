"""A city with sensors and rules whose time the test sets."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from quanyu.act.cases.definitions import ensure_definitions
from quanyu.act.rules import Engine, Event, EventQuery, events, publish, switch
from quanyu.core.actor import system_actor
from quanyu.identity.organisations.model import Organisation
from quanyu.identity.organisations.service import put_organisations
from quanyu.store import Database
from quanyu.twin import EntityWrite, Op, Writer
from quanyu.twin.history import Archive

NOON = datetime(2026, 11, 20, 4, tzinfo=UTC)
STATION = "urn:ngsi-ld:AirQualityObserved:1"


@dataclass(slots=True)
class City:
    database: Database
    tenant: str
    now: datetime = NOON
    ticks: float = 0.0
    engine: Engine = field(init=False)
    writer: Writer = field(init=False)

    def __post_init__(self) -> None:
        self.writer = Writer(self.database, clock=lambda: self.now)
        self.restart()

    def restart(self) -> None:
        """As after a kill: only what is in the database is known."""
        self.engine = Engine(
            self.database,
            self.tenant,
            archive=Archive(),
            clock=lambda: self.now,
            monotonic=lambda: self.ticks,
        )

    def wait(self, **span: float) -> None:
        """Time passes."""
        self.now += timedelta(**span)
        self.ticks += timedelta(**span).total_seconds()

    async def begin(self, *definitions: dict[str, Any]) -> None:
        """Published, switched on, and the engine at work."""
        async with self.database.tenant(self.tenant) as connection:
            await ensure_definitions(connection, self.tenant, now=self.now)
            await put_organisations(
                connection, system_actor(self.tenant, "test"), [Organisation.parse(id="epb", name="环保局")]
            )
            for one in definitions:
                name = await publish(connection, self.tenant, one, by="li", now=self.now)
                await switch(connection, self.tenant, name, on=True, by="li", now=self.now)
        await self.settle()

    async def settle(self) -> None:
        """Until the rules have nothing more to do now."""
        while await self.engine.look():
            pass

    async def tell(self, id: str = STATION, **values: Any) -> None:
        """An entity reports, and the rules hear of it."""
        await self.write(id, **values)
        await self.settle()

    async def write(self, id: str = STATION, **values: Any) -> None:
        document = {
            name: value if isinstance(value, dict) else _property(value) for name, value in values.items()
        }
        (outcome,) = await self.writer.submit(
            self.tenant, [EntityWrite(id=id, op=Op.MERGE, types=(id.split(":")[2],), document=document)]
        )
        assert outcome.error is None

    async def remove(self, id: str = STATION) -> None:
        await self.writer.submit(self.tenant, [EntityWrite(id=id, op=Op.DELETE)])
        await self.settle()

    async def next_timer(self) -> datetime | None:
        async with self.database.tenant(self.tenant) as connection:
            found: datetime | None = await connection.fetchval("select min(due) from act_rule_state")
        return found

    async def events(self, **wanted: Any) -> tuple[Event, ...]:
        """Newest first."""
        async with self.database.tenant(self.tenant) as connection:
            return (await events(connection, EventQuery(**wanted))).items


def rule(when: dict[str, Any] | None = None, /, **more: Any) -> dict[str, Any]:
    return {
        "name": "pm25-high", "title": {"zh-CN": "PM2.5 超标", "en": "PM2.5 too high"},
        "subject": {"type": "AirQualityObserved"}, "when": when or {"q": "pm25>75"}, **more,
    }  # fmt: skip


def place(lon: float, lat: float) -> dict[str, Any]:
    return {"type": "GeoProperty", "value": {"type": "Point", "coordinates": [lon, lat]}}


def _property(value: Any) -> dict[str, Any]:
    return {"type": "Property", "value": value}
