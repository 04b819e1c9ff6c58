"""Where photos and documents lie: `photos/<tenant>/<first two>/<id>.jpg` or `.pdf` of the data folder, a small one beside each photo."""

import asyncio
import contextlib
import os
import secrets
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from quanyu.act.photos.attachment import Attachment, MediaType
from quanyu.core.rate import RateLimit

LIMIT = 20 * 1024**2
_AT_ONCE = 2  # pictures in the making: each may take 250 MB for a moment
_BURST, _PAUSE = 600, 0.5  # a whole town may come through one proxy


def _decoding() -> asyncio.Semaphore:
    return asyncio.Semaphore(_AT_ONCE)


def _rate() -> RateLimit:
    return RateLimit(burst=_BURST, pause=_PAUSE)


@dataclass(frozen=True, slots=True)
class Album:
    """Of one node. `limit` is of one file in bytes; `rate` is for those whom nobody knows."""

    folder: Path
    limit: int = LIMIT
    decoding: asyncio.Semaphore = field(default_factory=_decoding)
    rate: RateLimit = field(default_factory=_rate)

    def path(self, tenant: str, id: str, media_type: MediaType, *, small: bool = False) -> Path:
        """`id` is trusted: it comes out of the database. A document has nothing small."""
        beside = ".small" if small and media_type is MediaType.JPEG else ""
        return self._folder(tenant) / id[:2] / f"{id}{beside}{media_type.suffix}"

    def keep(self, tenant: str, made: Attachment) -> None:
        """Each is whole under its name, or not there."""
        if made.small is not None:
            _keep(self.path(tenant, made.id, made.media_type, small=True), made.small)
        _keep(self.path(tenant, made.id, made.media_type), made.full)

    def remove(self, tenant: str, id: str) -> None:
        for path in (self._folder(tenant) / id[:2]).glob(f"{id}.*"):
            path.unlink(missing_ok=True)

    def untouched(self, tenant: str, since: float) -> Iterator[Path]:
        """Files that are as they are since a moment (POSIX seconds)."""
        for path in self._folder(tenant).rglob("*"):
            with contextlib.suppress(FileNotFoundError):
                if path.is_file() and path.stat().st_mtime < since:
                    yield path

    def _folder(self, tenant: str) -> Path:
        return self.folder / "photos" / tenant


def _keep(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    draft = path.with_name(f".{secrets.token_hex(8)}.part")
    try:
        with open(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)
