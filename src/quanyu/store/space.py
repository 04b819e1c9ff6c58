"""A disk that fills: writes are refused while the server still has room, so that reads go on and recovery can end."""

import os
import time
from pathlib import Path

SCARCE = 48 * 1024 * 1024
"""Bytes: a dozen segments of the server's journal. With less free, nothing is written any longer."""

_RESERVE = 32 * 1024 * 1024
_PLENTY = SCARCE + 2 * _RESERVE
_LOOK_SECONDS = 0.2


class Space:
    """What is free on the disk of a folder; None is a disk that is not ours to watch."""

    def __init__(self, folder: Path | None) -> None:
        self._folder = folder
        self._looked = 0.0
        self._scarce = False

    @property
    def scarce(self) -> bool:
        now = time.monotonic()
        if self._folder is not None and now - self._looked > _LOOK_SECONDS:
            self._looked, self._scarce = now, free(self._folder) < SCARCE
        return self._scarce


class Reserve:
    """A file that is given up when the server finds no room to recover in, and made again once there is plenty."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self.kept = False

    def keep(self) -> None:
        if free(self._file.parent) < _PLENTY:
            return
        with self._file.open("wb") as file:
            os.posix_fallocate(file.fileno(), 0, _RESERVE)
        self.kept = True

    def give(self) -> bool:
        """Whether there was something to give."""
        self.kept = False
        given = self._file.exists()
        self._file.unlink(missing_ok=True)
        return given


def free(folder: Path) -> int:
    disk = os.statvfs(folder)
    return disk.f_bavail * disk.f_frsize
