"""Nodes and edges of the lineage graph."""

from datetime import datetime
from enum import StrEnum

import msgspec

Detail = dict[str, str | int | float | None]


class NodeKind(StrEnum):
    SOURCE = "source"
    FILE = "file"
    IMPORT = "import"
    DATASET = "dataset"
    ENTITY_TYPE = "entity_type"
    DERIVED = "derived"
    EXPORT = "export"


class Node(msgspec.Struct, kw_only=True, frozen=True, order=True):
    """`id` is unique within the kind: a dataset's name, an import's id, a file's SHA-256."""

    kind: NodeKind
    id: str


class FieldStep(msgspec.Struct, kw_only=True, frozen=True):
    """One column on its way through a step: how it is called before and after."""

    before: str
    after: str


class Edge(msgspec.Struct, kw_only=True, frozen=True):
    """One step. `detail` is shown as it is: a file's name and header line, a job's SQL."""

    origin: Node
    target: Node
    at: datetime
    fields: tuple[FieldStep, ...] = ()
    detail: Detail = {}


class Graph(msgspec.Struct, kw_only=True, frozen=True):
    """What is around `centre`, at most so many steps away; `cut` says that there is more."""

    centre: Node
    nodes: tuple[Node, ...]
    edges: tuple[Edge, ...]
    cut: bool = False
