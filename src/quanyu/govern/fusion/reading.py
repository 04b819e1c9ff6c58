"""From the current records of a dataset to what is compared. For a thread."""

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from quanyu.core.errors import Fault, Invalid
from quanyu.govern.fusion.model import Record, Source
from quanyu.govern.imports.content import current_sql, reader
from quanyu.govern.imports.model import Part
from quanyu.govern.imports.records import column_types
from quanyu.govern.quality.quote import name as quoted

MOST_RECORDS = 500_000

_PHONES = re.compile(r"\d[\d\- ]{6,}\d")


def read(folder: Path, tenant: str, source: Source, parts: Sequence[Part]) -> list[Record]:
    """Records without a key or name are left out: nothing can be said of them. Raises Invalid for unknown columns."""
    with reader(folder, tenant) as duck:
        current = current_sql(folder, parts)
        if current is None:
            return []
        wanted = _columns(source)
        _check(source, wanted, column_types(duck, current))
        rows = duck.execute(
            f"select {', '.join(map(quoted, wanted))} from {current} order by _import, _row limit {MOST_RECORDS}"
        ).fetchall()
    records = (_record(source, dict(zip(wanted, row, strict=True))) for row in rows)
    return list({record.id: record for record in records if record is not None}.values())


def _columns(source: Source) -> list[str]:
    named = (
        source.key, source.name, *source.aliases, source.longitude, source.latitude, source.phone, source.code,
        source.region, source.observed, *source.attributes.values(),
    )  # fmt: skip
    return list(dict.fromkeys(column for column in named if column))


def _check(source: Source, wanted: Iterable[str], types: Mapping[str, str]) -> None:
    faults = tuple(
        Fault(
            "govern.fusion.no_column",
            where=source.dataset,
            values={"column": column, "dataset": source.dataset},
        )
        for column in wanted
        if column not in types
    )
    if faults:
        raise Invalid("govern.fusion.no_column", faults=faults, **faults[0].values)


def _record(source: Source, row: Mapping[str, Any]) -> Record | None:
    key, name = _text(row[source.key]), _text(row[source.name])
    if not key or not name:
        return None
    longitude, latitude = _position(row, source)
    values: dict[str, Any] = {"name": name}
    values |= {attribute: _plain(row[column]) for attribute, column in source.attributes.items()}
    if longitude is not None:
        values["location"] = {"type": "Point", "coordinates": [longitude, latitude]}
    return Record(
        dataset=source.dataset,
        key=key,
        name=name,
        aliases=tuple(text for column in source.aliases if (text := _text(row[column]))),
        longitude=longitude,
        latitude=latitude,
        phones=_phones(row, source),
        code=_said(row, source.code) or None,
        region=_said(row, source.region) or None,
        observed=_time(row.get(source.observed or "")),
        values=values,
    )


def _position(row: Mapping[str, Any], source: Source) -> tuple[float, float] | tuple[None, None]:
    """Nothing where the coordinates are none, or the placeholder 0, 0."""
    try:
        longitude, latitude = float(row[source.longitude or ""]), float(row[source.latitude or ""])
    except (KeyError, TypeError, ValueError):
        return None, None
    inside = -180 <= longitude <= 180 and -90 <= latitude <= 90 and (longitude, latitude) != (0.0, 0.0)
    return (longitude, latitude) if inside else (None, None)


def _phones(row: Mapping[str, Any], source: Source) -> tuple[str, ...]:
    """Digits only; a landline is also known without its area code."""
    digits = [re.sub(r"\D", "", found) for found in _PHONES.findall(_said(row, source.phone))]
    return tuple(number[-8:] if number.startswith("0") else number for number in digits)


def _said(row: Mapping[str, Any], column: str | None) -> str:
    return _text(row[column]) if column else ""


def _text(value: Any) -> str:
    return "" if value is None else str(value).strip()


def _plain(value: Any) -> Any:
    """As JSON can say it."""
    return value if value is None or isinstance(value, (bool, int, float, str)) else str(value)


def _time(value: Any) -> datetime | None:
    if not isinstance(value, datetime):
        return None
    return value if value.tzinfo else value.replace(tzinfo=UTC)
