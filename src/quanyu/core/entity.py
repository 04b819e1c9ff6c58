"""NGSI-LD entities (ETSI GS CIM 009 V1.8.1, clause 4.5), as `quanyu.twin.ngsild.document` makes them.

An `Entity` carries its attributes as one normalized document by short term; that document is what is stored, sent and
compared. `Attribute` is the typed view of one instance in it.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from quanyu.core.geometry import Box, Geometry

NULL = "urn:ngsi-ld:null"  # clause 4.5.0: stands for "remove this"


class Kind(StrEnum):
    PROPERTY = "Property"
    GEO = "GeoProperty"
    RELATIONSHIP = "Relationship"
    LANGUAGE = "LanguageProperty"
    VOCAB = "VocabProperty"
    JSON = "JsonProperty"
    LIST = "ListProperty"
    LIST_RELATIONSHIP = "ListRelationship"


# The member that carries the value of each kind.
VALUE_MEMBER: Mapping[str, str] = {
    Kind.PROPERTY: "value",
    Kind.GEO: "value",
    Kind.RELATIONSHIP: "object",
    Kind.LANGUAGE: "languageMap",
    Kind.VOCAB: "vocab",
    Kind.JSON: "json",
    Kind.LIST: "valueList",
    Kind.LIST_RELATIONSHIP: "objectList",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Attribute:
    """One instance of an attribute: several with one name differ by `dataset_id`."""

    name: str
    kind: Kind
    value: Any
    observed: datetime | None = None
    unit: str | None = None
    dataset_id: str | None = None
    members: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Entity:
    """`types` is never empty, its first is the main one. `document`: attribute name -> instance or list of instances."""

    id: str
    types: tuple[str, ...]
    document: Mapping[str, Any]
    scope: tuple[str, ...] = ()
    expires: datetime | None = None

    def attributes(self) -> Iterator[Attribute]:
        for name, value in self.document.items():
            yield from (attribute_of(name, one) for one in instances(value))

    def location(self) -> Geometry | None:
        return location_of(self.document)

    def observed(self) -> datetime | None:
        return observed_of(self.document)


def instances(value: Any) -> list[dict[str, Any]]:
    """The instances of an attribute in a normalized document, one or several."""
    return value if isinstance(value, list) else [value]


def attribute_of(name: str, instance: Mapping[str, Any]) -> Attribute:
    """The typed view of one instance of a normalized document."""
    kind = Kind(instance["type"])
    moment = instance.get("observedAt")
    return Attribute(
        name=name,
        kind=kind,
        value=instance.get(VALUE_MEMBER[kind]),
        observed=datetime.fromisoformat(moment) if moment else None,
        unit=instance.get("unitCode"),
        dataset_id=instance.get("datasetId"),
        members=instance,
    )


def location_of(document: Mapping[str, Any]) -> Geometry | None:
    """The geometry of `location`, the attribute that places an entity on the map."""
    found = document.get("location")
    if found is None:
        return None
    first = instances(found)[0]
    value = first.get("value")
    if first.get("type") != Kind.GEO or not isinstance(value, dict):
        return None
    return Geometry(value["type"], value["coordinates"])


def box_of(document: Mapping[str, Any]) -> Box | None:
    geometry = location_of(document)
    return geometry.box() if geometry else None


def observed_of(document: Mapping[str, Any]) -> datetime | None:
    """The newest observedAt of all attributes."""
    moments = set()  # most often all are the same
    for value in document.values():
        for one in value if type(value) is list else (value,):
            if "observedAt" in one:
                moments.add(one["observedAt"])
    return max(map(datetime.fromisoformat, moments)) if moments else None


def strings_of(document: Mapping[str, Any]) -> Iterator[str]:
    """Every text a reader may search for: string values, texts of language maps."""
    for attribute in document.values():
        for one in instances(attribute):
            if isinstance(value := one.get("value"), str):
                yield value
            elif isinstance(texts := one.get("languageMap"), dict):
                yield from (text for text in texts.values() if isinstance(text, str))
