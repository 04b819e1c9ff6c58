"""Entities as a contract gives them: the enforcement of all other ways, asked of entities instead of files.

A batch of entities becomes a table of the columns that they were made of, the contract's governed query runs over it, and what comes
out takes the place of what went in. So rows, columns and masks are those of SQL and files, to the letter.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import duckdb
import msgspec
import pyarrow as pa

from quanyu.core.clock import CITY_ZONE
from quanyu.core.errors import Invalid
from quanyu.exchange.entities.outline import LOCATION, Outline
from quanyu.exchange.policy import Relation, Terms, govern
from quanyu.exchange.policy.masks import Tokens, applied
from quanyu.govern.quality.quote import literal, name, names
from quanyu.twin.model import Stored

_PLACE = "governed entity"
"""Which entity of the batch a row is; no query of a consumer can name it."""

_KEPT = ("type", "value", "object", "languageMap", "vocab", "json", "unitCode", "datasetId")


@dataclass(frozen=True, slots=True, kw_only=True)
class Eyes:
    """`types`: the DuckDB types of the dataset's columns. `key`: the secret of the contract."""

    dataset: str
    outline: Outline
    terms: Terms
    types: Mapping[str, str]
    key: bytes

    def shown(self, entities: Sequence[Stored]) -> list[Stored]:
        """Those of them that the contract gives, in their order. For a thread."""
        if not entities:
            return []
        return [self._entity(entities[place], row) for place, row in self._governed(entities)]

    def own_id(self, id: str) -> str:
        """Of an id as the consumer knows it. Raises Invalid for one that this contract never gave."""
        return id if self.outline.id_is_clear else Tokens(self.key).value(id.rpartition(":")[2])

    def _governed(self, entities: Sequence[Stored]) -> list[tuple[int, dict[str, Any]]]:
        columns = [one for one in self.types if one in self._needed]
        table = pa.table(
            {one: pa.array([self._cell(entity, one) for entity in entities], pa.string()) for one in columns}
            | {_PLACE: pa.array(range(len(entities)), pa.int64())}
        )
        casts = [f"{_typed(name(one), self.types[one])} as {name(one)}" for one in columns]
        terms = msgspec.structs.replace(
            self.terms, columns=(*(one for one in self.terms.columns if one in columns), _PLACE), rows=None
        )
        relation = Relation(
            dataset=self.dataset, columns={**{one: self.types[one] for one in columns}, _PLACE: "BIGINT"}, terms=terms,
            key=self.key, source=f"(select {', '.join([*casts, name(_PLACE)])} from batch)",
        )  # fmt: skip
        governed = govern(f"select {names(terms.columns)} from {name(self.dataset)}", [relation])
        with duckdb.connect(config={"threads": "1", "enable_external_access": "false"}) as connection:
            connection.register("batch", table)
            reader = connection.sql(governed.sql, params=governed.parameters or None).to_arrow_reader()
            rows = [row for one in reader for row in applied(one, governed.afterwards).to_pylist()]
        return sorted(((row.pop(_PLACE), row) for row in rows), key=lambda one: one[0])

    @property
    def _needed(self) -> set[str]:
        outline = self.outline
        place = outline.place if outline.shows_place else ()
        return {*outline.columns.values(), *place, *(one.column for one in self.terms.where)}

    def _cell(self, entity: Stored, column: str) -> str | None:
        """What the entity says now, as text: an import, or whoever has changed it since."""
        outline = self.outline
        if outline.in_degrees and column in outline.place:
            return _degrees(entity, outline.place.index(column))
        attribute = next((one for one, made_of in outline.sources.items() if made_of == column), None)
        if attribute is not None:
            return _text(_default(entity.document.get(attribute)))
        return outline.key_values(entity.id).get(column)

    def _entity(self, entity: Stored, row: Mapping[str, Any]) -> Stored:
        document = {}
        for attribute, column in self.outline.columns.items():
            content = _default(entity.document.get(attribute))
            if content is not None and (made := self._attribute(content, attribute, row[column])) is not None:
                document[attribute] = made
        if (place := self._location(entity, row)) is not None:
            document[LOCATION] = place
        id = entity.id if self.outline.id_is_clear else self._pseudonym(entity)
        return replace(entity, id=id, document=document, scope=())

    def _attribute(self, content: Mapping[str, Any], attribute: str, shown: Any) -> dict[str, Any] | None:
        """None where the mask leaves nothing."""
        kept = {one: content[one] for one in _KEPT if one in content}
        if self.outline.observed_is_clear and "observedAt" in content:
            kept["observedAt"] = content["observedAt"]
        if attribute in self.outline.clear:
            return kept
        if shown is None:
            return None
        beside: dict[str, Any] = {one: kept[one] for one in ("unitCode", "observedAt") if one in kept}
        return {"type": "Property", "value": _value(shown), **beside}

    def _location(self, entity: Stored, row: Mapping[str, Any]) -> dict[str, Any] | None:
        content = _default(entity.document.get(LOCATION))
        if content is None or not self.outline.shows_place:
            return None
        if LOCATION in self.outline.clear:
            return {one: content[one] for one in _KEPT if one in content}
        point = [row[one] for one in self.outline.place]
        if not all(isinstance(one, int | float) for one in point):
            return None
        return {"type": "GeoProperty", "value": {"type": "Point", "coordinates": point}}

    def _pseudonym(self, entity: Stored) -> str:
        """Only the owner's node can turn it back, and the same entity always has the same."""
        return f"urn:ngsi-ld:{entity.types[0].rpartition('/')[2]}:{Tokens(self.key).token(entity.id)}"


def eyes(dataset: str, outline: Outline, terms: Terms, types: Mapping[str, str], key: bytes) -> Eyes:
    """Raises Invalid where a column that the contract narrows by is gone."""
    if gone := sorted({one.column for one in terms.where} - types.keys()):
        raise Invalid("exchange.contract.columns_gone", dataset=dataset, columns=", ".join(gone))
    return Eyes(dataset=dataset, outline=outline, terms=terms, types=types, key=key)


def _typed(column: str, type_: str) -> str:
    """A time of an entity is in UTC, one of a record is the city's."""
    if type_ == "TIMESTAMP":
        return f"timezone({literal(CITY_ZONE.key)}, try_cast({column} as timestamptz))"
    return f"try_cast({column} as {type_})"


def _default(content: Any) -> Mapping[str, Any] | None:
    """The instance without a datasetId: the one that a record became."""
    several = content if isinstance(content, list) else [content]
    return next((one for one in several if isinstance(one, dict) and "datasetId" not in one), None)


def _text(content: Mapping[str, Any] | None) -> str | None:
    value = None if content is None else content.get("value", content.get("object"))
    if isinstance(value, dict) and "@value" in value:
        value = value["@value"]
    if value is None or isinstance(value, str):
        return value
    return msgspec.json.encode(value).decode()


def _degrees(entity: Stored, index: int) -> str | None:
    match _default(entity.document.get(LOCATION)):
        case {"value": {"type": "Point", "coordinates": [*degrees]}} if len(degrees) > index:
            return str(degrees[index])
    return None


def _value(shown: Any) -> Any:
    """As NGSI-LD writes it: dates with their type (4.6.3)."""
    if isinstance(shown, bool | int | float | str):
        return shown
    return {"@type": "Date", "@value": str(shown)}
