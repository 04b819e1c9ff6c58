"""The processes as functions of SQL: tables go in, a table comes out.

    select * from travel_times((select id, lon, lat from stations), (select id, lon, lat from schools), hour => 8)

Columns are taken by their names, others are passed over. A row without `id` is called by its number, from 1 on.
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any

import msgspec
import pyarrow as pa

from quanyu.core.errors import Invalid, TooLarge, Unavailable

Row = Mapping[str, Any]
Rows = Sequence[Row]
Outputs = Mapping[str, Any]

_TEXT, _NUMBER, _COUNT = pa.string(), pa.float64(), pa.int64()


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """A table that a function takes: columns that it must have, others that it knows, at most so many rows."""

    name: str
    columns: tuple[str, ...] = ("lon", "lat")
    known: tuple[str, ...] = ("id",)
    most: int = 500
    needed: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class TableFunction:
    """`process` has the name and says what single `values` may be; `inputs` makes its inputs of the tables, `rows` a table of its outputs.

    One that others bring has its own `titles` and, as SQL knows words in lower case only, says how its inputs are `written`.
    """

    process: str
    takes: tuple[Taken, ...]
    values: tuple[str, ...]
    gives: Mapping[str, pa.DataType]
    inputs: Callable[..., dict[str, Any]]
    rows: Callable[..., Iterable[tuple[Any, ...]]]
    is_brought: bool = False
    titles: Mapping[str, str] = field(default_factory=dict)
    written: Mapping[str, str] = field(default_factory=dict)

    @property
    def name(self) -> str:
        return self.process.replace("-", "_").replace(".", "_").lower()

    @property
    def call(self) -> str:
        """How it is called, for people."""
        tables = [one.name if one.needed else f"[{one.name}]" for one in self.takes]
        return f"{self.name}({', '.join([*tables, *(f'{name} => …' for name in self.values)])})"

    def check(self, tables: int, values: Collection[str]) -> None:
        """Before anything is read for it. Raises Invalid."""
        needed = sum(one.needed for one in self.takes)
        if not set(values) <= set(self.values) or not needed <= tables <= len(self.takes):
            raise Invalid("compute.sql.call", call=self.call)

    def read(self, tables: Sequence[Rows]) -> tuple[Rows, ...]:
        """One for each that it takes, as `inputs` and `rows` know them. Raises Invalid, TooLarge."""
        given = (*tables, *([()] * (len(self.takes) - len(tables))))
        return tuple(_read(self, taken, rows) for taken, rows in zip(self.takes, given, strict=True))

    def all_inputs(self, tables: Sequence[Rows], values: Mapping[str, Any]) -> dict[str, Any]:
        said = {self.written.get(name, name): value for name, value in values.items()}
        return {**self.inputs(*tables), **said}

    def table(self, outputs: Outputs, tables: Sequence[Rows]) -> pa.Table:
        """Raises Unavailable where an algorithm gives something else than it declares."""
        schema = pa.schema(list(self.gives.items()))
        try:
            rows = [dict(zip(self.gives, row, strict=True)) for row in self.rows(outputs, *tables)]
            return pa.Table.from_pylist(rows, schema=schema)
        except (pa.ArrowException, TypeError, ValueError) as error:
            raise Unavailable("compute.sql.answer", function=self.name) from error


def function_named(name: str) -> TableFunction | None:
    return next((one for one in FUNCTIONS if one.name == name.lower()), None)


def _read(function: TableFunction, taken: Taken, rows: Rows) -> Rows:
    """With names in lower case and values that JSON has."""
    if len(rows) > taken.most:
        raise TooLarge("compute.sql.rows", function=function.name, table=taken.name, most=taken.most)
    shown = [{name.lower(): _plain(value) for name, value in row.items()} for row in rows]
    if shown and (missing := [name for name in taken.columns if name not in shown[0]]):
        raise Invalid(
            "compute.sql.columns", function=function.name, table=taken.name, columns=", ".join(missing)
        )
    return shown


def _plain(value: object) -> object:
    match value:
        case Decimal():
            return float(value)
        case datetime():
            return value.isoformat()
    return value


def _name(rows: Rows, place: int) -> str:
    found = rows[place].get("id")
    return str(place + 1) if found is None else str(found)


def _places(rows: Rows) -> list[list[Any]]:
    return [[row["lon"], row["lat"]] for row in rows]


def _place(rows: Rows) -> list[Any]:
    """Of the one row; the form refuses it where there is none."""
    return [value for row in rows for value in (row["lon"], row["lat"])]


def _told(rows: Rows, *names: str) -> list[Any] | None:
    """Of each row, where all of them tell it."""
    if not all(name in row for row in rows for name in names):
        return None
    return [row[names[0]] if len(names) == 1 else [row[name] for name in names] for row in rows]


def _json(value: object) -> str:
    return msgspec.json.encode(value).decode()


def _times(outputs: Outputs, sources: Rows, targets: Rows) -> Iterator[tuple[Any, ...]]:
    for source, row in enumerate(outputs["seconds"]):
        for target, seconds in enumerate(row):
            yield _name(sources, source), _name(targets, target), seconds


def _laid(outputs: Outputs, fixes: Rows) -> Iterator[tuple[Any, ...]]:
    for one in outputs["laid"]:
        yield _name(fixes, one["fix"]), one["segment"], one["along"], one["beside"]


def _sites(outputs: Outputs, candidates: Rows, demand: Rows, standing: Rows) -> Iterator[tuple[Any, ...]]:
    for place in outputs["chosen"]:
        yield _name(candidates, place), outputs["before"], outputs["after"]


def _stops(outputs: Outputs, stops: Rows) -> Iterator[tuple[Any, ...]]:
    for tour, places in enumerate(outputs["tours"] or (), start=1):
        for number, place in enumerate(places, start=1):
            yield tour, number, _name(stops, place)


def _series(rows: Rows) -> dict[str, list[Any]]:
    """The values of each, in the order of the rows."""
    found: dict[str, list[Any]] = {}
    for row in rows:
        found.setdefault(str(row.get("series", "")), []).append(row["value"])
    return found


def _foretold(outputs: Outputs, values: Rows) -> Iterator[tuple[Any, ...]]:
    for name, value in zip(_series(values), outputs["values"], strict=True):
        yield name, value, value + outputs["low"], value + outputs["high"]


_FROM, _TO = Taken(name="source", known=(), most=1), Taken(name="target", known=(), most=1)

FUNCTIONS: tuple[TableFunction, ...] = (
    TableFunction(
        process="travel-times", takes=(Taken(name="sources"), Taken(name="targets")), values=("limit", "hour"),
        gives={"source": _TEXT, "target": _TEXT, "seconds": _NUMBER}, rows=_times,
        inputs=lambda sources, targets: {"sources": _places(sources), "targets": _places(targets)},
    ),
    TableFunction(
        process="route", takes=(_FROM, _TO), values=("hour",),
        gives={"seconds": _NUMBER, "metres": _NUMBER, "line": _TEXT},
        inputs=lambda source, target: {"source": _place(source), "target": _place(target)},
        rows=lambda outputs, *_: [(outputs["seconds"], outputs["metres"], _json(outputs["line"]))],
    ),
    TableFunction(
        process="isochrone", takes=(_FROM,), values=("seconds", "hour"), gives={"area": _TEXT},
        inputs=lambda source: {"source": _place(source)}, rows=lambda outputs, _: [(_json(outputs["area"]),)],
    ),
    TableFunction(
        process="lay-track", takes=(Taken(name="fixes", columns=("lon", "lat", "at"), most=5000),), values=("radius",),
        gives={"fix": _TEXT, "segment": _TEXT, "along": _NUMBER, "beside": _NUMBER}, rows=_laid,
        inputs=lambda fixes: {"fixes": [{name: one[name] for name in ("lon", "lat", "at")} for one in fixes]},
    ),
    TableFunction(
        process="station-siting", values=("seconds", "more"), rows=_sites,
        gives={"candidate": _TEXT, "before": _NUMBER, "after": _NUMBER},
        takes=(
            Taken(name="candidates", most=200),
            Taken(name="demand", known=("weight",), most=20_000),
            Taken(name="standing", known=(), most=200, needed=False),
        ),
        inputs=lambda candidates, demand, standing: {
            "candidates": _places(candidates), "demand": _places(demand), "standing": _places(standing),
            "weights": _told(demand, "weight"),
        },
    ),
    TableFunction(
        process="tours", takes=(Taken(name="stops", known=("id", "load", "opens", "closes"), most=200),),
        values=("vehicles", "capacity"), gives={"tour": _COUNT, "number": _COUNT, "stop": _TEXT}, rows=_stops,
        inputs=lambda stops: {
            "places": _places(stops), "loads": _told(stops, "load"), "windows": _told(stops, "opens", "closes"),
        },
    ),
    TableFunction(
        process="forecast", takes=(Taken(name="values", columns=("value",), known=("series",), most=20_000),),
        values=("day", "ahead"), gives={"series": _TEXT, "value": _NUMBER, "low": _NUMBER, "high": _NUMBER},
        rows=_foretold, inputs=lambda values: {"values": list(_series(values).values())},
    ),
)  # fmt: skip
"""The first stop of `tours` is the depot; `forecast` takes its values in the order of the rows, with an order by of their query."""
