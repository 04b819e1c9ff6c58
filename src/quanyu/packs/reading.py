"""What a pack reads of its city: things of the twin, records of datasets."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from quanyu.compute.city_roads import NETWORKS
from quanyu.compute.roads import RoadGraph
from quanyu.core.clock import CITY_ZONE
from quanyu.govern.imports._sql import dataset as find_dataset
from quanyu.govern.imports._sql import parts as parts_of
from quanyu.govern.imports.content import current_sql, kept_reader
from quanyu.govern.quality.quote import literal, name
from quanyu.packs.finding import only_pack
from quanyu.packs.service import installed
from quanyu.packs.service import settings_of as settings
from quanyu.store import Connection, Database

_LIVE = timedelta(minutes=30)


@dataclass(frozen=True, slots=True, kw_only=True)
class Thing:
    """`values`: the value of each attribute by name, `observed`: when it was. `geometry`: GeoJSON of its location. `owner`: the organisation
    whose dataset brought it; none where it came through the broker's door."""

    id: str
    values: dict[str, Any]
    geometry: dict[str, Any] | None
    observed: dict[str, datetime] = field(default_factory=dict)
    owner: str | None = None


async def things(connection: Connection, tenant: str, type_: str, *, limit: int = 100_000) -> list[Thing]:
    """Of one type, by identifier."""
    rows = await connection.fetch(
        """select id, doc, (select owner from dataset d where d.tenant=e.tenant and d.name=e.dataset) as owner
        from entity e where tenant=$1 and type=$2 order by id limit $3""",
        tenant, type_, limit,
    )  # fmt: skip
    return [_thing(row["id"], row["doc"], row["owner"]) for row in rows]


async def city_roads(
    connection: Connection, tenant: str, *, at: datetime | None = None, now: datetime | None = None
) -> RoadGraph:
    """The road network of the twin as it is now; or as it is driven `at` that hour of the day, as far as a pack has measured it
    (`keep_speeds`). What traffic tells now counts for half an hour from `now` on. Raises Conflict where there is none."""
    return await NETWORKS.of(connection, tenant, hour=_hour(at), ahead=_is_ahead(at, now))


async def roads_at_once(
    database: Database, tenant: str, *, at: datetime | None = None, now: datetime | None = None
) -> RoadGraph | None:
    """As `city_roads`, but None while a large network is read for the first time: what cannot wait goes by straight lines."""
    return await NETWORKS.at_once(database, tenant, hour=_hour(at), ahead=_is_ahead(at, now))


def _hour(at: datetime | None) -> int | None:
    return at.astimezone(CITY_ZONE).hour if at is not None else None


def _is_ahead(at: datetime | None, now: datetime | None) -> bool:
    return at is not None and (now is None or abs(at - now) > _LIVE)


async def records(
    connection: Connection,
    tenant: str,
    folder: Path,
    dataset: str,
    *,
    columns: Sequence[str],
    time: str,
    begin: datetime,
    end: datetime,
    only: Mapping[str, str] | None = None,
) -> list[tuple[Any, ...]]:
    """The columns of the accepted records whose `time` lies from `begin` until before `end`, by time, and which say just what `only`
    says by column; none where there is no dataset."""
    if await find_dataset(connection, dataset) is None:
        return []
    parts = await parts_of(connection, dataset)
    return await asyncio.to_thread(
        _records, folder, tenant, current_sql(folder, parts), columns, time, (begin, end), only or {}
    )


async def settings_of(connection: Connection, tenant: str, pack: str) -> dict[str, Any]:
    """Every parameter of a pack with the city's value, else the pack's own. Raises NotFound."""
    return await settings(connection, tenant, installed(only_pack(pack), pack))


def _records(
    folder: Path,
    tenant: str,
    table: str | None,
    columns: Sequence[str],
    time: str,
    span: tuple[datetime, datetime],
    only: Mapping[str, str],
) -> list[tuple[Any, ...]]:
    if table is None:
        return []
    begin, end = (literal(one.isoformat()) for one in span)
    with kept_reader(folder, tenant) as duck:
        wanted = ", ".join(map(name, columns))
        just = "".join(f" and {name(column)} = {literal(value)}" for column, value in only.items())
        return duck.execute(
            f"select {wanted} from {table} where {name(time)} >= {begin}::timestamptz and {name(time)} < {end}::timestamptz{just} "
            f"order by {name(time)}"
        ).fetchall()


def _thing(id_: str, doc: dict[str, Any], owner: str | None) -> Thing:
    values = {
        attribute: _plain(said.get("value", said.get("object")))
        for attribute, said in doc.items()
        if isinstance(said, dict) and said.get("type") != "GeoProperty"
    }
    place = doc.get("location")
    observed = {
        attribute: datetime.fromisoformat(said["observedAt"])
        for attribute, said in doc.items()
        if isinstance(said, dict) and "observedAt" in said
    }
    geometry = place.get("value") if isinstance(place, dict) else None
    return Thing(id=id_, values=values, geometry=geometry, observed=observed, owner=owner)


def _plain(value: Any) -> Any:
    """A typed value (JSON-LD) as its text."""
    return value["@value"] if isinstance(value, dict) and "@value" in value else value
