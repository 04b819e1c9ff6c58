"""What every step of sharing stands in: one transaction of one tenant, at one moment."""

from dataclasses import dataclass
from datetime import datetime

from quanyu.core.actor import Actor
from quanyu.store import Connection


@dataclass(frozen=True, slots=True)
class Within:
    """Of one tenant, within one transaction, at one moment; `actor` is who looks or acts."""

    connection: Connection
    actor: Actor
    now: datetime

    @property
    def tenant(self) -> str:
        return self.actor.tenant
