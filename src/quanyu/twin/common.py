"""What the processes of one node remember together: tables that all of them have mapped.

Of the entities they wrote last there is what was committed, and it is never believed more than a memory is: the statement
that writes what was worked out from it looks at the version (record 0032). Of other sources there are the answers that may
be given again.
"""

import mmap
import os
from collections.abc import Mapping
from typing import Any, Self

import msgspec

from quanyu.core.process import nameless_file
from quanyu.core.table import Size, Table
from quanyu.twin.state import State

ENTITIES = Size(2_048, 16, 2_048)
"""Larger ones are read each time."""
ANSWERS = Size(32, 8, 256 * 1024)
"""Larger ones are asked for each time."""


class _Kept(msgspec.Struct, array_like=True):
    state: State
    document: bytes


_ENCODER, _DECODER = msgspec.msgpack.Encoder(), msgspec.msgpack.Decoder(_Kept)


class Common:
    """Of all tenants. `file`: of the process that made it; whoever is handed it maps the same tables."""

    def __init__(self, file: int) -> None:
        self.file = file
        self._memory = mmap.mmap(file, ENTITIES.whole + ANSWERS.whole)
        self._entities = Table(self._memory, ENTITIES)
        self.answers = Table(self._memory, ANSWERS, ENTITIES.whole)

    @classmethod
    def made(cls) -> Self:
        file = nameless_file("quanyu-common")
        os.ftruncate(file, ENTITIES.whole + ANSWERS.whole)
        return cls(file)

    def close(self) -> None:
        self._memory.close()
        os.close(self.file)

    def recall(self, key: str) -> State | None:
        content = self._entities.recall(key)
        if content is None:
            return None
        kept = _DECODER.decode(content)
        document: Mapping[str, Any] = msgspec.json.decode(kept.document)
        return msgspec.structs.replace(kept.state, document=document)

    def keep(self, key: str, state: State, document: bytes) -> None:
        """`state` without its document, which is JSON."""
        self._entities.keep(key, _ENCODER.encode(_Kept(state, document)), chance=state.version)

    def forget(self, key: str) -> None:
        self._entities.forget(key)


def own_answers() -> Table:
    """Of a node with one process."""
    return Table(mmap.mmap(-1, ANSWERS.whole), ANSWERS)
