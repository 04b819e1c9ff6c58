"""Layers of the map: the located entities of one type and one dataset."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

import asyncpg

from quanyu.core.errors import NotFound
from quanyu.core.geometry import Box
from quanyu.store import Connection
from quanyu.twin.map import _sql

BETWEEN = "~"


class Drawn(StrEnum):
    POINTS = "points"
    SHAPES = "shapes"


@dataclass(frozen=True, slots=True, kw_only=True)
class Layer:
    """`box` holds every entity, and may be wider after deletions. `version` rises when anything drawn changes."""

    type: str
    dataset: str
    titles: Mapping[str, str]
    demo: bool
    entities: int
    located: int
    drawn: Drawn
    box: Box
    version: int
    modified: datetime

    @property
    def id(self) -> str:
        return layer_id(self.type, self.dataset)


def layer_id(type: str, dataset: str) -> str:
    """`OffStreetParking~birmingham`; the type alone for entities that belong to no dataset."""
    return f"{type}{BETWEEN}{dataset}" if dataset else type


async def layers(connection: Connection, tenant: str) -> list[Layer]:
    return [_layer(row) for row in await connection.fetch(_sql.LAYERS, tenant, None, None)]


async def newest_number(connection: Connection, tenant: str) -> int:
    """Of the feed: whatever is written to the tenant's twin makes it rise."""
    found: int | None = await connection.fetchval(_sql.NEWEST, tenant)
    return found or 0


async def layer(connection: Connection, tenant: str, id: str) -> Layer:
    """Raises NotFound, also for a layer that has lost its last located entity."""
    type, _, dataset = id.partition(BETWEEN)
    row = await connection.fetchrow(_sql.LAYERS, tenant, type, dataset)
    if row is None:
        raise NotFound("twin.layer.unknown", id=id)
    return _layer(row)


async def label_dataset(
    connection: Connection, tenant: str, dataset: str, *, titles: Mapping[str, str], demo: bool = False
) -> None:
    """What the layers of a dataset are called, by language; `demo` marks them as demonstration wherever shown."""
    await connection.execute(_sql.LABEL, tenant, dataset, dict(titles), demo)


def _layer(row: asyncpg.Record) -> Layer:
    return Layer(
        type=row["type"],
        dataset=row["dataset"],
        titles=row["titles"],
        demo=row["demo"],
        entities=row["entities"],
        located=row["located"],
        drawn=Drawn.POINTS if row["points"] == row["located"] else Drawn.SHAPES,
        box=Box(row["x1"], row["y1"], row["x2"], row["y2"]),
        version=row["version"],
        modified=row["modified"],
    )
