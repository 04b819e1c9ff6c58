"""Who sees a case: its desk, its body, and its reporter with the secret; and how lists of cases are narrowed."""

import hmac

from quanyu.act.cases import _sql
from quanyu.act.cases.ground import Rings, area
from quanyu.act.cases.model import Case
from quanyu.act.cases.service import case
from quanyu.core.actor import Actor, Resource
from quanyu.core.errors import Invalid, NotFound
from quanyu.core.geometry import Box
from quanyu.identity import Reach, allowed
from quanyu.store import Connection
from quanyu.workflow import done_by


async def seen(connection: Connection, actor: Actor, number: str) -> None:
    """Raises NotFound, also for a case that lies with another body."""
    if not sees(actor, await case(connection, number)):
        raise NotFound("act.case.unknown", id=number)


def sees(actor: Actor, found: Case) -> bool:
    bodies = (found.organisation, *found.bodies)
    resources = (Resource("case", found.id, actor.tenant, organisation=body) for body in bodies)
    return any(allowed(actor, "case.read", one).allowed for one in resources)


async def seen_or_done(connection: Connection, actor: Actor, number: str, key: str | None) -> Case:
    """As `seen`, but an act sent again under its key is answered although the case lies with another body by now."""
    found = await case(connection, number)
    if sees(actor, found) or (key and await done_by(connection, [found.instance], key, actor.id)):
        return found
    raise NotFound("act.case.unknown", id=number)


async def check_secret(connection: Connection, number: str, follow: str) -> None:
    """Raises NotFound for a number that does not exist and for a wrong secret alike."""
    _, secret = await _sql.reporter(connection, number)
    if not secret or not hmac.compare_digest(secret.encode(), follow.encode()):
        raise NotFound("act.case.unknown", id=number)


def bodies_of(actor: Actor, asked: str | None = None) -> frozenset[str] | None:
    """Those whose cases are listed, or the one of them that is asked for; None is all."""
    only = None if asked is None else frozenset({asked})
    if allowed(actor, "case.read", Resource("case", tenant=actor.tenant)).reach is Reach.TENANT:
        return only
    own = frozenset({actor.organisation or "", *actor.organisations})
    return own if only is None else own & only


async def ground_of(
    connection: Connection, actor: Actor, bbox: str | None, area_id: str | None
) -> tuple[Box | None, Rings | None]:
    """A box as it is asked for, and within it an area by the id of its entity. Raises Invalid, NotFound."""
    box = box_of(bbox)
    if area_id is None:
        return box, None
    around, rings = await area(connection, actor.tenant, area_id)
    return box or around, rings


def box_of(text: str | None) -> Box | None:
    """From `west,south,east,north`. Raises Invalid."""
    if text is None:
        return None
    try:
        x1, y1, x2, y2 = map(float, text.split(","))
    except ValueError:
        raise Invalid("act.case.bbox", bbox=text) from None
    if not (-180 <= x1 <= x2 <= 180 and -90 <= y1 <= y2 <= 90):
        raise Invalid("act.case.bbox", bbox=text)
    return Box(x1, y1, x2, y2)
