"""What speaks against an entry without keeping it from being published: told at once. Who knows of it is no part of the catalogue."""

from datetime import datetime
from typing import Protocol

import msgspec

from quanyu.core.actor import Actor
from quanyu.govern.catalogue.model import Entry
from quanyu.store import Connection


class Warning(msgspec.Struct, kw_only=True, frozen=True):
    """`where` is a JSON pointer into the description, `message` in the asker's language."""

    where: str
    message: str


class PublishedEntry(Entry, kw_only=True, frozen=True):
    """Published, whatever the warnings say."""

    warnings: tuple[Warning, ...] = ()


class Warnings(Protocol):
    async def __call__(
        self, connection: Connection, actor: Actor, entry: Entry, *, now: datetime, language: str
    ) -> tuple[Warning, ...]:
        """Of the entry as it is now; as long as reading its records takes. Raises Failed."""


def warned(entry: Entry, warnings: tuple[Warning, ...]) -> PublishedEntry:
    return PublishedEntry(**msgspec.structs.asdict(entry), warnings=warnings)


async def no_warnings(
    connection: Connection, actor: Actor, entry: Entry, *, now: datetime, language: str
) -> tuple[Warning, ...]:
    return ()
