"""Which desk decides for which side."""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from quanyu.core.actor import Actor
from quanyu.exchange.dataspace.desk import ConsumerDesk, Desk, Intake, ProviderDesk
from quanyu.exchange.dataspace.protocol import Side
from quanyu.exchange.dataspace.rehearsal import Rehearsal, RehearsedDesk
from quanyu.store import Connection


@dataclass(frozen=True, slots=True)
class Desks:
    """`rehearsal`: what is played instead of asking people, in development mode only."""

    folder: Path
    rehearsal: Rehearsal | None = None

    def provider(self, connection: Connection, actor: Actor, now: datetime) -> Intake:
        desk = ProviderDesk(connection, actor, now, self.folder)
        return RehearsedDesk(desk, self.rehearsal) if self.rehearsal else desk

    def consumer(self, connection: Connection, actor: Actor, now: datetime) -> Desk:
        desk = ConsumerDesk(connection, actor, now)
        return RehearsedDesk(desk, self.rehearsal) if self.rehearsal else desk

    def at(self, connection: Connection, actor: Actor, now: datetime, side: Side) -> Desk:
        return (self.provider if side is Side.PROVIDER else self.consumer)(connection, actor, now)
