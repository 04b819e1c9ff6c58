"""Where it lies that a backup is to be brought back (`restoration`), and nothing besides: a start looks here first."""

from pathlib import Path

from quanyu.store.backup import BACKUPS, RESTORING


def request_of(data: Path) -> Path:
    return data / BACKUPS / "restore.json"


def whole_of(data: Path) -> Path:
    """Is there once the new folder is whole."""
    return data / RESTORING / "whole.json"


def is_restoration_wanted(data: Path) -> bool:
    return request_of(data).exists() or whole_of(data).exists()
