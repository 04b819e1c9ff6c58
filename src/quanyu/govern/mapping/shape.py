"""Files without a header: what the shape of the values alone can say, honestly little."""

from collections.abc import Iterable, Sequence
from collections.abc import Mapping as Lookup

from quanyu.core.profile import TEMPORAL_TYPES, ColumnProfile, ValueType
from quanyu.govern.mapping.fit import Fit, Match
from quanyu.govern.mapping.model import Part, Reason
from quanyu.govern.mapping.names import is_nameless
from quanyu.govern.standards.model import DataModel

GUESS = 0.4


def shape_matches(
    columns: Sequence[ColumnProfile], *, placed: Lookup[Part, str], models: Iterable[DataModel]
) -> Fit | None:
    """A thing that comes again with a time: with two counts, one fixed and one below it, a car park; moving, a vehicle."""
    if not columns or not all(is_nameless(column.label) for column in columns):
        return None
    thing, time = _thing(columns), _moment(columns)
    if thing is None or time is None:
        return None
    by_name = {model.name: model for model in models}
    counts = [
        column for column in columns if column.type is ValueType.INTEGER and column not in (thing, time)
    ]
    fixed, varying = _capacity_and_use(counts, thing)
    if fixed and varying and not placed:
        named = {
            "parkingCode": thing,
            "totalSpotNumber": fixed,
            "occupiedSpotNumber": varying,
            "observedAt": time,
        }
        return _guessed(by_name.get("OffStreetParking"), named)
    if Part.LONGITUDE in placed:
        return _guessed(by_name.get("Vehicle"), {"vehicleCode": thing, "observedAt": time})
    return None


def _thing(columns: Sequence[ColumnProfile]) -> ColumnProfile | None:
    """A short text that comes again: the code of what is observed."""
    texts = (
        column
        for column in columns
        if column.type is ValueType.TEXT and not column.nulls and column.semantic is None
    )
    repeated = [column for column in texts if column.distinct < 0.1 * column.rows and column.lengths[1] <= 32]
    return max(repeated, key=lambda column: column.distinct, default=None)


def _moment(columns: Sequence[ColumnProfile]) -> ColumnProfile | None:
    return next((column for column in columns if column.type in TEMPORAL_TYPES), None)


def _capacity_and_use(
    counts: Sequence[ColumnProfile], thing: ColumnProfile
) -> tuple[ColumnProfile | None, ColumnProfile | None]:
    fixed = next((column for column in counts if column.distinct <= thing.distinct), None)
    if fixed is None or fixed.mean is None:
        return None, None
    varying = (column for column in counts if column.distinct > thing.distinct and column.mean is not None)
    return fixed, next((column for column in varying if 0 <= (column.mean or 0) < fixed.mean), None)


def _guessed(model: DataModel | None, named: Lookup[str, ColumnProfile]) -> Fit | None:
    if model is None:
        return None
    matches = {
        column.name: Match(column, attribute, GUESS, Reason.VALUES, "", ("shape",))
        for name, column in named.items()
        if (attribute := model.attribute(name))
    }
    return Fit(model, matches, GUESS)
