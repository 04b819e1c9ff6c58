"""Where the entities of a layer were at a moment of the last days: the map as it was."""

from dataclasses import dataclass
from datetime import datetime, timedelta

import asyncpg

from quanyu.core.geometry import Box
from quanyu.store import Connection
from quanyu.twin.map import _sql
from quanyu.twin.map.layers import Layer
from quanyu.twin.veil import Veil, veiled_names

MOST = 1_000
"""Of one layer; where there are more, those within the box that is looked at."""
_BACK = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Was:
    """`lon`, `lat` WGS-84."""

    id: str
    name: str | None
    lon: float
    lat: float


@dataclass(frozen=True, slots=True)
class Past:
    """`moved`: whether any of them has been elsewhere since. `more`: there were more than are told."""

    items: tuple[Was, ...]
    moved: bool
    more: bool


async def past(
    connection: Connection, tenant: str, layer: Layer, at: datetime, box: Box | None, veil: Veil | None = None
) -> Past:
    """`veil`: of the names, for who does not see them whole. As the log got to know it: what was erased or corrected since is not told, nor what has been deleted since.

    Who has not moved for a day before `at`, but later, is left out: where it stood is not looked for any further.
    """
    area = box and layer.located > MOST and asyncpg.Box((box.x2, box.y2), (box.x1, box.y1))
    rows = await connection.fetch(
        _sql.PAST, tenant, layer.type, layer.dataset, at, at - _BACK, area or None, MOST + 1
    )
    items = tuple(
        Was(row["id"], row["name"], row["lon"], row["lat"])
        for row in veiled_names(rows[:MOST], veil)
        if row["lon"] is not None
    )
    return Past(items, any(row["moved"] for row in rows), len(rows) > MOST)
