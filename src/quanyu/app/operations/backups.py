"""Backups of a node while it works, as durable jobs; the archives lie in one folder of the node and never leave it by themselves."""

from datetime import UTC, datetime
from pathlib import Path

from quanyu.app.node import Node
from quanyu.app.operations.model import BackupView
from quanyu.core.errors import NotFound
from quanyu.store import Job
from quanyu.store.backup import BACKUPS, backup

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


def dropped(data: Path, name: str) -> None:
    """Raises NotFound. For a thread."""
    found = next((one for one in listed(data) if one.name == name), None)
    if found is None:
        raise NotFound("app.backup.unknown", name=name[:80])
    Path(found.path).unlink(missing_ok=True)


async def make(node: Node, job: Job) -> None:
    """A second try writes a new archive; what the first left behind is removed by its writer."""
    folder, keys = folder_of(node.folder), bool(job.body.get("keys"))
    folder.mkdir(mode=0o700, exist_ok=True)
    name = f"quanyu-{node.clock():%Y%m%dT%H%M%SZ}{_WITH_KEYS if keys else ''}{_SUFFIX}"
    await backup(node.database, node.folder, folder / name, keys=keys, clock=node.clock)
    (folder / name).chmod(0o600)


def _view(path: Path) -> BackupView:
    state = path.stat()
    return BackupView(
        name=path.name, path=str(path), bytes=state.st_size, made=datetime.fromtimestamp(state.st_mtime, UTC),
        keys=path.name.endswith(f"{_WITH_KEYS}{_SUFFIX}"),
    )  # fmt: skip
