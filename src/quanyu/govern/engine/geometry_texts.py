"""Texts that say a geometry, as GeoJSON or WKT, read alike by the rule that asks for one and by what makes places of them."""

from collections.abc import Sequence

import numpy as np
import pyarrow as pa
import shapely
from numpy.typing import NDArray

_COLLECTION = shapely.GeometryType.GEOMETRYCOLLECTION


def shapes_of(texts: Sequence[str | None]) -> NDArray[np.object_]:
    """None where a text is no geometry, or a collection of several, which has no place among GeoProperties."""
    said = np.array([_without_srid(text) for text in texts], dtype=object)
    in_json = np.array([text is not None and text.lstrip().startswith("{") for text in texts], dtype=bool)
    shapes = np.full(len(said), None, dtype=object)
    shapes[in_json] = shapely.from_geojson(said[in_json], on_invalid="ignore")
    shapes[~in_json] = shapely.from_wkt(said[~in_json], on_invalid="ignore")
    shapes[shapely.get_type_id(shapes) == _COLLECTION] = None
    return shapes


def _without_srid(text: str | None) -> str | None:
    """What PostGIS writes before WKT."""
    if text is None or text[:5].upper() != "SRID=":
        return text
    return text.partition(";")[2]


def is_no_geometry(texts: pa.ChunkedArray) -> pa.Array:
    return pa.array(shapely.is_missing(shapes_of(texts.to_pylist())))
