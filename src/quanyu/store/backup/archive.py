"""The archive: a tar in zstd, written and read as a stream in bounded memory."""

import errno
import hashlib
import io
import tarfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import IO

import zstandard

from quanyu.core.errors import Invalid, Unavailable
from quanyu.store.backup.manifest import FileEntry

_LEVEL = 3


class ArchiveWriter:
    def __init__(self, tar: tarfile.TarFile) -> None:
        self._tar = tar

    def add(self, name: str, content: bytes) -> None:
        entry = tarfile.TarInfo(name)
        entry.size, entry.mode = len(content), 0o600
        self._tar.addfile(entry, io.BytesIO(content))

    def add_file(self, name: str, path: Path) -> FileEntry:
        """As long as it is now: a file that grows meanwhile is taken up to here. Raises OSError."""
        with path.open("rb") as file:
            entry = tarfile.TarInfo(name)
            entry.size, entry.mode = path.stat().st_size, 0o600
            hashed = _Hashed(file)
            self._tar.addfile(entry, hashed)
            return FileEntry(bytes=entry.size, sha256=hashed.hash.hexdigest())


@contextmanager
def written(path: Path) -> Iterator[ArchiveWriter]:
    """The file gets its name only when it is whole."""
    draft = path.with_name(f".{path.name}.part")
    draft.parent.mkdir(parents=True, exist_ok=True)
    try:
        with draft.open("wb") as raw:
            draft.chmod(0o600)
            packer = zstandard.ZstdCompressor(level=_LEVEL, threads=2)
            with (
                packer.stream_writer(raw, closefd=False) as packed,
                tarfile.open(fileobj=packed, mode="w|") as tar,
            ):
                yield ArchiveWriter(tar)
            raw.flush()
        draft.replace(path)
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise Unavailable("store.full") from error
        raise
    finally:
        draft.unlink(missing_ok=True)


@contextmanager
def opened(path: Path) -> Iterator[Iterator[tuple[str, IO[bytes]]]]:
    """Its members in order. Raises Invalid for anything that is no whole archive of ours."""
    try:
        with (
            path.open("rb") as raw,
            zstandard.ZstdDecompressor().stream_reader(raw) as plain,
            tarfile.open(fileobj=plain, mode="r|") as tar,
        ):
            yield _members(tar)
    except (tarfile.TarError, zstandard.ZstdError, EOFError) as error:
        raise Invalid("store.backup.broken", path=str(path)) from error


def inside(folder: Path, name: str) -> Path:
    """Where a file of the archive belongs. Raises Invalid for a name that leads out of the folder."""
    pure = PurePosixPath(name)
    if pure.is_absolute() or not pure.parts or ".." in pure.parts or "\0" in name:
        raise Invalid("store.backup.unsafe", name=name)
    path = folder.joinpath(*pure.parts)
    if not path.parent.resolve().is_relative_to(folder.resolve()):
        raise Invalid("store.backup.unsafe", name=name)
    return path


def _members(tar: tarfile.TarFile) -> Iterator[tuple[str, IO[bytes]]]:
    for member in tar:
        content = tar.extractfile(member) if member.isreg() else None
        if content is None:
            raise Invalid("store.backup.unsafe", name=member.name)
        yield member.name, content


class _Hashed:
    """Hashes what goes through it."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file, self.hash = file, hashlib.sha256()

    def read(self, size: int = -1) -> bytes:
        data = self._file.read(size)
        self.hash.update(data)
        return data
