"""What an asker may see of the catalogue."""

from quanyu.core.actor import Actor, Resource
from quanyu.govern.catalogue.search import Audience, View
from quanyu.identity import Reach, allowed


def view_of(actor: Actor) -> View:
    """Open entries for anybody; published ones for who may read the catalogue; drafts for those who look after them."""
    read = allowed(actor, "catalogue.read", Resource("catalogue", tenant=actor.tenant))
    manage = allowed(actor, "catalogue.manage", Resource("catalogue", tenant=actor.tenant))
    if manage.reach is Reach.TENANT:
        return View(audiences=frozenset(Audience))
    own = frozenset(filter(None, {actor.organisation, *actor.organisations}))
    mine = own if manage.reach is Reach.ORGANISATION else frozenset()
    if read.reach >= Reach.ORGANISATION:
        return View(audiences=frozenset({Audience.OPEN, Audience.PUBLISHED}), organisations=mine)
    return View(audiences=frozenset({Audience.OPEN}), organisations=mine)
