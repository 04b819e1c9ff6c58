"""What every reader is handed: the bytes on disk, what they are called, and where to work."""

import errno
import hashlib
from dataclasses import dataclass, field
from pathlib import Path

from quanyu.connect.files.model import MEBIBYTE, FileOptions, Watcher
from quanyu.core.errors import Fault, Invalid


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """One file to read. `path` may be an unpacked copy; `name` is what people know it by."""

    path: Path
    name: str
    workdir: Path
    options: FileOptions
    progress: Watcher
    member: str | None = None
    faults: tuple[Fault, ...] = field(default=())

    def where(self, line: int | None = None, column: int | None = None) -> str:
        """`file:line:column`, as far as known."""
        return ":".join(str(part) for part in (self.name, line, column) if part is not None)

    def fault(
        self, key: str, line: int | None = None, column: int | None = None, /, **values: object
    ) -> Fault:
        return Fault(key, where=self.where(line, column), values={"file": self.name, "line": line, **values})

    def invalid(
        self, key: str, line: int | None = None, column: int | None = None, /, **values: object
    ) -> Invalid:
        known = {"file": self.name, "line": line, "column": column, **values}
        return Invalid(key, faults=(Fault(key, where=self.where(line, column), values=known),), **known)

    def working_file(self, ending: str) -> Path:
        """A free name in the work folder."""
        number = sum(1 for _ in self.workdir.iterdir())
        return self.workdir / f"{number:04}{ending}"


def digest(paths: tuple[Path, ...]) -> tuple[str, int]:
    """SHA-256 over the bytes of `paths` one after the other, and how many they are."""
    seen = hashlib.sha256()
    done = 0
    for path in paths:
        with path.open("rb") as file:
            while chunk := file.read(4 * MEBIBYTE):
                seen.update(chunk)
                done += len(chunk)
    return seen.hexdigest(), done


def is_full_disk(error: BaseException) -> bool:
    """The fault of our disk, not of the file: it must not be told as a broken file."""
    return isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EROFS)


def quoted(path: Path | str) -> str:
    """A path (or any text) as an SQL literal."""
    return "'" + str(path).replace("'", "''") + "'"


def identifier(name: str) -> str:
    """A column name as an SQL identifier."""
    return '"' + name.replace('"', '""') + '"'
