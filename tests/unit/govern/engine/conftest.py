"""Imports of small files, in this process."""

from collections.abc import Callable
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any

import duckdb
import pytest

from quanyu.govern.engine.model import EngineJob, EngineReport, InputFile
from quanyu.govern.engine.pipeline import import_files


@dataclass(frozen=True)
class Imported:
    report: EngineReport

    def rows(self, part: str, columns: str = "*") -> list[tuple[Any, ...]]:
        file = self.report.outputs[part]
        return duckdb.connect().execute(f"SELECT {columns} FROM '{file}' ORDER BY _row").fetchall()

    @property
    def entities(self) -> list[str]:
        """The files of the twin's COPY format, as text."""
        folder = Path(self.report.outputs["entities"])
        return [file.read_text(encoding="utf-8") for file in sorted(folder.glob("*.csv"))]

    def type_of(self, column: str) -> str:
        return next(profile.type.value for profile in self.report.columns if profile.name == column)


Importer = Callable[..., Imported]


@pytest.fixture
def imported(tmp_path: Path) -> Importer:
    """`imported("a,b\\n1,2\\n", key=("a",))`; several texts are several files of one import."""
    runs = count()

    def run(*texts: str, **job: Any) -> Imported:
        number = next(runs)
        files = []
        for index, text in enumerate(texts):
            path = tmp_path / f"file{number}_{index}.csv"
            path.write_text(text, encoding="utf-8")
            files.append(InputFile(path=str(path), name=path.name))
        job = {
            "dataset": "things",
            "import_id": f"i{number}",
            "workdir": str(tmp_path / f"work{number}"),
            **job,
        }
        return Imported(import_files(EngineJob(files=tuple(files), **job), lambda _: None))

    return run
