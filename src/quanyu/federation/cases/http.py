"""Where else a case is worked on, and which bodies another node serves."""

import msgspec
from litestar import get, put
from litestar.params import JSONBody

from quanyu.act.cases.known import check_bodies
from quanyu.act.http.seeing import seen
from quanyu.federation.cases import _sql
from quanyu.federation.cases.model import SharedStep
from quanyu.federation.cases.service import timeline
from quanyu.federation.http import Asker, Carrier, NodeId, Now, Store
from quanyu.federation.messages import Mail
from quanyu.federation.nodes import Nodes


class Elsewhere(msgspec.Struct, frozen=True, kw_only=True):
    """`took`: this node works for that one. `state`: of the case there."""

    node: str
    took: bool
    state: str | None


class SharedView(msgspec.Struct, frozen=True, kw_only=True):
    """`shared`: the one identity at all nodes."""

    shared: str
    nodes: tuple[Elsewhere, ...]
    timeline: tuple[SharedStep, ...]


class Bodies(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    organisations: tuple[str, ...]


@get("/api/v1/cases/{number:str}/nodes", opt={"action": "case.read"})
async def show_nodes_of_case(
    number: NodeId, actor: Asker, database: Store, courier: Carrier, clock: Now
) -> SharedView:
    """Raises NotFound, also for a case that the asker may not see."""
    async with database.tenant(actor.tenant) as connection:
        await seen(connection, actor, number)
        mail = Mail(connection, actor.tenant, courier.folder, clock())
        shared, steps = await timeline(mail, number)
        links = await _sql.links_of(connection, number)
    nodes = tuple(Elsewhere(node=one.peer, took=one.took, state=one.peer_state) for one in links)
    return SharedView(shared=shared, nodes=nodes, timeline=steps)


@put("/api/v1/nodes/{peer:str}/bodies", opt={"action": "node.manage"})
async def change_bodies(
    peer: NodeId, data: JSONBody[Bodies], actor: Asker, database: Store, courier: Carrier, clock: Now
) -> Bodies:
    """Work handed to these organisations goes to that node. Raises Invalid for those that are none here."""
    async with database.tenant(actor.tenant) as connection:
        await Nodes(connection, actor, courier.folder, clock()).peer(peer)
        await check_bodies(connection, data.organisations)
        await _sql.set_bodies(connection, actor.tenant, peer, data.organisations)
    return data


routes = (show_nodes_of_case, change_bodies)
