"""What a source brought and the import refused: kept in the data folder with its reason, until a person decides.

brought ─► refused ─► released ─► imported
              │           └─────► refused again
              └─────► discarded
"""

import os
import shutil
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from quanyu.connect.sources import _refusals, fault
from quanyu.core.errors import NotFound
from quanyu.store import Connection

MOST = 20
"""With so many of them a source stops until a person decides."""


def place(folder: Path, tenant: str, source: str, refusal: str = "") -> Path:
    """Where the files of a refusal lie; without `refusal`, those of the whole source."""
    return folder / "sources" / tenant / source / refusal


async def keep(
    connection: Connection, folder: Path, *, tenant: str, source: str, refusal: str,
    files: Sequence[Path], error: Exception, now: datetime,
) -> int:  # fmt: skip
    """Moves the files into their place, synced, before the row says so. Returns how many refusals there are now."""
    target = place(folder, tenant, source, refusal)
    target.mkdir(parents=True, exist_ok=True, mode=0o700)
    for file in files:
        if file.parent != target:
            _synced(file).replace(target / file.name)
    _synced(target)
    size = sum(file.stat().st_size for file in target.iterdir())
    await _refusals.put(connection, tenant, source, refusal, fault=fault.kept(error), size=size, now=now)
    return await _refusals.count(connection, tenant, source)


async def released(
    connection: Connection, folder: Path, tenant: str, source: str
) -> list[tuple[str, list[Path]]]:
    """Refusals that a person released, oldest first, with their files."""
    names = await _refusals.released(connection, tenant, source)
    return [(name, sorted(place(folder, tenant, source, name).iterdir())) for name in names]


async def known_fault(
    connection: Connection, tenant: str, source: str, refusal: str
) -> dict[str, Any] | None:
    """Why the same content was refused before."""
    return await _refusals.fault_of(connection, tenant, source, refusal)


async def release(connection: Connection, tenant: str, source: str, refusal: str | None) -> int:
    """One refusal, or all of them. Returns how many. Raises NotFound."""
    count = await _refusals.release(connection, tenant, source, refusal)
    if refusal is not None and not count:
        raise NotFound("connect.source.refusal.unknown", name=source, id=refusal)
    return count


async def discard(connection: Connection, folder: Path, tenant: str, source: str, refusal: str | None) -> int:
    """For good. Returns how many. Raises NotFound."""
    gone = await _refusals.remove(connection, tenant, source, refusal)
    if refusal is not None and not gone:
        raise NotFound("connect.source.refusal.unknown", name=source, id=refusal)
    for name in gone:
        shutil.rmtree(place(folder, tenant, source, name), ignore_errors=True)
    return len(gone)


def _synced(path: Path) -> Path:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
    return path
