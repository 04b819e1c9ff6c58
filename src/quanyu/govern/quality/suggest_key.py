"""What identifies a record: one column that never repeats, or a thing and a time."""

from dataclasses import dataclass, replace

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
    return observed or Identity()


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
