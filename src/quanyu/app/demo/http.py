"""One click out of the demonstration city."""

from litestar import post
from litestar.di import NamedDependency
from litestar.params import SkipValidation
from litestar.status_codes import HTTP_202_ACCEPTED

from quanyu.app.demo.departing import ask_to_leave
from quanyu.app.demo.start import is_demo
from quanyu.app.node import Node
from quanyu.core.actor import Actor, Resource
from quanyu.core.errors import Conflict
from quanyu.identity import require

_ACTION = "demo.leave"


@post("/api/v1/demo/departure", opt={"action": _ACTION}, status_code=HTTP_202_ACCEPTED)
async def leave_demo(actor: NamedDependency[Actor], node: NamedDependency[SkipValidation[Node]]) -> None:
    """What the city brought goes within a minute; `/api/v1/node` says `demo: false` when it is gone."""
    if not (node.settings.demo and is_demo(node)):
        raise Conflict("app.demo.none")
    async with node.database.tenant(actor.tenant) as connection:
        await require(connection, actor, _ACTION, Resource("node", "demo", actor.tenant))
    ask_to_leave(node)


routes = (leave_demo,)
