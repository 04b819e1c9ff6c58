"""What may be asked, and what is kept of it."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated

import msgspec

from quanyu.core.profile import ValueType
from quanyu.exchange.policy.grammar import LONGEST

Label = Annotated[str, msgspec.Meta(min_length=1, max_length=120)]
Column = Annotated[str, msgspec.Meta(max_length=200)]


class By(StrEnum):
    """Why a dataset may be read here."""

    OFFICE = "office"
    OPEN = "open"
    CONTRACT = "contract"


class TableColumn(msgspec.Struct, frozen=True, kw_only=True):
    """`unit` and `semantic` as in the profile of the dataset; `masked`: its values are not shown whole and cannot be computed with."""

    name: str
    label: str
    type: ValueType
    unit: str | None = None
    semantic: str | None = None
    masked: bool = False


class Table(msgspec.Struct, frozen=True, kw_only=True):
    """A dataset as somebody may query it."""

    name: str
    title: str
    by: By
    records: int
    columns: tuple[TableColumn, ...]


class FunctionTable(msgspec.Struct, frozen=True, kw_only=True):
    """A table that a function takes: `columns` it must have, `known` are read too; at most so many rows."""

    name: str
    columns: tuple[str, ...]
    known: tuple[str, ...]
    most: int
    needed: bool


class Function(msgspec.Struct, frozen=True, kw_only=True):
    """An algorithm as a question calls it, after FROM or JOIN; `columns` are those of its answer."""

    name: str
    title: str
    call: str
    tables: tuple[FunctionTable, ...]
    values: tuple[str, ...]
    columns: tuple[str, ...]


class Mark(StrEnum):
    BAR = "bar"
    LINE = "line"
    SCATTER = "scatter"
    PIE = "pie"


class Chart(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Columns of the answer by their role; without `mark` the answer is shown as a table only."""

    mark: Mark | None = None
    x: Column = ""
    y: Annotated[tuple[Column, ...], msgspec.Meta(max_length=8)] = ()


class Draft(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What somebody wants to keep."""

    name: Label
    sql: Annotated[str, msgspec.Meta(min_length=1, max_length=LONGEST)]
    chart: Chart = Chart()
    shared: bool = False


class SavedQuery(msgspec.Struct, frozen=True, kw_only=True):
    """`mine`: the reader keeps it and may change it."""

    id: str
    name: str
    sql: str
    chart: Chart
    shared: bool
    owner_name: str
    mine: bool
    modified: datetime
