"""What is known about a column after every value of it was looked at: the shared word between reading, rules and mapping."""

from dataclasses import dataclass
from enum import StrEnum


class ValueType(StrEnum):
    TEXT = "text"
    INTEGER = "integer"
    NUMBER = "number"
    BOOLEAN = "boolean"
    DATE = "date"
    DATETIME = "datetime"
    TIME = "time"
    GEOMETRY = "geometry"


NUMERIC_TYPES = frozenset({ValueType.INTEGER, ValueType.NUMBER})
TEMPORAL_TYPES = frozenset({ValueType.DATE, ValueType.DATETIME})


@dataclass(frozen=True, slots=True, kw_only=True)
class ColumnProfile:
    """One column. `name` is the column as used in SQL, `label` as written in the file.

    `format` is the name of a date form (`core.values.DATE_FORMATS`), "epoch_s" or "epoch_ms", else None. `minimum` and
    `maximum` are the typed extremes written as text; `lengths` are the shortest and longest text; `top` and
    `histogram` pair a value or a class with its number of records. `distinct` does not count nulls. `semantic` is a
    word of this list: "longitude", "latitude", "coordinate_pair", "id_card", "credit_code",
    "organisation_code", "region_code", "phone", "email", "url", "address", "person_name", "wkt", "geojson".
    """

    name: str
    label: str
    type: ValueType
    format: str | None = None
    unit: str | None = None
    rows: int = 0
    nulls: int = 0
    distinct: int = 0
    minimum: str | None = None
    maximum: str | None = None
    mean: float | None = None
    top: tuple[tuple[str, int], ...] = ()
    examples: tuple[str, ...] = ()
    histogram: tuple[tuple[str, int], ...] = ()
    lengths: tuple[int, int] = (0, 0)
    semantic: str | None = None

    @property
    def filled(self) -> int:
        return self.rows - self.nulls

    @property
    def is_unique(self) -> bool:
        """Every record has a value and no two have the same."""
        return self.rows > 0 and self.nulls == 0 and self.distinct == self.rows
