"""Data that was given under a contract without onward transfer goes no further, nor what was made of it, as far as the lineage knows."""

from collections.abc import Iterable

from quanyu.core.errors import Denied
from quanyu.exchange.contracts import _sql
from quanyu.govern.lineage.model import Edge, Node, NodeKind
from quanyu.govern.lineage.service import MOST_STEPS, graph
from quanyu.store import Connection

_CALLED = (NodeKind.DATASET, NodeKind.DERIVED, NodeKind.EXPORT)
"""A result that is imported again keeps its name."""


async def check_onward(connection: Connection, dataset: str, body: str) -> None:
    """Raises Denied where `body` may not pass on what `dataset` comes from. An ended contract still binds."""
    sources = await _sources(connection, dataset)
    if bound := await _sql.without_onward(connection, sources, body):
        id, source, provider = bound
        raise Denied("exchange.contract.onward", dataset=dataset, source=source, provider=provider, id=id)


async def _sources(connection: Connection, dataset: str) -> list[str]:
    """Names, itself included, step by step: what was derived goes on as a dataset."""
    found, open_ends = {dataset}, {dataset}
    while open_ends:
        before: set[str] = set()
        for kind in _CALLED:
            for one in open_ends:
                edges = (await graph(connection, Node(kind=kind, id=one), steps=MOST_STEPS)).edges
                before |= {edge.origin.id for edge in _upstream(Node(kind=kind, id=one), edges)}
        open_ends = before - found
        found |= open_ends
    return sorted(found)


def _upstream(centre: Node, edges: Iterable[Edge]) -> list[Edge]:
    """Those that lead to it, however many steps away."""
    found: list[Edge] = []
    open_ends = {centre}
    left = list(edges)
    while led := [edge for edge in left if edge.target in open_ends]:
        found += led
        left = [edge for edge in left if edge.target not in open_ends]
        open_ends = {edge.origin for edge in led}
    return found
