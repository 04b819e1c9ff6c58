"""Where history lies beside the log: the files of sealed days, and observations that somebody else keeps."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Protocol

from quanyu.twin.model import Point

PAGE = 10_000
"""Instances that one answer shows, if nobody says otherwise."""


class HistorySource(Protocol):
    """Older observations than the log holds, e.g. the rows of a dataset's accepted files."""

    async def history(
        self, tenant: str, entity_id: str, attribute: str, start: datetime, end: datetime, limit: int
    ) -> Sequence[Point]:
        """At most `limit` points from `start` until before `end`, the newest of them, in order of time."""
        ...


class NoHistory:
    """Nobody keeps more than the log does."""

    async def history(
        self, tenant: str, entity_id: str, attribute: str, start: datetime, end: datetime, limit: int
    ) -> Sequence[Point]:
        return ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Archive:
    """`folder` is the node's data folder, None where no day is ever sealed; `page` is of instances (6.3.10)."""

    folder: Path | None = None
    source: HistorySource = field(default_factory=NoHistory)
    page: int = PAGE
