"""Backups of a node while it works, as durable jobs; the archives lie in one folder of the node and never leave it by themselves.

Who may make them may take them away and bring them here; both are noted as evidence.
"""

import os
from datetime import UTC, datetime
from pathlib import Path

from quanyu.app.node import Node
from quanyu.app.operations.model import BackupCheck, BackupView
from quanyu.core.errors import Conflict, NotFound
from quanyu.store import Job
from quanyu.store.backup import BACKUPS, backup, examine

JOB = "app.backup"
_SUFFIX = ".tar.zst"
_WITH_KEYS = ".keys"


def folder_of(data: Path) -> Path:
    return data / BACKUPS


def listed(data: Path) -> list[BackupView]:
    """The newest first. For a thread."""
    folder = folder_of(data)
    found = [_view(path) for path in folder.glob(f"*{_SUFFIX}")] if folder.is_dir() else []
    return sorted(found, key=lambda one: one.made, reverse=True)


def one(data: Path, name: str) -> BackupView:
    """Raises NotFound. For a thread."""
    found = next((one for one in listed(data) if one.name == name), None)
    if found is None:
        raise NotFound("app.backup.unknown", name=name[:80])
    return found


def dropped(data: Path, name: str) -> None:
    """Raises NotFound. For a thread."""
    Path(one(data, name).path).unlink(missing_ok=True)


def taken_in(data: Path, arrived: Path) -> BackupView:
    """A file that was brought here takes its place among the backups, with the name and the time of what is in it, whatever
    it was called. Raises Invalid for what is no whole backup, Conflict for one that is here. For a thread."""
    found = examine(arrived)
    path = folder_of(data) / _name(found.snapshot.astimezone(UTC), keys=found.keys)
    if path.exists():
        raise Conflict("app.backup.known", name=path.name)
    os.utime(arrived, (found.snapshot.timestamp(),) * 2)
    arrived.chmod(0o600)
    arrived.rename(path)
    return _view(path)


def checked(data: Path, name: str) -> BackupCheck:
    """Reads all of it. Raises NotFound, and Invalid where it is not as it was made. For a thread."""
    found = examine(Path(one(data, name).path))
    return BackupCheck(snapshot=found.snapshot, tables=found.tables, rows=found.rows, files=found.files)


async def make(node: Node, job: Job) -> None:
    """A second try writes a new archive; what the first left behind is removed by its writer."""
    folder, keys = folder_of(node.folder), bool(job.body.get("keys"))
    folder.mkdir(mode=0o700, exist_ok=True)
    name = _name(node.clock(), keys=keys)
    await backup(node.database, node.folder, folder / name, keys=keys, clock=node.clock)
    (folder / name).chmod(0o600)


def _name(at: datetime, *, keys: bool) -> str:
    return f"quanyu-{at:%Y%m%dT%H%M%SZ}{_WITH_KEYS if keys else ''}{_SUFFIX}"


def _view(path: Path) -> BackupView:
    state = path.stat()
    return BackupView(
        name=path.name, path=str(path), bytes=state.st_size, made=datetime.fromtimestamp(state.st_mtime, UTC),
        keys=path.name.endswith(f"{_WITH_KEYS}{_SUFFIX}"),
    )  # fmt: skip
