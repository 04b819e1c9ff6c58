"""Where the files of datasets and imports lie below the data folder, and how they get there whole."""

import os
import shutil
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from quanyu.govern.imports.model import PartRole

_KEPT = {
    "accepted": PartRole.ACCEPTED,
    "quarantine": PartRole.QUARANTINE,
    "raw": PartRole.RAW,
    "superseded": PartRole.SUPERSEDED,
}


@dataclass(frozen=True, slots=True)
class Folders:
    """The data folder as imports of one tenant see it."""

    data: Path
    tenant: str

    @property
    def datasets(self) -> Path:
        return self.data / "datasets" / self.tenant

    def dataset(self, name: str) -> Path:
        return self.datasets / name

    def upload(self, upload_id: str) -> Path:
        return self.data / "uploads" / upload_id

    def work(self, import_id: str) -> Path:
        return self.data / "tmp" / "imports" / self.tenant / import_id

    def part(self, dataset: str, role: PartRole, import_id: str) -> Path:
        return self.dataset(dataset) / role / f"{import_id}.parquet"

    def relative(self, path: Path) -> str:
        return path.relative_to(self.data).as_posix()


def put_in_place(
    folders: Folders, dataset: str, import_id: str, outputs: dict[str, str]
) -> dict[PartRole, Path]:
    """Moves what the engine wrote to where it stays, synced. Doing it again after a crash does no harm.

    Nobody reads a file before its row in dataset_part commits.
    """
    placed: dict[PartRole, Path] = {}
    for name, role in _KEPT.items():
        target = folders.part(dataset, role, import_id)
        written = Path(outputs[name]) if name in outputs else None
        if written is not None and written.exists():
            target.parent.mkdir(parents=True, exist_ok=True)
            _sync(written)
            written.replace(target)
            _sync(target.parent)
        if written is not None and target.exists():
            placed[role] = target
    return placed


def remove_parts(folders: Folders, dataset: str, import_id: str) -> None:
    """The files of an import that did not come to be."""
    for role in PartRole:
        folders.part(dataset, role, import_id).unlink(missing_ok=True)


def remove_dataset_files(folders: Folders, dataset: str, into: str) -> None:
    """Out of sight in one step, then gone; a dataset of the same name that is made meanwhile keeps its files."""
    aside = folders.work(into)
    aside.parent.mkdir(parents=True, exist_ok=True)
    try:
        folders.dataset(dataset).rename(aside)
    except FileNotFoundError:
        return
    shutil.rmtree(aside, ignore_errors=True)


def remove_upload(folders: Folders, paths: tuple[str, ...]) -> None:
    """Only what lies below uploads/ is ours to remove; a file that an importer named by path is not."""
    uploads = (folders.data / "uploads").resolve()
    for path in map(Path, paths):
        if uploads in path.resolve().parents:
            shutil.rmtree(path.parent, ignore_errors=True)


def sweep_work(folders: Folders, working: set[str]) -> int:
    """Removes what dead imports left in the work folder; returns how many there were."""
    left = folders.work("x").parent
    dead = [path for path in left.iterdir() if path.name not in working] if left.is_dir() else []
    for path in dead:
        shutil.rmtree(path, ignore_errors=True)
    return len(dead)


def sweep_uploads(folders: Folders, kept: set[str], *, untouched_since: datetime) -> int:
    """Removes uploads that no path in `kept` leads to. What grew lately is still on its way."""
    if any(path.name != folders.tenant for path in (folders.data / "datasets").glob("*")):
        return 0  # uploads do not say whose they are
    waiting = {Path(path).parent.name for path in kept}
    arrived = (folders.data / "uploads").glob("*")
    dead = [
        path
        for path in arrived
        if path.name not in waiting
        and all(_is_older(one, untouched_since) for one in (path, *path.rglob("*")))
    ]
    for path in dead:
        shutil.rmtree(path, ignore_errors=True)
    return len(dead)


def sweep_parts(folders: Folders, named: set[str], working: set[str], *, untouched_since: datetime) -> int:
    """Removes files of datasets that no row names: replaced by compaction, or of imports that did not come to be."""
    dead = [
        path
        for path in folders.datasets.glob("*/*/*")
        if path.parent.name in set(PartRole)
        and folders.relative(path) not in named
        and path.stem not in working
        and _is_older(path, untouched_since)
    ]
    for path in dead:
        path.unlink(missing_ok=True)
    return len(dead)


def _is_older(path: Path, moment: datetime) -> bool:
    try:
        return path.stat().st_mtime < moment.timestamp()
    except FileNotFoundError:
        return True


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
