"""Older observations than the twin's log holds: the accepted records of observation datasets, read where they lie."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import unquote

from quanyu.core.clock import CITY_ZONE
from quanyu.govern.engine.model import EntityMapping
from quanyu.govern.imports import _sql
from quanyu.govern.imports.content import current_sql, kept_reader
from quanyu.govern.imports.model import Part
from quanyu.govern.quality.quote import literal, name
from quanyu.store import Database
from quanyu.twin import Point


@dataclass(frozen=True, slots=True)
class Past:
    """A `twin.HistorySource`."""

    database: Database
    folder: Path

    async def history(
        self, tenant: str, entity_id: str, attribute: str, start: datetime, end: datetime, limit: int
    ) -> Sequence[Point]:
        dataset_name, key = _read_id(entity_id)
        async with self.database.tenant(tenant) as connection:
            dataset = await _sql.dataset(connection, dataset_name)
            parts = await _sql.parts(connection, dataset_name) if dataset else ()
        mapping = dataset.mapping if dataset else None
        column = _column(mapping, attribute)
        if mapping is None or mapping.time is None or column is None or len(mapping.key) != len(key):
            return ()
        question = _Question(mapping, column, key, start, end, limit)
        return await asyncio.to_thread(_asked, self.folder, tenant, parts, question)


@dataclass(frozen=True, slots=True)
class _Question:
    mapping: EntityMapping
    column: str
    key: tuple[str, ...]
    start: datetime
    end: datetime
    limit: int


def _read_id(entity_id: str) -> tuple[str, tuple[str, ...]]:
    """Dataset and key of `urn:ngsi-ld:<type>:<dataset>:<key>:<key>…`."""
    words = entity_id.split(":")
    return (words[3] if len(words) > 3 else ""), tuple(unquote(word) for word in words[4:])


def _column(mapping: EntityMapping | None, attribute: str) -> str | None:
    if mapping is None:
        return None
    return next((source.column for source in mapping.attributes if source.attribute == attribute), None)


def _asked(folder: Path, tenant: str, parts: Sequence[Part], question: _Question) -> Sequence[Point]:
    content = current_sql(folder, parts)
    if content is None:
        return ()
    mapping = question.mapping
    same = " and ".join(f"{name(column)}::varchar = ?" for column in mapping.key)
    moment = f"{name(mapping.time or '')}::timestamp"
    zoned = f"epoch_us(timezone({literal(CITY_ZONE.key)}, {moment}))"
    query = (
        f"select * from (select {zoned} as ts, {name(question.column)} as value from {content}"
        f" where {same} and {name(question.column)} is not null) where ts >= ? and ts < ?"
        " order by ts desc limit ?"
    )
    bounds = [_microseconds(question.start), _microseconds(question.end), question.limit]
    with kept_reader(folder, tenant) as connection:
        rows = connection.execute(query, [*question.key, *bounds]).fetchall()
    return [
        Point(at=datetime.fromtimestamp(at / 1e6, UTC), value=value, observed=True)
        for at, value in reversed(rows)
    ]


def _microseconds(moment: datetime) -> int:
    return int((moment - datetime(1970, 1, 1, tzinfo=UTC)).total_seconds() * 1_000_000)
