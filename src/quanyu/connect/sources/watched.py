"""Watched folders: each new or changed file is one delivery, once it has come to rest."""

import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from quanyu.connect.sources.model import FolderSettings
from quanyu.core.errors import Unavailable

_KEPT = 20_000
"""Names remembered; the oldest are forgotten first, and importing a file again changes nothing."""


def look(settings: FolderSettings, cursor: Mapping[str, Any]) -> tuple[list[Path], dict[str, Any]]:
    """Files that rested since the last look and are new, and the cursor after they are taken.

    A file whose name or state is seen for the first time waits for the next look, so that a file which is still
    being written is not read half.
    """
    folder = Path(settings.path)
    if not folder.is_dir():
        raise Unavailable("connect.source.no_folder", path=settings.path)
    resting: dict[str, str] = dict(cursor.get("resting", {}))
    taken: dict[str, str] = dict(cursor.get("taken", {}))
    ready, seen = [], {}
    for path in sorted(folder.glob(settings.pattern)):
        if not path.is_file() or path.name.startswith("."):
            continue
        seen[path.name] = _state(path)
        if taken.get(path.name) != seen[path.name] and resting.get(path.name) == seen[path.name]:
            ready.append(path)
    taken |= {path.name: seen[path.name] for path in ready[:1]}
    return ready[:1], {"resting": seen, "taken": dict(list(taken.items())[-_KEPT:])}


def _state(path: Path) -> str:
    status = path.stat()
    return hashlib.sha256(f"{status.st_size}:{status.st_mtime_ns}".encode()).hexdigest()[:16]
