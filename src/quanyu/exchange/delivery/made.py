"""A table that is no dataset: made for one answer, gone with it."""

import secrets
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from quanyu.exchange.delivery.coverage import Covered
from quanyu.exchange.policy import Terms
from quanyu.govern.imports.content import parquet


@dataclass(frozen=True, slots=True)
class Made:
    """In a file, so that every engine reads it; `drop` it when nobody does any more."""

    covered: Covered
    path: Path

    def drop(self) -> None:
        self.path.unlink(missing_ok=True)


def made_of(content: pa.Table, name: str, terms: Terms, folder: Path) -> Made:
    """Called `name` in a question. Its rows are told apart as records are."""
    path = folder / "tmp" / f"made-{secrets.token_hex(8)}.parquet"
    rows = content.num_rows
    numbered = content.append_column("_import", pa.repeat(path.stem, rows)).append_column(
        "_row", pa.array(range(rows), pa.int64())
    )
    pq.write_table(numbered, path)
    return Made(Covered(name, 0, terms, (), b"", f"({_all_of(path)})", (str(path),)), path)


def _all_of(path: Path) -> str:
    return f"select * from {parquet([str(path)])}"
