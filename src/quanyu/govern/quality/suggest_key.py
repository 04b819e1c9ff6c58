"""What identifies a record: one column that never repeats, a thing and a time, or the few columns that span a table."""

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import combinations

from quanyu.core.profile import TEMPORAL_TYPES, ColumnProfile, ValueType
from quanyu.govern.quality.names import is_row_number, looks_like_id
from quanyu.govern.quality.quote import name, names
from quanyu.govern.quality.scene import Scene

NEARLY = 0.99
_MEASURES = ("longitude", "latitude", "coordinate_pair", "geojson", "wkt", "address", "url")


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """`holds` is false where a few records repeat the key: it is then a rule to flag, not a key to upsert by."""

    key: tuple[str, ...] = ()
    holds: bool = False
    entity: str | None = None
    time: str | None = None


def find_identity(scene: Scene) -> Identity:
    single = _single(scene)
    if single is not None and single.is_unique:
        return Identity(key=(single.name,), holds=True)
    observed = _observed(scene)
    if observed is not None and observed.holds:
        return observed
    if single is not None:
        return Identity(key=(single.name,), holds=False)
    return _spanned(scene) or observed or Identity()


def _single(scene: Scene) -> ColumnProfile | None:
    """The first column named like an identifier that (nearly) never repeats, else a first column that never does."""
    able = [
        p for p in scene.profiles if _may_identify(p) and p.distinct >= NEARLY * p.rows > 0 and p.nulls == 0
    ]
    exact = {
        p.name: int(scene.first(f"SELECT count(DISTINCT {name(p.name)}) FROM typed")[0]) for p in able[:6]
    }
    unique = [p for p in able if exact.get(p.name) == p.rows]
    named = [p for p in unique if looks_like_id(p.label)]
    for candidates in (
        [p for p in named if not is_row_number(p.label)],
        named,
        [p for p in unique if p is scene.profiles[0]],
    ):
        if candidates:
            return _with_distinct(candidates[0], exact[candidates[0].name])
    nearly = [
        p
        for p in able
        if looks_like_id(p.label) and exact.get(p.name, 0) >= NEARLY * p.rows and p.rows >= 100
    ]
    return _with_distinct(nearly[0], exact[nearly[0].name]) if nearly else None


def _with_distinct(profile: ColumnProfile, distinct: int) -> ColumnProfile:
    return replace(profile, distinct=distinct)


def _may_identify(profile: ColumnProfile) -> bool:
    return (
        profile.type in (ValueType.INTEGER, ValueType.TEXT)
        and profile.semantic not in _MEASURES
        and profile.lengths[1] <= 64
    )


def _observed(scene: Scene) -> Identity | None:
    """A thing that returns and the time of the record: taxi and moment, car park and reading."""
    times = [p for p in scene.profiles if p.type in TEMPORAL_TYPES and p.nulls <= 0.01 * p.rows]
    things = [
        p
        for p in scene.profiles
        if _may_identify(p) and p.nulls == 0 and 1 < p.distinct <= 0.5 * p.rows and p not in times
    ]
    things.sort(
        key=lambda p: (
            is_row_number(p.label),
            not looks_like_id(p.label),
            p.type is not ValueType.TEXT,
            -p.distinct,
        )
    )
    for time in times[:2]:
        for thing in things[:4]:
            key = (thing.name, time.name)
            different = scene.first(f"SELECT count(*) FROM (SELECT DISTINCT {names(key)} FROM typed)")[0]
            if different >= NEARLY * scene.rows:
                return Identity(key=key, holds=different == scene.rows, entity=thing.name, time=time.name)
    return None


_TIME_PART = re.compile(r"year|month|day|hour|minute|quarter|年份?|月份?|日|小?时|分钟?|季度?", re.IGNORECASE)
_SPANNING, _TRIED, _FEWEST, _DENSE = 6, 12, 50, 10
"""At most so many columns are combined and combinations tried, from so many records on, and with so many gaps:
columns that span a table (station × pollutant × hour) give about as many combinations as it has records, while
columns that are unique together by chance could give very many more."""


def _spanned(scene: Scene) -> Identity | None:
    """The smallest combination of codes, categories and times that never repeats."""
    able = sorted((p for p in scene.profiles if _may_span(p)), key=lambda p: not looks_like_id(p.label))
    if scene.rows < _FEWEST:
        return None
    for tried, columns in enumerate(_dense(able[:_SPANNING], scene.rows)):
        key = tuple(p.name for p in columns)
        if tried >= _TRIED:
            break
        if scene.first(f"SELECT count(*) FROM (SELECT DISTINCT {names(key)} FROM typed)")[0] == scene.rows:
            things = [p.name for p in columns if not _is_time(p)]
            moments = [p.name for p in columns if p.type in TEMPORAL_TYPES]
            return Identity(key=key, holds=True, entity=things[0], time=next(iter(moments), None))
    return None


def _dense(able: list[ColumnProfile], rows: int) -> Iterator[tuple[ColumnProfile, ...]]:
    for size in (2, 3):
        for columns in combinations(able, size):
            spanned = math.prod(p.distinct for p in columns)
            if NEARLY * rows <= spanned <= _DENSE * rows and not all(_is_time(p) for p in columns):
                yield columns


def _may_span(profile: ColumnProfile) -> bool:
    if profile.nulls or profile.distinct < 2 or is_row_number(profile.label):
        return False
    if _is_time(profile):
        return True
    is_category = profile.type is ValueType.TEXT and profile.distinct <= 0.1 * profile.rows
    return _may_identify(profile) and (is_category or looks_like_id(profile.label))


def _is_time(profile: ColumnProfile) -> bool:
    return profile.type in TEMPORAL_TYPES or bool(_TIME_PART.fullmatch(profile.label.strip()))
