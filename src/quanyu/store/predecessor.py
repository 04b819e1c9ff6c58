"""What a dead node or a killed postmaster leaves behind in the server's folder, and how the way is cleared (Linux)."""

import contextlib
import os
import signal
from pathlib import Path


def clear_the_way(folder: Path) -> bool:
    """Whether a server may start: False while a predecessor still writes its shutdown checkpoint.

    Only for the owner of the folder's lock. Backends whose postmaster is dead are killed: a long statement would keep
    them, and the shared memory, for as long as it takes. A pid file whose process is another program is removed.
    """
    pid_file = folder / "postmaster.pid"
    living = _servers_in(folder)
    if _recorded(pid_file) in living:
        return False
    for process in living:
        with contextlib.suppress(ProcessLookupError):
            os.kill(process, signal.SIGKILL)
    if living:
        return False
    pid_file.unlink(missing_ok=True)
    return True


def _servers_in(folder: Path) -> set[int]:
    """PostgreSQL processes that work in the folder; those of other users cannot be seen and are none of ours."""
    here = folder.stat()
    found = set()
    for process in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            there = (process / "cwd").stat()
            same = (there.st_dev, there.st_ino) == (here.st_dev, here.st_ino)
            if same and (process / "comm").read_text().startswith("postgres"):
                found.add(int(process.name))
    return found


def _recorded(pid_file: Path) -> int | None:
    try:
        return int(pid_file.read_text().split()[0])
    except (OSError, ValueError, IndexError):
        return None
