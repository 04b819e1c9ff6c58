"""Lineage is recorded with the step itself, in its transaction, and read as a graph."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from quanyu.govern.engine.model import EngineReport, SourceReport
from quanyu.govern.lineage import _sql
from quanyu.govern.lineage.model import Detail, Edge, FieldStep, Graph, Node, NodeKind
from quanyu.store import Connection

MOST_STEPS = 6


async def record(connection: Connection, tenant: str, edges: Sequence[Edge]) -> None:
    await _sql.put(connection, tenant, edges)


async def graph(connection: Connection, centre: Node, *, steps: int) -> Graph:
    """All within `steps` (at most 6) before and after `centre`."""
    edges = await _sql.around(connection, centre, min(max(steps, 1), MOST_STEPS))
    shown = edges[: _sql.MAX_EDGES]
    nodes = {centre, *(edge.origin for edge in shown), *(edge.target for edge in shown)}
    return Graph(centre=centre, nodes=tuple(sorted(nodes)), edges=tuple(shown), cut=len(edges) > len(shown))


def of_import(report: EngineReport, *, import_id: str, source: str | None, at: datetime) -> list[Edge]:
    """source → file → import → dataset → entity type, with the name of every column on each step."""
    step = Node(kind=NodeKind.IMPORT, id=import_id)
    dataset = Node(kind=NodeKind.DATASET, id=report.dataset)
    edges = [
        edge for file in report.sources for edge in _of_file(file, step, source=source, report=report, at=at)
    ]
    same = tuple(FieldStep(before=column.name, after=column.name) for column in report.columns)
    counts: Detail = {"read": report.read, "accepted": report.accepted, "quarantined": report.quarantined}
    edges.append(Edge(origin=step, target=dataset, at=at, fields=same, detail=counts))
    if report.mapping is not None:
        kind = Node(kind=NodeKind.ENTITY_TYPE, id=report.mapping.type)
        fields = tuple(FieldStep(before=one.column, after=one.attribute) for one in report.mapping.attributes)
        edges.append(
            Edge(origin=dataset, target=kind, at=at, fields=fields, detail={"entities": report.entities})
        )
    return edges


def _of_file(
    file: SourceReport, step: Node, *, source: str | None, report: EngineReport, at: datetime
) -> Iterable[Edge]:
    node = Node(kind=NodeKind.FILE, id=file.sha256)
    labels = tuple(FieldStep(before=column.label, after=column.name) for column in report.columns)
    detail: Detail = {
        "name": file.member or file.name,
        "format": file.format,
        "rows": file.rows,
        "header_line": file.header_line,
    }
    yield Edge(origin=node, target=step, at=at, fields=labels, detail=detail)
    if source is not None:
        yield Edge(origin=Node(kind=NodeKind.SOURCE, id=source), target=node, at=at)


def derived(name: str, parents: Iterable[str], *, at: datetime, how: str) -> list[Edge]:
    """A dataset made of others; `how` is the job or SQL that made it."""
    target = Node(kind=NodeKind.DERIVED, id=name)
    return [
        Edge(origin=Node(kind=NodeKind.DATASET, id=parent), target=target, at=at, detail={"how": how})
        for parent in parents
    ]


def exported(name: str, export: str, *, at: datetime, to: str) -> Edge:
    target = Node(kind=NodeKind.EXPORT, id=export)
    return Edge(origin=Node(kind=NodeKind.DATASET, id=name), target=target, at=at, detail={"to": to})
