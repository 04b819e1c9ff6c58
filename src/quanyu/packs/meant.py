"""Whom a pack is meant for in its city: the body in charge sees all of it, who works through it what is its own."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from quanyu.core.actor import Actor, Resource
from quanyu.identity import allowed
from quanyu.packs import _sql
from quanyu.packs.model import IN_CHARGE, PARTNERS
from quanyu.store import Connection


@dataclass(frozen=True, slots=True, kw_only=True)
class Meant:
    """`body` none: nobody but who looks after the whole city. `partners` empty: every organisation."""

    pack: str
    body: str | None = None
    partners: frozenset[str] = frozenset()

    def asked(self, actor: Actor, *, own: bool) -> Resource:
        """What is asked for; `own`: it is narrowed to the asker's organisation where that is not in charge."""
        organisation = actor.organisation if own and self._works_through(actor) else self.body
        return Resource("pack", self.pack, actor.tenant, organisation=organisation)

    def _works_through(self, actor: Actor) -> bool:
        return not self.partners or actor.organisation in self.partners


def meant_for(pack: str, row: Mapping[str, Any] | None) -> Meant:
    """By the city's state of a pack."""
    said = row["settings"] if row else {}
    partners = names_in(str(said.get(PARTNERS.name, "")))
    return Meant(pack=pack, body=str(said.get(IN_CHARGE.name, "")) or None, partners=frozenset(partners))


async def sees_all(connection: Connection, actor: Actor, pack: str, action: str = "entity.read") -> bool:
    """Whether the asker looks after the whole city, or belongs to the body in charge: for routes that are narrowed to one's own."""
    meant = meant_for(pack, await _sql.state(connection, actor.tenant, pack))
    return allowed(actor, action, meant.asked(actor, own=False)).allowed


def names_in(said: str) -> list[str]:
    """Separated by commas, in either width."""
    return [name for one in re.split("[,，]", said) if (name := one.strip())]
