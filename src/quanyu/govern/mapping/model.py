"""A mapping says what the columns of a dataset are; a proposal is a mapping with its reasons."""

from enum import StrEnum

import msgspec

from quanyu.govern.standards.model import DatasetKind


class Part(StrEnum):
    """What a column contributes to an attribute that is made of several, or written in a form of its own."""

    LONGITUDE = "longitude"
    LATITUDE = "latitude"
    LAT_LON = "lat_lon"  # "(42.36, -71.06)"
    LON_LAT = "lon_lat"
    GEOJSON = "geojson"
    WKT = "wkt"


class MappedColumn(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """`attribute` None leaves the column out of the entity; it stays in the dataset. `unit` is a UN/CEFACT code."""

    column: str
    attribute: str | None = None
    part: Part | None = None
    unit: str | None = None


class Mapping(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """`type` is the entity type; `model` the data model behind it, None where no model fits.

    `key`, `time` and `name` name columns. With kind "observations", several records share a key and `time` tells them apart.
    """

    type: str
    model: str | None = None
    kind: DatasetKind = DatasetKind.ENTITIES
    key: tuple[str, ...] = ()
    time: str | None = None
    name: str | None = None
    crs: str = "EPSG:4326"
    columns: tuple[MappedColumn, ...] = ()

    def column_of(self, part: Part) -> str | None:
        return next((mapped.column for mapped in self.columns if mapped.part is part), None)


class Reason(StrEnum):
    """Why a column is taken for an attribute; texts under `govern.mapping.reason.*`."""

    REMEMBERED = "remembered"
    SAME_NAME = "same_name"
    SIMILAR_NAME = "similar_name"
    VALUES = "values"
    OWN_NAME = "own_name"


class ColumnProposal(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """`matched` is the known name that the column's name resembles; `evidence` what its values add or take away."""

    column: str
    label: str
    attribute: str | None
    confidence: float
    reason: Reason
    matched: str = ""
    evidence: tuple[str, ...] = ()
    examples: tuple[str, ...] = ()


class Alternative(msgspec.Struct, frozen=True, kw_only=True):
    model: str
    confidence: float


class Why(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The guess in one sentence: a message key and its values."""

    key: str
    values: dict[str, str] = {}


class MappingProposal(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    mapping: Mapping
    confidence: float
    columns: tuple[ColumnProposal, ...] = ()
    alternatives: tuple[Alternative, ...] = ()
    remembered: bool = False
    why: Why | None = None
