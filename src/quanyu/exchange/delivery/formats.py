"""Answers as bytes, batch by batch: whoever asks for ten million rows takes no more memory than for ten."""

import io
from abc import abstractmethod
from collections.abc import Sequence
from enum import StrEnum
from typing import Any, Protocol

import msgspec
import pyarrow as pa
import pyarrow.csv as pa_csv
import pyarrow.parquet as pq

_FORMULA = r"^[=+\-@\t\r]"
_NUMBER = r"^[+-]?[0-9]+(\.[0-9]+)?$"


class Format(StrEnum):
    JSON = "json"
    CSV = "csv"
    PARQUET = "parquet"
    ARROW = "arrow"


MEDIA_TYPES = {
    Format.JSON: "application/json",
    Format.CSV: "text/csv; charset=utf-8",
    Format.PARQUET: "application/vnd.apache.parquet",
    Format.ARROW: "application/vnd.apache.arrow.stream",
}


class Writer(Protocol):
    """`batch` and `end` answer the bytes that are ready."""

    @abstractmethod
    def batch(self, batch: pa.RecordBatch) -> bytes: ...

    @abstractmethod
    def end(self) -> bytes: ...


def writer(format: Format, schema: pa.Schema, tail: dict[str, Any]) -> Writer:
    """`tail` are members that a JSON answer carries beside its items; read when it ends."""
    match format:
        case Format.JSON:
            return _Json(schema, tail)
        case Format.CSV:
            return _Csv(schema)
        case Format.PARQUET:
            return _Parquet(schema)
        case Format.ARROW:
            return _Arrow(schema)


class _Json:
    """`{"columns": [{"name", "type"}], "items": [{…}], …tail}`."""

    def __init__(self, schema: pa.Schema, tail: dict[str, Any]) -> None:
        columns = [{"name": field.name, "type": str(field.type)} for field in schema]
        self._before = b'{"columns":' + msgspec.json.encode(columns) + b',"items":['
        self._tail = tail

    def batch(self, batch: pa.RecordBatch) -> bytes:
        rows = b",".join(msgspec.json.encode(row, enc_hook=str) for row in batch.to_pylist())
        before, self._before = self._before, b"," if rows or self._before == b"," else self._before
        return before + rows if rows else b""

    def end(self) -> bytes:
        begun = self._before if self._before != b"," else b""
        tail = msgspec.json.encode(self._tail)[1:]
        return begun + b"]," + tail if self._tail else begun + b"]}"


class _Csv:
    def __init__(self, schema: pa.Schema) -> None:
        self._header = _line([_harmless_name(field.name) for field in schema])

    def batch(self, batch: pa.RecordBatch) -> bytes:
        sink = io.BytesIO()
        columns = [_harmless(column) for column in batch.columns]
        shown = pa.RecordBatch.from_arrays(columns, names=[f"c{place}" for place, _ in enumerate(columns)])
        pa_csv.write_csv(shown, sink, pa_csv.WriteOptions(include_header=False, quoting_style="needed"))
        header, self._header = self._header, b""
        return header + sink.getvalue()

    def end(self) -> bytes:
        return self._header


class _Parquet:
    def __init__(self, schema: pa.Schema) -> None:
        self._sink = _Sink()
        self._writer = pq.ParquetWriter(self._sink, schema, compression="zstd")

    def batch(self, batch: pa.RecordBatch) -> bytes:
        self._writer.write_batch(batch)
        return self._sink.taken()

    def end(self) -> bytes:
        self._writer.close()
        return self._sink.taken()


class _Arrow:
    def __init__(self, schema: pa.Schema) -> None:
        self._sink = _Sink()
        self._writer = pa.ipc.new_stream(pa.PythonFile(self._sink, mode="w"), schema)

    def batch(self, batch: pa.RecordBatch) -> bytes:
        self._writer.write_batch(batch)
        return self._sink.taken()

    def end(self) -> bytes:
        self._writer.close()
        return self._sink.taken()


class _Sink(io.RawIOBase):
    """A file whose content is taken away while it is written."""

    def __init__(self) -> None:
        self._parts: list[bytes] = []
        self._length = 0

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:
        part = bytes(data)
        self._parts.append(part)
        self._length += len(part)
        return len(part)

    def tell(self) -> int:
        return self._length

    def taken(self) -> bytes:
        content, self._parts = b"".join(self._parts), []
        return content


def _harmless(column: pa.Array) -> pa.Array:
    """Text that a spreadsheet would take for a formula gets a ' in front; numbers stay numbers.

    https://owasp.org/www-community/attacks/CSV_Injection
    """
    if not pa.types.is_string(column.type):
        return column
    import pyarrow.compute as pc  # slow to load, and only text in a CSV asks for it

    dangerous = pc.and_(
        pc.match_substring_regex(column, _FORMULA), pc.invert(pc.match_substring_regex(column, _NUMBER))
    )
    return pc.if_else(dangerous, pc.binary_join_element_wise("'", column, ""), column)


def _harmless_name(name: str) -> str:
    return f"'{name}" if name.startswith(("=", "+", "-", "@", "\t", "\r")) else name


def _line(names: Sequence[str]) -> bytes:
    quoted = ('"' + name.replace('"', '""') + '"' for name in names)
    return (",".join(quoted) + "\n").encode()
