"""How requests about cases and work are read."""

from typing import Annotated

from litestar.di import NamedDependency
from litestar.params import HeaderParameter, PathParameter, QueryParameter, SkipValidation

from quanyu.core.actor import Actor, ActorKind, Resource
from quanyu.core.clock import Clock
from quanyu.identity import HANDS, Reach, allowed
from quanyu.store import Database
from quanyu.workflow import Doer

Asker = NamedDependency[Actor]
Store = NamedDependency[Database]
Now = NamedDependency[SkipValidation[Clock]]

Number = Annotated[str, PathParameter(max_length=40)]
Limit = Annotated[int, QueryParameter(name="limit", ge=1, le=500)]
After = Annotated[str | None, QueryParameter(name="after", max_length=400)]
Area = Annotated[str | None, QueryParameter(name="area", max_length=500)]
"""The id of an entity with a boundary: a district, a grid cell."""
Organisation = Annotated[str | None, QueryParameter(name="organisation", max_length=80)]
"""Of all bodies that the asker may see, that one alone."""
Key = Annotated[str | None, HeaderParameter(name="Idempotency-Key", max_length=200)]
"""The same key again changes nothing and answers as before."""


def doer_of(actor: Actor) -> Doer:
    """Without an organisation of their own an actor works for the tenant as a whole, if their post reaches so far at all.

    Whose post is in a body and who belongs to none has no body's work.
    """
    for_all = actor.organisation is None and _works_for_all(actor)
    bodies = frozenset(one for one in (actor.organisation, *actor.organisations) if one)
    return Doer(
        id=actor.id, roles=actor.roles, organisations=None if for_all else bodies,
        hands={role: HANDS[role] for role in actor.roles & HANDS.keys()}, node=actor.kind is ActorKind.SYSTEM,
    )  # fmt: skip


def _works_for_all(actor: Actor) -> bool:
    return allowed(actor, "case.read", Resource("case", tenant=actor.tenant)).reach is Reach.TENANT
