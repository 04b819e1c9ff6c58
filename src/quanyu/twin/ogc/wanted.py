"""What a request for features asks for (OGC 17-069r4, 7.15; 18-058r1; 19-079r2): read once, then a search of the twin."""

from collections.abc import Collection as Names
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from math import isfinite
from urllib.parse import parse_qsl

from quanyu.core.errors import Invalid
from quanyu.core.geometry import Box, Geometry
from quanyu.core.page_token import page_token, place_of
from quanyu.twin.ngsild.context import CORE
from quanyu.twin.ngsild.query.literals import moment_of
from quanyu.twin.ngsild.query.tree import (
    All,
    Compare,
    GeoQuery,
    Located,
    Number,
    OneOf,
    Operator,
    Path,
    Query,
    Relation,
    Selector,
    Term,
    Text,
    Truth,
    Value,
)
from quanyu.twin.ogc.collections import Collection
from quanyu.twin.ogc.cql2 import parse_cql2
from quanyu.twin.ogc.crs import Crs, boxes_from, crs_named
from quanyu.twin.search import BEGINNING, Position

DEFAULT_LIMIT = 100
MAX_LIMIT = 10_000

_OWN = frozenset({"f", "limit", "bbox", "bbox-crs", "crs", "datetime", "filter", "filter-lang", "filter-crs", "after",
                  "properties"})  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """`after`: the entity that the page follows. `properties`: only these are shown; none means all."""

    query: Query
    since: datetime | None
    until: datetime | None
    limit: int
    after: Position
    crs: Crs
    properties: tuple[str, ...]

    @property
    def is_everything(self) -> bool:
        return (self.since, self.until) == (None, None) and self.query == Query(
            selectors=self.query.selectors
        )


def parameters_in(query: bytes) -> dict[str, str]:
    """Raises Invalid."""
    try:
        return dict(parse_qsl(query.decode("ascii"), keep_blank_values=True))
    except (UnicodeDecodeError, ValueError):
        raise Invalid("twin.ngsi.query_string") from None


def wanted_in(parameters: Mapping[str, str], collection: Collection, known: Names[str]) -> Wanted:
    """`known` are the attributes of the collection: each of them may be a parameter. Raises Invalid for any other."""
    terms = [_equals(name, text, known) for name, text in parameters.items() if name not in _OWN]
    if parameters.get("bbox"):
        terms.append(_in_box(parameters["bbox"], crs_named(parameters.get("bbox-crs", ""), "bbox-crs")))
    if parameters.get("filter"):
        terms.append(_filter(parameters))
    since, until = _span(parameters.get("datetime", ""))
    return Wanted(
        query=_query(collection, terms),
        since=since,
        until=until,
        limit=_limit(parameters.get("limit", "")),
        after=_after(parameters.get("after", "")),
        crs=crs_named(parameters.get("crs", ""), "crs"),
        properties=tuple(CORE.stored(name) for name in parameters.get("properties", "").split(",") if name),
    )


def no_others(parameters: Mapping[str, str], *allowed: str) -> None:
    """Raises Invalid for a parameter that the resource does not know (17-069r4, 7.9)."""
    if others := sorted(parameters.keys() - {"f", *allowed}):
        raise Invalid("twin.ogc.parameter", name=", ".join(others)[:200])


def token(position: Position) -> str:
    return page_token(position)


def _query(collection: Collection, terms: list[Term]) -> Query:
    selectors = (Selector(types=((collection.type,),)),)
    if len(terms) == 1 and isinstance(terms[0], Located):
        return Query(selectors=selectors, geo=terms[0].geo)
    boxes = [one.geo for one in terms if isinstance(one, Located)]
    geo = boxes[0] if boxes else None
    rest = tuple(one for one in terms if not (isinstance(one, Located) and one.geo is geo))
    q = None if not rest else rest[0] if len(rest) == 1 else All(rest)
    return Query(selectors=selectors, geo=geo, q=q)


def _equals(name: str, text: str, known: Names[str]) -> Term:
    """A property filter: numbers and truth values also as what they mean."""
    if name not in known:
        raise Invalid("twin.ogc.parameter", name=name[:80])
    values: list[Value] = [Text(text)]
    if text in ("true", "false"):
        values.append(Truth(text == "true"))
    with suppress(ValueError):
        if isfinite(number := float(text)):
            values.append(Number(number))
    return Compare(Path((name,)), Operator.EQUAL, OneOf(tuple(values)))


def _in_box(text: str, crs: Crs) -> Term:
    try:
        numbers = tuple(float(part) for part in text.split(","))
    except ValueError:
        raise Invalid("twin.ogc.bbox") from None
    if len(numbers) not in (4, 6) or not all(abs(one) < 1e12 for one in numbers):
        raise Invalid("twin.ogc.bbox")
    return Located(GeoQuery(relation=Relation.INTERSECTS, geometry=_area(boxes_from(numbers, crs))))


def _area(boxes: tuple[Box, ...]) -> Geometry:
    """A box without extent is a point or a line; two boxes meet at the date line."""
    shapes = []
    for box in boxes:
        x2 = box.x2 if box.x2 > box.x1 else box.x1 + 1e-9
        y2 = box.y2 if box.y2 > box.y1 else box.y1 + 1e-9
        shapes.append([[[box.x1, box.y1], [x2, box.y1], [x2, y2], [box.x1, y2], [box.x1, box.y1]]])
    return Geometry("Polygon", shapes[0]) if len(shapes) == 1 else Geometry("MultiPolygon", shapes)


def _filter(parameters: Mapping[str, str]) -> Term:
    if parameters.get("filter-lang", "cql2-text") != "cql2-text":
        raise Invalid("twin.ogc.filter_lang")
    crs = crs_named(parameters.get("filter-crs", ""), "filter-crs")
    return parse_cql2(parameters["filter"], CORE.stored, crs)


def _span(text: str) -> tuple[datetime | None, datetime | None]:
    """An instant or an interval, open where `..` or nothing stands; a date is the whole day (7.15.4)."""
    if not text:
        return None, None
    begin, slash, end = text.partition("/")
    if not slash:
        end = begin
    since = None if slash and begin in ("", "..") else _moment(begin, time.min)
    until = None if slash and end in ("", "..") else _moment(end, time.max)
    if (since is None and until is None) or (since and until and since > until):
        raise Invalid("twin.ogc.datetime")
    return since, until


def _moment(text: str, part_of_day: time) -> datetime:
    text = text.replace(" ", "+").upper()
    if moment_of(text) is None:
        raise Invalid("twin.ogc.datetime")
    try:
        if "T" not in text:
            return datetime.combine(date.fromisoformat(text), part_of_day, UTC)
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise Invalid("twin.ogc.datetime") from None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _limit(text: str) -> int:
    if not text:
        return DEFAULT_LIMIT
    if not (text.isascii() and text.isdigit() and len(text) < 12 and int(text) > 0):
        raise Invalid("twin.ngsi.number", name="limit", least=1, most=MAX_LIMIT)
    return min(int(text), MAX_LIMIT)


def _after(text: str) -> Position:
    if not text:
        return BEGINNING
    return place_of(text, tuple[str, str], refusal="twin.query.token")
