"""Watched folders: each new or changed file is one delivery, once it has come to rest."""

import hashlib
import os
import shutil
import stat
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

from quanyu.connect.sources.settings import FolderSettings
from quanyu.core.errors import Invalid, TooLarge, Unavailable

MOST_FILES = 50_000
A_LOOK = 100
"""Files that are taken before the folder is looked at again."""

_UNTOUCHED = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Look:
    """`ready`: names of files to take now, oldest first; `cursor`: what the next look must know besides them."""

    ready: tuple[str, ...]
    states: Mapping[str, str]
    resting: Mapping[str, str]
    taken: Mapping[str, str]

    def cursor(self, done: set[str]) -> dict[str, Any]:
        """After the files in `done` are taken."""
        taken = {
            name: self.states[name] if name in done else self.taken[name]
            for name in self.states
            if name in done or name in self.taken
        }
        waiting = {name: state for name, state in self.states.items() if taken.get(name) != state}
        return {"resting": waiting, "taken": taken}


def look(settings: FolderSettings, cursor: Mapping[str, Any], now: datetime) -> Look:
    """A file waits for a second look, or until it was not touched for a minute, so that none is read half-written.

    Names that are gone are forgotten: a file that comes back is taken again, which changes nothing.
    """
    resting, taken = cursor.get("resting", {}), cursor.get("taken", {})
    states, touched = {}, {}
    for entry in _entries(settings):
        try:
            status = entry.stat(follow_symlinks=True)
        except OSError:
            continue  # gone meanwhile
        if stat.S_ISREG(status.st_mode):
            states[entry.name], touched[entry.name] = _state(status), status.st_mtime
    old = (now - _UNTOUCHED).timestamp()
    ready = [
        name
        for name, state in states.items()
        if taken.get(name) != state and (resting.get(name) == state or touched[name] < old)
    ]
    ready.sort(key=lambda name: (touched[name], name))
    return Look(tuple(ready[:A_LOOK]), states, resting, taken)


def copy(settings: FolderSettings, name: str, state: str, target: Path) -> Path | None:
    """Its own copy, so that nobody changes what is being imported; None where the file changed or vanished meanwhile.

    Raises Invalid where the file cannot be read, or is a link that leads out of the folder.
    """
    path = Path(settings.path) / name
    if path.is_symlink() and Path(settings.path).resolve() not in path.resolve().parents:
        raise Invalid("connect.source.leads_out", path=str(path))
    try:
        shutil.copyfile(path, target)
        same = _state(path.stat()) == state
    except FileNotFoundError:
        same = False
    except OSError as error:
        if isinstance(error, PermissionError):
            raise Invalid("connect.source.unreadable", path=str(path), reason=error.strerror) from error
        raise Unavailable(
            "connect.source.disk", path=str(path), reason=error.strerror or str(error)
        ) from error
    if not same:
        target.unlink(missing_ok=True)
    return target if same else None


def _entries(settings: FolderSettings) -> Iterator[os.DirEntry[str]]:
    try:
        found = os.scandir(settings.path)
    except OSError as error:
        raise Unavailable("connect.source.no_folder", path=settings.path) from error
    count = 0
    with found:
        for entry in found:
            if (
                entry.name.startswith(".")
                or not fnmatchcase(entry.name, settings.pattern)
                or not _is_text(entry.name)
            ):
                continue
            if (count := count + 1) > MOST_FILES:
                raise TooLarge("connect.source.too_many_files", path=settings.path, limit=MOST_FILES)
            yield entry


def _is_text(name: str) -> bool:
    """A name whose bytes are no UTF-8 cannot be written down."""
    return not any("\ud800" <= letter <= "\udfff" for letter in name)


def _state(status: os.stat_result) -> str:
    """Other bytes under the same name, size and time are still another file: its inode or change time differs."""
    mark = f"{status.st_size}:{status.st_mtime_ns}:{status.st_ctime_ns}:{status.st_ino}"
    return hashlib.sha256(mark.encode()).hexdigest()[:16]
