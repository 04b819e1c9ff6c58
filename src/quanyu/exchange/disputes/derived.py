"""What was made of data that has been corrected: whoever looks after it hears which of their results is to be made anew."""

from datetime import datetime

from quanyu.core.actor import Resource, system_actor
from quanyu.core.errors import NotFound
from quanyu.exchange import notices
from quanyu.govern.catalogue import service as catalogue
from quanyu.govern.lineage.model import Edge, Node, NodeKind
from quanyu.govern.lineage.service import MOST_STEPS, graph
from quanyu.identity import Outcome, append_evidence
from quanyu.store import Connection

KIND = "outdated"
_RESULTS = (NodeKind.DERIVED, NodeKind.EXPORT, NodeKind.DATASET)


async def mark_derived(
    connection: Connection, tenant: str, *, dispute: str, dataset: str, version: int, now: datetime
) -> tuple[str, ...]:
    """Names of the results. Doing it again changes nothing but that the notices are new."""
    centre = Node(kind=NodeKind.DATASET, id=dataset)
    found = await graph(connection, centre, steps=MOST_STEPS)
    results = tuple(sorted(one.id for one in _after(centre, found.edges) if one.kind in _RESULTS))
    for name in results:
        owner = await _owner(connection, name) or await _owner(connection, dataset)
        if owner:
            await notices.tell(connection, tenant, owner, KIND, dispute, name, now, source=dataset, version=version)  # fmt: skip
    if results:
        about = Resource("share", dispute, tenant)
        detail = {"dataset": dataset, "version": version, "results": list(results)}
        await append_evidence(
            connection, system_actor(tenant, "sharing"), "share.outdated", about, Outcome.DONE, detail
        )
    return results


def _after(centre: Node, edges: tuple[Edge, ...]) -> set[Node]:
    """Whatever comes of it, however many steps away."""
    found, open_ends = set[Node](), {centre}
    while open_ends:
        nexts = {edge.target for edge in edges if edge.origin in open_ends} - found - {centre}
        found |= nexts
        open_ends = nexts
    return found


async def _owner(connection: Connection, name: str) -> str | None:
    try:
        return (await catalogue.find(connection, name)).description.organisation
    except NotFound:
        return None
