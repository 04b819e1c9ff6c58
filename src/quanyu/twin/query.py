"""What may be asked of the state, and the answer: SQL narrows, the exact test decides."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from typing import Any

import asyncpg
import shapely

from quanyu.core.clock import utc_now
from quanyu.core.entity import location_of, strings_of
from quanyu.core.errors import Invalid, NotFound
from quanyu.core.geometry import Box, Geometry
from quanyu.core.page_token import page_token, place_of
from quanyu.core.text import fold_text, has_terms, search_query
from quanyu.store import Connection
from quanyu.twin import _read_sql
from quanyu.twin.distance import box_around, metres_between
from quanyu.twin.model import Page, Stored
from quanyu.twin.state import living
from quanyu.twin.veil import Veils, veiled
from quanyu.twin.words import text_of

MAX_LIMIT = 1000
_ROUNDS = 20  # how many times a page is topped up before the answer says "go on from here"
_VEILED_ROUNDS = 200  # before it ends, where it must not say so


@dataclass(frozen=True, slots=True)
class Near:
    """Within `metres` of a point."""

    x: float
    y: float
    metres: float


class Relation(StrEnum):
    WITHIN = "within"
    INTERSECTS = "intersects"


@dataclass(frozen=True, slots=True)
class Area:
    """Within or crossing a geometry."""

    geometry: Geometry
    relation: Relation


@dataclass(frozen=True, slots=True, kw_only=True)
class EntityQuery:
    """All that is given must hold. With `text` the newest come first, else they are in order of type and id.

    `veils`: by dataset, what who asks does not see whole and therefore finds no entity by.
    """

    types: tuple[str, ...] = ()
    dataset: str | None = None
    box: Box | None = None
    near: Near | None = None
    area: Area | None = None
    text: str = ""
    limit: int = 20
    after: str | None = None
    veils: Mapping[str, Veils] = field(default_factory=dict)


async def retrieve(connection: Connection, tenant: str, id: str) -> Stored:
    """Raises NotFound."""
    row = await connection.fetchrow(_read_sql.ONE, tenant, id)
    if row is None:
        raise NotFound("twin.entity.unknown", id=id)
    return stored_of(row)


async def retrieve_many(connection: Connection, tenant: str, ids: Iterable[str]) -> dict[str, Stored]:
    rows = await connection.fetch(_read_sql.MANY, tenant, list(ids))
    return {row["id"]: stored_of(row) for row in rows}


async def query(connection: Connection, tenant: str, wanted: EntityQuery) -> Page[Stored]:
    """One page. A page may be short although more follow, where the exact test refuses most candidates; but no page tells
    how many a veil has kept back: it goes on behind what it shows, or ends.
    """
    wanted = _with_box(wanted)
    limit = max(1, min(wanted.limit, MAX_LIMIT))
    likely = (
        limit * 2 if wanted.near or wanted.area else limit
    )  # a circle is hardly more than two thirds of its box
    chunk = likely + 1
    found: list[Stored] = []
    after, last = wanted.after, None
    for _ in range(_VEILED_ROUNDS if wanted.veils else _ROUNDS):
        rows = await _candidates(connection, tenant, wanted, after, chunk)
        for row in rows:
            one = stored_of(row)
            if _holds(one, wanted):
                if last is not None and len(found) == limit:
                    return Page(tuple(found), _token(last, wanted))
                found.append(one)
                last = row
        if len(rows) < chunk:
            return Page(tuple(found), None)
        after = _token(rows[-1], wanted)
    return Page(tuple(found), None if wanted.veils else after)


async def count(
    connection: Connection, tenant: str, types: tuple[str, ...] = (), dataset: str | None = None
) -> int:
    """Exact, from the counters; entities are counted under their first type."""
    number: int = await connection.fetchval(_read_sql.LAYER_COUNT, tenant, list(types) or None, dataset)
    return number


async def types(connection: Connection, tenant: str) -> dict[str, int]:
    """How many entities of each type there are, exact."""
    return {row["type"]: row["entities"] for row in await connection.fetch(_read_sql.TYPES, tenant)}


def _with_box(wanted: EntityQuery) -> EntityQuery:
    if wanted.box or not (wanted.near or wanted.area):
        return wanted
    if wanted.near:
        return replace(wanted, box=box_around(wanted.near.x, wanted.near.y, wanted.near.metres))
    return replace(wanted, box=wanted.area.geometry.box() if wanted.area else None)


async def _candidates(
    connection: Connection, tenant: str, wanted: EntityQuery, after: str | None, limit: int
) -> list[asyncpg.Record]:
    types = list(wanted.types) or None
    box = wanted.box and asyncpg.Box((wanted.box.x2, wanted.box.y2), (wanted.box.x1, wanted.box.y1))
    if wanted.text:
        terms = search_query(wanted.text)
        if not terms:
            return []
        moment, id = _position(after, (None, ""))
        moment = moment and _moment(moment)
        rows = await connection.fetch(
            _read_sql.BY_TEXT, tenant, terms, types, moment, id, limit, box, wanted.dataset
        )
    else:
        type, id = _position(after, ("", ""))
        statement = _read_sql.BY_BOX if box else _read_sql.BY_TYPES if types else _read_sql.BY_TYPE
        rows = await connection.fetch(statement, tenant, types, type, id, limit, box, wanted.dataset)
    return list(rows)


def _holds(one: Stored, wanted: EntityQuery) -> bool:
    """The exact test of what SQL only narrows."""
    if wanted.text and not _is_found(one, wanted):
        return False
    if not (wanted.near or wanted.area):
        return True
    geometry = location_of(one.document)
    if geometry is None:
        return False
    if wanted.near and metres_between(wanted.near.x, wanted.near.y, geometry) > wanted.near.metres:
        return False
    return wanted.area is None or _relates(geometry, wanted.area)


def _relates(geometry: Geometry, area: Area) -> bool:
    mine, theirs = shapely.geometry.shape(geometry.geojson()), shapely.geometry.shape(area.geometry.geojson())
    test = shapely.covered_by if area.relation == Relation.WITHIN else shapely.intersects
    return bool(test(mine, theirs))


def _is_found(one: Stored, wanted: EntityQuery) -> bool:
    """Where some of an entity is veiled, by what is shown of it alone."""
    veils = wanted.veils.get(one.dataset)
    if not veils:
        return _has_phrases(one.document, wanted.text)
    document = veiled(one, veils).document
    return has_terms(text_of(document), wanted.text) and _has_phrases(document, wanted.text)


def _has_phrases(document: dict[str, Any], text: str) -> bool:
    """Pairs of characters in any order are not yet the phrase: phrases of three and more are looked up in the text."""
    phrases = [part for part in re.split(r"[\W\x00-\x7f]+", fold_text(text)) if len(part) > 2]
    if not phrases:
        return True
    whole = fold_text(" ".join(strings_of(document)))
    return all(phrase in whole for phrase in phrases)


def stored_of(row: asyncpg.Record) -> Stored:
    """Without the attributes that have expired since the sweeper came by."""
    return Stored(
        id=row["id"],
        types=tuple(row["types"] or (row["type"],)),
        dataset=row["dataset"],
        scope=tuple(row["scope"] or ()),
        document=row["doc"] if row["due"] is None else living(row["doc"], utc_now()),
        version=row["version"],
        created=row["created"],
        modified=row["modified"],
        renewed=row["renewed"],
        expires=row["expires"],
    )


def _token(row: asyncpg.Record, wanted: EntityQuery) -> str:
    first = row["found"].isoformat() if wanted.text else row["type"]
    return page_token((first, row["id"]))


def _position(token: str | None, beginning: tuple[str | None, str]) -> tuple[Any, str]:
    if token is None:
        return beginning
    return place_of(token, tuple[str, str], refusal="twin.query.token")


def _moment(text: str) -> datetime:
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        raise Invalid("twin.query.token", token=text[:80]) from None
