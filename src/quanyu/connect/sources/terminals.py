"""The JT/T 808 terminals of a source: the gateway's book, who was there, and what is sent down to them."""

import asyncio
import os
import uuid
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from quanyu.connect.jt808.frame import LONGEST_BODY
from quanyu.connect.jt808.gateway import Gateway
from quanyu.connect.jt808.layout import write
from quanyu.connect.jt808.lines import Order
from quanyu.connect.jt808.messages import TEXT, layout_of
from quanyu.connect.jt808.session import Gate
from quanyu.connect.sources import _terminals, refusals, service
from quanyu.connect.sources.model import Source
from quanyu.connect.sources.mqtt import Message
from quanyu.connect.sources.settings import Jt808Settings
from quanyu.core.actor import Actor
from quanyu.core.clock import Clock
from quanyu.core.errors import Invalid, NotFound
from quanyu.identity.keys import secrets_cipher
from quanyu.store import Connection, Database

_LONGEST_TEXT = LONGEST_BODY - 2
"""Beside its flags and, for a terminal of 2019, its kind."""
MEDIA = "media"


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceBook:
    """Frames become messages of the source, as those of a broker do."""

    database: Database
    folder: Path
    source: Source
    clock: Clock

    async def store(self, records: Sequence[bytes]) -> None:
        await service.store_messages(self.database, self.source, [Message("", record) for record in records])

    async def keep_media(self, terminal: str, data: bytes) -> str:
        """Synced before it is acknowledged; the name stands in the record."""
        name = f"{terminal}-{uuid.uuid4().hex}"
        await asyncio.to_thread(
            _keep, refusals.place(self.folder, self.source.tenant, self.source.name, MEDIA), name, data
        )
        return name

    async def seen(self, terminals: dict[str, str | None]) -> None:
        async with self.database.tenant(self.source.tenant) as connection:
            await _terminals.seen(connection, self.source.tenant, self.source.name, terminals, self.clock())

    async def orders(self, terminals: Sequence[str]) -> Sequence[Order]:
        async with self.database.tenant(self.source.tenant) as connection:
            rows = await _terminals.take_orders(
                connection, self.source.tenant, self.source.name, terminals, self.clock()
            )
        return [
            Order(
                terminal=row["terminal"], message=row["message"], sequence=row["sequence"], body=row["body"]
            )
            for row in rows
        ]

    async def answered(self, terminal: str, sequence: int, result: int) -> None:
        async with self.database.tenant(self.source.tenant) as connection:
            await _terminals.answered(
                connection, self.source.tenant, self.source.name, terminal,
                sequence=sequence, result=result, now=self.clock(),
            )  # fmt: skip


async def listen(
    source: Source, settings: Jt808Settings, database: Database, folder: Path, clock: Clock,
    *, linked: Callable[[], Awaitable[None]],
) -> None:  # fmt: skip
    """Until cancelled; `linked` is awaited once the port is open."""
    gate = Gate(
        secret=_secret(folder, source),
        terminals=frozenset(settings.terminals),
        authenticate=settings.authenticate,
    )
    book = SourceBook(database=database, folder=folder, source=source, clock=clock)

    async def listening(port: int) -> None:
        await linked()

    await Gateway(gate=gate, book=book, clock=clock).run(
        settings.host, settings.port, udp=settings.udp, listening=listening
    )


async def send_text(
    connection: Connection, actor: Actor, source: str, terminal: str, *, text: str, urgent: bool, clock: Clock
) -> int:
    """0x8300, displayed and read aloud. The number of the order. Raises NotFound, Invalid."""
    await service.require_source(connection, actor.tenant, source)
    if not await _terminals.knows(connection, actor.tenant, source, terminal):
        raise NotFound("connect.jt808.no_terminal", terminal=terminal, source=source)
    layout = layout_of(TEXT, version=None)
    try:
        body = write(layout or (), {"flags": 0b1101 if urgent else 0b1100, "text": text})
    except UnicodeEncodeError as error:
        raise Invalid("connect.jt808.text", character=text[error.start : error.end]) from error
    if not text.strip() or len(body) > 1 + _LONGEST_TEXT:
        raise Invalid("connect.jt808.text_size", limit=_LONGEST_TEXT)
    return await _terminals.order(
        connection, actor.tenant, source, terminal, message=TEXT, body=body, author=actor.id, now=clock()
    )


def _secret(folder: Path, source: Source) -> bytes:
    """The same after a restart, another for every source and node."""
    return secrets_cipher(folder).derived(f"jt808/{source.tenant}/{source.name}")


def _keep(place: Path, name: str, data: bytes) -> None:
    place.mkdir(parents=True, exist_ok=True, mode=0o700)
    with (place / name).open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
