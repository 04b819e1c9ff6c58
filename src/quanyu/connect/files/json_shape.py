"""Where the records of a JSON document are: which of its lists, or its members, or the whole of it."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

from quanyu.connect.files.declared_crs import esri_crs, named_crs
from quanyu.connect.files.json_stream import Cursor, Element, JsonFault, JsonValue
from quanyu.connect.files.json_table import (
    JsonPath,
    ListSeen,
    Records,
    is_on_its_side,
    longest_records,
    upright,
)

_DEEPEST = 6
_SEEN_MEMBERS = 100
_FEATURES = ("features",)
_FIELDS = ("fields",)
_SYSTEMS = (("crs",), ("spatialReference",))
_LONGEST_LINE = 1 << 20


@dataclass(slots=True)
class Survey:
    """What a walk over a document found."""

    lists: dict[JsonPath, ListSeen] = field(default_factory=dict)
    crs: str | None = None
    members: int = 0
    other_members: int = 0
    common: set[str] | None = None
    """Keys that the member objects of the document have in common."""

    @property
    def is_keyed(self) -> bool:
        """{"110000": {"name": …}, "120000": {"name": …}}: the members are the records."""
        return self.members > 1 and not self.other_members and bool(self.common)

    @property
    def may_be_on_its_side(self) -> bool:
        """The members are lists that hold no records, or objects whose members are numbered."""
        if self.members < 2 or (self.other_members and self.common):
            return False
        numbered = bool(self.common) and self.common == {str(at) for at in range(len(self.common or ()))}
        return numbered or len(self.lists) == self.members

    @property
    def no_features(self) -> Records | None:
        """A GeoJSON collection without features is no record itself."""
        seen = self.lists.get(_FEATURES)
        return None if seen is None or seen.count else Records(_FEATURES, 0)

    @property
    def esri_features(self) -> Records | None:
        """Beside them stand the fields, which may be more than they."""
        seen = self.lists.get(_FEATURES)
        if seen is None:
            return None
        has_attributes = "attributes" in seen.keys <= {"attributes", "geometry"}
        is_empty = not seen.count and _FIELDS in self.lists
        return Records(_FEATURES, seen.count) if has_attributes or is_empty else None

    def beside(self, records: Records) -> tuple[str, ...]:
        """The other lists that hold records, but for those that describe the cells."""
        return tuple(
            ".".join(path)
            for path, seen in self.lists.items()
            if path != records.path and seen.holds_records and not self._describes(seen)
        )

    def _describes(self, seen: ListSeen) -> bool:
        others = [other for other in self.lists.values() if other is not seen]
        return any(seen.describes(other) or seen.names_cells_of(other) for other in others)

    def walk(self, cursor: Cursor, path: JsonPath = ()) -> set[str]:
        """Go over the value at `cursor`; its keys, where it is an object."""
        opening = cursor.peek()
        if opening == "[":
            self._list(cursor, path)
        elif opening == "{" and len(path) < _DEEPEST and path[:1] not in _SYSTEMS:
            return self._object(cursor, path)
        else:
            value = cursor.value()
            if path == ("crs",):
                self.crs = named_crs(value)
            if path == ("spatialReference",):
                self.crs = esri_crs(value)
        return set()

    def _list(self, cursor: Cursor, path: JsonPath) -> None:
        self.lists[path] = seen = ListSeen()
        for _ in cursor.elements():
            seen.take(cursor.value())

    def _object(self, cursor: Cursor, path: JsonPath) -> set[str]:
        keys = set()
        for key in cursor.members():
            keys.add(key)
            is_object = cursor.peek() == "{"
            inner = self.walk(cursor, (*path, key))
            if not path:
                self._member(inner if is_object else None)
        return keys

    def _member(self, keys: set[str] | None) -> None:
        self.members += 1
        if keys is None:
            self.other_members += 1
        elif keys and self.members <= _SEEN_MEMBERS:
            self.common = keys if self.common is None else self.common & keys


@dataclass(frozen=True, slots=True)
class Shape:
    """How to come to the records. `kind`: list (at `path`), members, columns (a table on its side), or whole.

    `heading`: what the cells of a list of lists are called, where it stands beside it.
    """

    kind: str
    path: JsonPath = ()
    crs: str | None = None
    heading: tuple[str, ...] = ()
    others: tuple[str, ...] = ()
    """Further lists of objects in the document, as dotted paths: they are not read."""

    @property
    def is_features(self) -> bool:
        """A GeoJSON collection, which may be empty."""
        return self.path == _FEATURES

    def elements(self, path: Path, longest: int) -> Iterator[Element]:
        """The records of the document at `path`, in order."""
        with Cursor(path, longest) as cursor:
            match self.kind:
                case "list":
                    yield from _list_at(cursor, self.path)
                case "members":
                    for key in cursor.members():
                        yield cursor.element(key)
                case "columns":
                    document = cursor.element()
                    assert isinstance(document.value, dict)
                    if document.lossy is not None:
                        raise JsonFault(document.line, 1, "", f"{document.why}.columns")
                    yield from (replace(document, value=record) for record in upright(document.value))
                case _:
                    yield from _whole(cursor.element())
            cursor.end()


def find_shape(path: Path, longest: int) -> Shape:
    """The shape of the JSON document at `path`."""
    with Cursor(path, longest) as cursor:
        if cursor.peek() == "[":
            return Shape("list")
        survey = Survey()
        survey.walk(cursor)
        cursor.end()
    if survey.esri_features is not None:
        return Shape("list", _FEATURES, survey.crs)
    records = longest_records(survey.lists) or survey.no_features
    if records is not None and records.heading:
        return Shape("list", records.path, heading=records.heading, others=survey.beside(records))
    if survey.may_be_on_its_side and _is_on_its_side(path, longest):
        return Shape("columns")
    if survey.is_keyed:
        return Shape("members")
    if records is not None and not _is_one_thing(path, longest):
        return Shape("list", records.path, survey.crs, others=survey.beside(records))
    return Shape("whole", crs=survey.crs)


def are_lines(path: Path) -> bool:
    """JSON lines: one of the first two lines is a whole value, and another line follows it.

    A whole second line is the only element of a document where the third closes what the first one opened.
    """
    first, second, third = _beginning(path)
    if second[:1] not in (b"{", b"["):
        return False
    return _is_whole(first) or (_is_whole(second) and third[:1] not in (b"]", b"}", b","))


def _beginning(path: Path) -> tuple[bytes, bytes, bytes]:
    """The first three lines that are not blank; empty where there are fewer."""
    found: list[bytes] = []
    with path.open("rb") as file:
        while len(found) < 3 and (line := file.readline(_LONGEST_LINE)):
            found += [line.strip()] if line.strip() else []
    first, second, third = (*found, b"", b"", b"")[:3]
    return first, second, third


def _is_whole(line: bytes) -> bool:
    try:
        return isinstance(json.loads(line, parse_int=str, parse_float=str), (dict, list))
    except (ValueError, RecursionError):
        return False


def _is_one_thing(path: Path, longest: int) -> bool:
    """One feature or NGSI-LD entity: a list in it is a part of it, not the records."""
    with Cursor(path, longest) as cursor:
        keys = set()
        kind: JsonValue = None
        for key in cursor.members():
            keys.add(key)
            value = cursor.value()
            kind = value if key == "type" else kind
    return kind == "Feature" or {"id", "type"} <= keys


def _is_on_its_side(path: Path, longest: int) -> bool:
    with Cursor(path, longest) as cursor:
        return is_on_its_side(cursor.value())


def _list_at(cursor: Cursor, path: tuple[str, ...]) -> Iterator[Element]:
    if not path:
        for _ in cursor.elements():
            yield cursor.element()
        return
    for key in cursor.members():
        if key == path[0]:
            yield from _list_at(cursor, path[1:])
        else:
            cursor.value()


def _whole(element: Element) -> Iterator[Element]:
    """The document as one record; a tree with lists of words at its ends gives a record for each word."""
    rows = list(_branches(element.value, ()))
    depths = {len(row) for row in rows}
    if len(depths) == 1 and depths.pop() > 2 and element.lossy is None:
        for row in rows:
            yield Element(element.line, {f"level_{at + 1}": name for at, name in enumerate(row)})
        return
    yield element


def _branches(value: JsonValue, above: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    match value:
        case dict():
            for key, inner in value.items():
                yield from _branches(inner, (*above, key))
        case list() if value and all(isinstance(each, str) for each in value):
            for each in value:
                yield (*above, str(each))
        case _:
            yield ()
