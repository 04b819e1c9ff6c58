"""What the node and a pack's process say to each other over their pair of sockets: a length, then MessagePack."""

import asyncio
from typing import Any, TypeVar

import msgspec

from quanyu.core.actor import Actor
from quanyu.core.errors import Fault

READY = 0
"""Number of the first letter, by which a process says that it hears."""

ALGORITHMS = "/algorithms"
"""Where the process of a pack runs its algorithms: no path of the pack's own, which begin with its prefix."""

OUT_OF_MEMORY = 75
"""What a process ends with that wanted more memory than it may have."""

OK = 200
_LENGTH = 4


class Question(msgspec.Struct, frozen=True, array_like=True):
    """A request, and who asks: the node has asked already whether they may."""

    number: int
    method: str
    path: str
    query: bytes
    headers: list[tuple[bytes, bytes]]
    body: bytes
    actor: Actor


class Answer(msgspec.Struct, frozen=True, array_like=True):
    number: int
    status: int = 0
    headers: list[tuple[bytes, bytes]] = []
    body: bytes = b""


class Computed(msgspec.Struct, frozen=True):
    """Of an algorithm; `refused`: what it says against its inputs."""

    outputs: dict[str, Any] = {}
    refused: Fault | None = None


Letter = TypeVar("Letter", Question, Answer)


def send(writer: asyncio.StreamWriter, letter: Question | Answer) -> None:
    said = msgspec.msgpack.encode(letter)
    writer.write(len(said).to_bytes(_LENGTH) + said)


async def receive(reader: asyncio.StreamReader, kind: type[Letter]) -> Letter | None:
    """None once the other side has gone."""
    try:
        length = int.from_bytes(await reader.readexactly(_LENGTH))
        return msgspec.msgpack.decode(await reader.readexactly(length), type=kind)
    except (asyncio.IncompleteReadError, ConnectionError):
        return None
