"""Rows of a file of cases one after another: CSV, JSON lines or a JSON list, in any usual encoding, in bounded memory."""

import csv
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import msgspec

from quanyu.connect.files.dialect import Dialect, sniff_dialect
from quanyu.connect.files.encoding import codec, sniff_encoding
from quanyu.core.errors import Invalid

_HEAD = 256 * 1024
_LONGEST = 1024 * 1024
Line = tuple[int, dict[str, str]]


def rows(path: Path) -> Iterator[Line]:
    """Each with the line it ends on. Raises Invalid where the file is neither, or has no names in its first line."""
    with path.open("rb") as file:
        head = file.read(_HEAD)
    encoding = codec(sniff_encoding(head))
    text = head.decode(encoding, "replace").lstrip("\ufeff \t\r\n")
    if text.startswith("["):
        return _list(path)
    return _lines(path, encoding) if text.startswith("{") else _table(path, encoding, text)


def _table(path: Path, encoding: str, head: str) -> Iterator[Line]:
    dialect: Dialect = sniff_dialect(head.splitlines()[:-1] or head.splitlines())
    csv.field_size_limit(_LONGEST)
    with path.open(encoding=encoding, errors="replace", newline="") as file:
        reader = csv.DictReader(file, delimiter=dialect.delimiter or ",", quotechar=dialect.quote, restval="")
        names = [name.lstrip("\ufeff").strip() for name in reader.fieldnames or ()]
        if not names or len(set(names)) < len(names):
            raise Invalid("act.import.names", file=path.name)
        reader.fieldnames = names
        try:
            for row in reader:
                yield reader.line_num, {name: value for name, value in row.items() if name is not None}
        except csv.Error as error:
            raise Invalid("act.import.broken", line=reader.line_num, reason=str(error)) from error


def _lines(path: Path, encoding: str) -> Iterator[Line]:
    with path.open(encoding=encoding, errors="replace") as file:
        for number, line in enumerate(file, 1):
            if line.strip():
                try:
                    yield number, _flat(msgspec.json.decode(line, type=dict[str, Any]))
                except (msgspec.DecodeError, msgspec.ValidationError):
                    yield number, {"": line.strip()[:_LONGEST]}


def _list(path: Path) -> Iterator[Line]:
    """Counted instead of lines; read as a whole, so of a bounded size."""
    if path.stat().st_size > 64 * _LONGEST:
        raise Invalid("act.import.list", limit=64)
    try:
        items = msgspec.json.decode(path.read_bytes(), type=list[dict[str, Any]])
    except (msgspec.DecodeError, msgspec.ValidationError, RecursionError) as error:
        raise Invalid("act.import.broken", line=1, reason=str(error)) from error
    yield from ((number, _flat(item)) for number, item in enumerate(items, 1))


def _flat(item: Mapping[str, Any]) -> dict[str, str]:
    return {name: _text(value) for name, value in item.items()}


def _text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value) if isinstance(value, str | int | float) else msgspec.json.encode(value).decode()
