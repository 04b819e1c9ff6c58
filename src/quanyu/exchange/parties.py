"""Who deals with whom. A party may be of another node; what it may do is asked in the same way."""

import msgspec

from quanyu.core.actor import Actor, Resource, system_actor
from quanyu.core.errors import Invalid, NotFound
from quanyu.identity import Reach, allowed, check


class Party(msgspec.Struct, frozen=True, kw_only=True):
    """`node` is the id of another node, '' is this one."""

    organisation: str
    node: str = ""

    @property
    def desk(self) -> str:
        """Where work and notices for it lie: a body of another node is not the one of the same code here."""
        return f"{self.organisation}@{self.node}" if self.node else self.organisation

    @classmethod
    def at(cls, desk: str) -> "Party":
        organisation, _, node = desk.partition("@")
        return cls(organisation=organisation, node=node)


class Deal(msgspec.Struct, frozen=True, kw_only=True):
    """The two sides of anything that is shared."""

    provider: str
    consumer: Party


def acts_for(actor: Actor, organisation: str | None, action: str) -> str:
    """The body on whose behalf an actor asks: the one named, else their own. Raises AccessDenied or Invalid."""
    body = organisation or actor.organisation
    if body is None:
        raise Invalid("exchange.party.unknown")
    check(actor, action, resource(actor, "", body))
    return body


def is_side(actor: Actor, organisation: str, action: str) -> bool:
    return allowed(actor, action, resource(actor, "side", organisation)).allowed


def check_side(actor: Actor, organisation: str, action: str, about: str) -> None:
    """Raises AccessDenied."""
    check(actor, action, resource(actor, about, organisation))


def check_consumer(actor: Actor, consumer: Party, action: str, about: str) -> None:
    """For a body of another node only that node acts, never one of the same code here. Raises AccessDenied, NotFound."""
    if consumer.node and actor.id != node_actor(actor.tenant, consumer.node).id:
        raise NotFound("exchange.unknown", id=about[:40])
    check_side(actor, consumer.organisation, action, about)


def node_actor(tenant: str, node: str) -> Actor:
    """Whoever of another node acts here."""
    return system_actor(tenant, f"node:{node}")


def sees(actor: Actor, deal: Deal) -> bool:
    """Both sides and the authority."""
    sides = (deal.provider, *([deal.consumer.organisation] if not deal.consumer.node else []))
    return any(is_side(actor, one, "share.read") for one in sides)


def check_seen(actor: Actor, deal: Deal, about: str) -> None:
    """For whoever does not see a deal it does not exist. Raises NotFound."""
    if not sees(actor, deal):
        raise NotFound("exchange.unknown", id=about[:40])


def bodies_of(actor: Actor) -> tuple[str, ...] | None:
    """Those whose deals a list shows; None is all."""
    if allowed(actor, "share.read", Resource("share", tenant=actor.tenant)).reach is Reach.TENANT:
        return None
    return tuple(sorted(one for one in {actor.organisation, *actor.organisations} if one))


def resource(actor: Actor, id: str, organisation: str | None = None) -> Resource:
    return Resource("share", id=id, tenant=actor.tenant, organisation=organisation)
