"""Tables whose columns stand beside their rows, {"columns": […], "data": [[…], …]}, or that lie on their side, {"a": […], "b": […]}."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from quanyu.connect.files.json_stream import JsonValue

JsonPath = tuple[str, ...]
_MOST_COLUMNS = 10_000
_NAMES = ("name", "field", "key", "id", "title", "label", "alias", "名称", "字段")
_PLACES = frozenset({"bbox", "extent", "bounds", "coordinates"})
"""Lists of pairs, but not of records."""


@dataclass(slots=True)
class ListSeen:
    """One list of a document while it is gone over."""

    count: int = 0
    width: int = 0
    """Cells of the first element, where it is a list."""
    keys: frozenset[str] = frozenset()
    """Keys of the first element, where it is an object."""
    names: list[str] | None = field(default_factory=list)
    """What the elements are called, as long as each is a word or has a name, and none comes twice."""

    @property
    def holds_records(self) -> bool:
        return bool(self.keys)

    def take(self, element: JsonValue) -> None:
        if not self.count:
            self.width = len(element) if isinstance(element, list) else 0
            self.keys = frozenset(element) if isinstance(element, dict) else frozenset()
        self.count += 1
        if self.names is None:
            return
        name = _name(element)
        if name is None or len(self.names) == _MOST_COLUMNS:
            self.names = None
        else:
            self.names.append(name)

    def describes(self, other: "ListSeen") -> bool:
        """The fields of an answer beside its records."""
        return bool(self.names) and other.keys >= set(self.names or ())

    def names_cells_of(self, other: "ListSeen") -> bool:
        return 0 < other.width == len(set(self.names or ()))


@dataclass(frozen=True, slots=True)
class Records:
    """The list that holds the records; `heading` names their cells where they are lists themselves."""

    path: JsonPath
    count: int
    heading: tuple[str, ...] = ()


def longest_records(lists: dict[JsonPath, ListSeen]) -> Records | None:
    """Of lists of rows whose names stand in another list, and of lists of objects: the longest one."""
    found = [*_rows(lists), *_objects(lists)]
    return max(found, key=lambda records: records.count, default=None)


def _objects(lists: dict[JsonPath, ListSeen]) -> Iterator[Records]:
    for path, seen in lists.items():
        others = (other for other in lists.values() if other is not seen)
        if seen.holds_records and not any(seen.describes(other) for other in others):
            yield Records(path, seen.count)


def _rows(lists: dict[JsonPath, ListSeen]) -> Iterator[Records]:
    for path, seen in lists.items():
        naming = {at: other for at, other in lists.items() if other.names_cells_of(seen)}
        if naming and not _PLACES.intersection(path):
            beside = [other for at, other in naming.items() if at[:-1] == path[:-1]]
            heading = (beside or list(naming.values()))[0]
            yield Records(path, seen.count, tuple(heading.names or ()))


def is_on_its_side(document: JsonValue) -> bool:
    """{"a": {"0": 1, "1": 2}, "b": {…}} or {"a": [1, 2], "b": […]}: each member is a column, all are of one length."""
    if not isinstance(document, dict) or len(document) < 2:
        return False
    columns = [_cells(column) for column in document.values()]
    lengths = {len(column) for column in columns if column is not None}
    return None not in columns and len(lengths) == 1 and lengths.pop() > 1


def upright(document: dict[str, JsonValue]) -> Iterator[dict[str, JsonValue]]:
    """The records of a table that `is_on_its_side`."""
    columns = [_cells(column) or () for column in document.values()]
    for cells in zip(*columns, strict=True):
        yield dict(zip(document, cells, strict=True))


def _cells(column: JsonValue) -> Sequence[JsonValue] | None:
    """None where it is no column: a list of records, or an object with names of its own."""
    if isinstance(column, dict) and all(key == str(at) for at, key in enumerate(column)):
        column = list(column.values())
    if not isinstance(column, list) or any(isinstance(cell, dict) for cell in column):
        return None
    return column


def _name(element: JsonValue) -> str | None:
    if isinstance(element, dict):
        element = next((element[key] for key in _NAMES if isinstance(element.get(key), str)), None)
    return element if isinstance(element, str) and element else None
