"""Landing a file and looking at what came of it."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import duckdb
import pytest

from quanyu.connect.files import FileOptions, Landed, land
from quanyu.core.errors import Invalid


@dataclass(frozen=True)
class Landing:
    """A landed table with its records, rejects and names at hand."""

    landed: Landed

    @property
    def names(self) -> list[str]:
        return [column.name for column in self.landed.columns]

    @property
    def records(self) -> list[tuple[str | None, ...]]:
        width = len(self.landed.columns)
        return [row[:width] for row in duckdb.connect().execute(f"FROM {self.landed.sql}").fetchall()]

    @property
    def lines(self) -> list[int]:
        if self.landed.line_column is None:
            return [self.landed.first_line + at for at in range(self.landed.records)]
        rows = duckdb.connect().execute(f"SELECT {self.landed.line_column} FROM {self.landed.sql}").fetchall()
        return [line for (line,) in rows]

    @property
    def rejects(self) -> list[tuple[int, str]]:
        if self.landed.rejects is None:
            return []
        return duckdb.connect().execute(f"SELECT line, reason FROM {self.landed.rejects}").fetchall()

    @property
    def dropped(self) -> list[tuple[int, str]]:
        return [(each.line, each.kind) for each in self.landed.dropped]

    @property
    def faults(self) -> list[str]:
        return [fault.key.removeprefix("connect.files.") for fault in self.landed.faults]

    @property
    def is_read_by_duckdb(self) -> bool:
        return self.landed.sql.startswith("read_csv(")


class Desk:
    """Writes files and lands them."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def write(self, name: str, content: bytes | str) -> Path:
        path = self.folder / name
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return path

    def all(self, path: Path, **options: object) -> list[Landing]:
        workdir = self.folder / f"work{sum(1 for _ in self.folder.glob('work*'))}"
        workdir.mkdir()
        found = land(path, workdir=workdir, options=FileOptions(**options), progress=lambda _: None)
        return [Landing(each) for each in found]

    def land(self, path: Path, **options: object) -> Landing:
        (landing,) = self.all(path, **options)
        return landing

    def text(self, content: bytes | str, name: str = "table.csv", **options: object) -> Landing:
        return self.land(self.write(name, content), **options)

    def refusal(self, content: bytes | str, name: str = "table.csv", **options: object) -> Invalid:
        return self.refused(self.write(name, content), **options)

    def refused(self, path: Path, **options: object) -> Invalid:
        with pytest.raises(Invalid) as raised:
            self.all(path, **options)
        return raised.value


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


@pytest.fixture(scope="session")
def new_desk(tmp_path_factory: pytest.TempPathFactory) -> Callable[[], Desk]:
    """A desk of its own for each example of a property."""
    return lambda: Desk(tmp_path_factory.mktemp("desk"))
