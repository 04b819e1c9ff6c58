"""Algorithms that others bring as functions of SQL, by what they declare: lists are columns of a table, all else single values.

select * from counts_mean((select beds as values from hospitals), digits => 2)
"""

from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any

import msgspec
import pyarrow as pa

from quanyu.compute.brought import Offer
from quanyu.compute.tables import Outputs, Rows, TableFunction, Taken

_MOST = 20_000
_TYPES = {"number": pa.float64(), "integer": pa.int64(), "boolean": pa.bool_(), "string": pa.string()}


def function_of(offer: Offer) -> TableFunction:
    """Its answer has a row for each element where all outputs are lists, else one row. What is no number, text or flag is JSON."""
    lists = [name for name, schema in offer.inputs.items() if _is_list(schema)]
    needed = tuple(name.lower() for name in lists if "default" not in offer.inputs[name])
    known = tuple(name.lower() for name in lists if name.lower() not in needed)
    taken = Taken(name="rows", columns=needed, known=known, most=_MOST, needed=bool(needed))
    many = bool(offer.outputs) and all(_is_list(schema) for schema in offer.outputs.values())
    types = {
        name: _type(schema.get("items", {}) if many else schema) for name, schema in offer.outputs.items()
    }
    return TableFunction(
        process=offer.id, takes=(taken,) if lists else (), gives=types, is_brought=True, titles=offer.titles,
        values=tuple(name.lower() for name in offer.inputs if name not in lists),
        written={name.lower(): name for name in offer.inputs},
        inputs=partial(_columns, tuple(lists)), rows=partial(_rows, types, many),
    )  # fmt: skip


def _is_list(schema: Mapping[str, Any]) -> bool:
    return schema.get("type") == "array"


def _type(schema: Mapping[str, Any]) -> pa.DataType:
    return _TYPES.get(str(schema.get("type")), pa.string())


def _columns(lists: tuple[str, ...], *tables: Rows) -> dict[str, list[Any]]:
    """What is not in the table is left out: it has a default, or is missed by the algorithm's own check."""
    return {
        name: [row[name.lower()] for row in rows]
        for rows in tables
        for name in lists
        if all(name.lower() in row for row in rows)
    }


def _rows(
    types: Mapping[str, pa.DataType], many: bool, outputs: Outputs, *_: Rows
) -> Iterator[tuple[Any, ...]]:
    columns = [outputs[name] if many else [outputs[name]] for name in types]
    for row in zip(*columns, strict=True):
        yield tuple(_cell(value, type_) for value, type_ in zip(row, types.values(), strict=True))


def _cell(value: object, type_: pa.DataType) -> object:
    if value is None or isinstance(value, str) or type_ != pa.string():
        return value
    return msgspec.json.encode(value).decode()
