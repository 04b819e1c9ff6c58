"""Arguments as CKAN's clients send them: numbers and lists as strings, queries in Solr's words."""

import json
import re
from collections.abc import Mapping
from enum import StrEnum, auto
from typing import Any

from quanyu.core.errors import Fault, Invalid
from quanyu.govern.catalogue.search import Facet, Query

_FACETS = {
    "organization": Facet.ORGANISATION,
    "owner_org": Facet.ORGANISATION,
    "res_format": Facet.FORMAT,
    "grade": Facet.GRADE,
    "region": Facet.REGION,
    "share_type": Facet.SHARE_TYPE,
    "update_cycle": Facet.UPDATE_CYCLE,
    "model": Facet.MODEL,
}
"""CKAN's field -> our facet."""


class Order(StrEnum):
    """Best rank first, then newest; newest whatever the rank; by name, which is for all entries alone."""

    RANK = auto()
    NEWEST = auto()
    NAME = auto()


_ORDERS = {
    "": Order.RANK,
    "score desc": Order.RANK,
    "score desc, metadata_modified desc": Order.RANK,
    "metadata_modified desc": Order.NEWEST,
    "name asc": Order.NAME,
    "id asc": Order.NAME,
}
"""CKAN's `sort` -> ours; `id` is the name."""
_KNOWN = "; ".join(filter(None, _ORDERS))

_CONDITION = re.compile(r'\+?(?P<field>\w+):(?P<value>"[^"]*"|\([^)]*\)|\S+)')
_WORDS_ONLY = {"title", "name", "notes", "tags", "text"}
_NOT_ABOUT_US = {"capacity", "dataset_type", "state", "type", "site_id", "permission_labels"}


class Arguments:
    """What was sent to one action. Every fault of a value names its argument."""

    def __init__(self, sent: Mapping[str, Any]) -> None:
        self._sent = sent

    def text(self, name: str, default: str = "") -> str:
        value = self._sent.get(name)
        return default if value is None else str(value)

    def needed(self, name: str) -> str:
        if value := self.text(name):
            return value
        raise Invalid(
            "govern.catalogue.ckan.missing", faults=(Fault("govern.catalogue.ckan.missing", where=name),)
        )

    def number(self, name: str, default: int, *, most: int) -> int:
        value = self._sent.get(name)
        if value is None or value == "":
            return default
        try:
            number = int(str(value))
        except ValueError:
            number = -1
        if number < 0:
            said = str(value)[:50]
            fault = Fault("govern.catalogue.ckan.number", where=name, values={"value": said})
            raise Invalid("govern.catalogue.ckan.number", faults=(fault,), value=said)
        return min(number, most)

    def flag(self, name: str, default: bool = False) -> bool:
        value = self._sent.get(name)
        return default if value is None else str(value).lower() in {"true", "1", "yes", "on"}

    def words(self, name: str) -> list[str]:
        """A list, its JSON, or words between commas."""
        value = self._parsed(name)
        if isinstance(value, list):
            return [str(one) for one in value]
        return [one.strip() for one in str(value or "").split(",") if one.strip()]

    def mapping(self, name: str) -> dict[str, Any]:
        value = self._parsed(name)
        if value in (None, ""):
            return {}
        if not isinstance(value, dict):
            raise Invalid(
                "govern.catalogue.ckan.mapping", faults=(Fault("govern.catalogue.ckan.mapping", where=name),)
            )
        return value

    def text_or_mapping(self, name: str) -> str | dict[str, Any]:
        value = self._parsed(name)
        return value if isinstance(value, dict) else str(value or "")

    def _parsed(self, name: str) -> Any:
        value = self._sent.get(name)
        if isinstance(value, str) and value[:1] in {"{", "["}:
            try:
                return json.loads(value)
            except (ValueError, RecursionError):
                return value
        return value


def package_query(arguments: Arguments) -> Query:
    """`q` and `fq`. Conditions on fields that only CKAN has are met by everything; words of text fields are words."""
    filters: dict[Facet, tuple[str, ...]] = {}
    words = []
    for part in (arguments.text("q"), arguments.text("fq"), *arguments.words("fq_list")):
        words.append(_CONDITION.sub(" ", part.replace("*:*", " ")))
        for condition in _CONDITION.finditer(part.replace("*:*", " ")):
            field, values = condition["field"], _values(condition["value"])
            if field in _FACETS:
                filters[_FACETS[field]] = tuple(
                    value.lower() if field == "res_format" else value for value in values
                )
            elif field not in _NOT_ABOUT_US:
                words += values if field in _WORDS_ONLY else [condition[0]]
    return Query(text=" ".join(words).replace("*", " ").strip()[:500], filters=filters)


def package_order(arguments: Arguments) -> Order:
    """`sort`. Raises Invalid for an order that the entries are not in."""
    said = re.sub(r"\s*,\s*", ", ", " ".join(arguments.text("sort").lower().split()))
    order = _ORDERS.get(said) or _ORDERS.get(f"{said} asc")
    if order is None:
        fault = Fault(
            "govern.catalogue.ckan.sort", where="sort", values={"value": said[:50], "known": _KNOWN}
        )
        raise Invalid("govern.catalogue.ckan.sort", faults=(fault,), value=said[:50], known=_KNOWN)
    if order is Order.NAME and not package_query(arguments).is_everything:
        raise Invalid(
            "govern.catalogue.ckan.by_name", faults=(Fault("govern.catalogue.ckan.by_name", where="sort"),)
        )
    return order


def ckan_facets(counts: Mapping[str, Mapping[str, int]], fields: list[str]) -> dict[str, dict[str, int]]:
    return {field: dict(counts.get(_FACETS[field], {})) if field in _FACETS else {} for field in fields}


def _values(value: str) -> list[str]:
    bare = value.strip('()"')
    return [one.strip('"') for one in re.split(r"\s+OR\s+", bare) if one.strip('"')]
