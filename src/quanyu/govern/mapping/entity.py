"""A mapping in the words of the engine, which makes the entities."""

from quanyu.govern.engine.model import AttributeSource, EntityMapping
from quanyu.govern.mapping.model import Mapping, Part

_WHOLE = (Part.GEOJSON, Part.WKT, Part.LAT_LON, Part.LON_LAT)


def entity_mapping(mapping: Mapping, *, text: tuple[str, ...] = ()) -> EntityMapping | None:
    """None without a key: records that nothing tells apart stay a dataset and become no entities."""
    if not mapping.key:
        return None
    whole = next((column for part in _WHOLE if (column := mapping.column_of(part))), None)
    return EntityMapping(
        type=mapping.type,
        key=mapping.key,
        attributes=tuple(
            AttributeSource(
                attribute=mapped.attribute, column=mapped.column, unit=mapped.unit, observed_at=_time(mapping)
            )
            for mapped in mapping.columns
            if mapped.attribute and mapped.part is None
        ),
        name=mapping.name,
        longitude=mapping.column_of(Part.LONGITUDE),
        latitude=mapping.column_of(Part.LATITUDE),
        geometry=whole,
        crs=mapping.crs,
        time=_time(mapping),
        text=text,
    )


def _time(mapping: Mapping) -> str | None:
    return mapping.time if mapping.kind == "observations" else None
