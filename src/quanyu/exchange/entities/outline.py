"""Which attributes of the entities of a dataset a contract gives, and by which of them may be asked."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from urllib.parse import unquote

from quanyu.core.errors import Denied
from quanyu.exchange.policy import Terms
from quanyu.govern.engine.model import EntityMapping

LOCATION = "location"
_SAME_DEGREES = ("EPSG:4326", "EPSG:4490")
"""Where the columns hold what the entity's location says."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outline:
    """`sources`: the column that an attribute is made of; `columns`: the same of those that are given. `place`: of the location.

    `clear` attributes are shown as they are: whoever filters by another one would learn what the mask hides.
    """

    prefix: str
    key: tuple[str, ...]
    sources: Mapping[str, str]
    columns: Mapping[str, str]
    place: tuple[str, ...]
    in_degrees: bool
    shows_place: bool
    clear: frozenset[str]
    id_is_clear: bool
    observed_is_clear: bool

    @property
    def given(self) -> frozenset[str]:
        return frozenset(self.columns) | ({LOCATION} if self.shows_place else set())

    def key_values(self, id: str) -> Mapping[str, str]:
        """What the id of an entity says of its record."""
        parts = id.removeprefix(self.prefix).split(":")
        return dict(zip(self.key, map(unquote, parts), strict=False)) if id.startswith(self.prefix) else {}


def outline(dataset: str, mapping: EntityMapping, terms: Terms) -> Outline:
    """Raises Denied where the contract gives figures only, or narrows by what entities do not say."""
    if terms.aggregates_only or terms.anonymity:
        raise Denied("exchange.entities.figures")
    sources = _sources(mapping)
    place = tuple(one for one in (mapping.geometry, mapping.longitude, mapping.latitude) if one)
    in_degrees = mapping.geometry is None and mapping.crs in _SAME_DEGREES
    told = {*sources.values(), *mapping.key, *(place if in_degrees else ())}
    if hidden := sorted({one.column for one in terms.where} - told):
        raise Denied("exchange.entities.where", columns=", ".join(hidden))
    columns = {attribute: column for attribute, column in sources.items() if column in terms.columns}
    shown = _clear(place, terms) or (in_degrees and all(one in terms.columns for one in place))
    clear = {attribute for attribute, column in columns.items() if column not in terms.masks}
    if place and _clear(place, terms):
        clear.add(LOCATION)
    return Outline(
        prefix=f"urn:ngsi-ld:{mapping.type}:{dataset}:", key=mapping.key, sources=sources, columns=columns, place=place,
        in_degrees=in_degrees, shows_place=bool(place) and shown, clear=frozenset(clear), id_is_clear=_clear(mapping.key, terms),
        observed_is_clear=mapping.time is None or _clear((mapping.time,), terms),
    )  # fmt: skip


def _sources(mapping: EntityMapping) -> dict[str, str]:
    """As the import reads them: the first column of an attribute counts, the location has columns of its own."""
    found: dict[str, str] = {}
    for one in mapping.attributes:
        found.setdefault(one.attribute, one.column)
    if mapping.name:
        found.setdefault("name", mapping.name)
    if mapping.geometry or mapping.longitude:
        found.pop(LOCATION, None)
    return found


def _clear(columns: Collection[str], terms: Terms) -> bool:
    return all(one in terms.columns and one not in terms.masks for one in columns)
