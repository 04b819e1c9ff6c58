"""What is shown of jobs, backups and settings."""

from datetime import datetime
from typing import Any

import msgspec


class JobView(msgspec.Struct, frozen=True, kw_only=True):
    """`state`: waiting, running, done or dead (given up); `fault` is the last one."""

    id: int
    kind: str
    state: str
    created: datetime
    due: datetime
    tries: int
    fault: str | None = None
    progress: dict[str, Any] | None = None
    finished: datetime | None = None


class BackupView(msgspec.Struct, frozen=True, kw_only=True):
    """An archive; `keys`: it holds the node's secret keys and is a secret itself."""

    name: str
    path: str
    bytes: int
    made: datetime
    keys: bool


class BackupCheck(msgspec.Struct, frozen=True, kw_only=True):
    """What was found in an archive, each row and file as it went in."""

    snapshot: datetime
    tables: int
    rows: int
    files: int


class SettingView(msgspec.Struct, frozen=True, kw_only=True):
    """`value` and `usual` as text; of a secret only whether it is `given`. `open`: chosen in the portal, not at the start."""

    name: str
    about: str
    value: str | None
    usual: str | None
    given: bool
    open: bool
    secret: bool
