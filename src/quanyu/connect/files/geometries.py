"""Geometries of features: what cannot be one by RFC 7946 refuses its record, whatever file it stood in."""

from shapely import from_geojson

from quanyu.connect.files.model import Reject
from quanyu.connect.files.source import Source

GEOMETRY = "geometry"
"""Name of the column."""


def is_geometry(text: str | None) -> bool:
    """Nothing is a feature without a place, which may be."""
    return not text or from_geojson(text, on_invalid="ignore") is not None


def no_geometry(source: Source, line: int, cells: list[str | None]) -> Reject:
    """The record whose geometry is none, with everything that it says."""
    said = "\t".join(text for text in cells if text)
    return Reject(line, said[: source.options.limits.cell], "connect.files.geometry")
