"""Single values: URIs, scopes, moments, and what the store can hold."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from functools import lru_cache
from math import isfinite

from quanyu.core.errors import Fault

MAX_DEPTH = 32

_URI = re.compile(r"[A-Za-z][A-Za-z0-9+.\-]*:[^\s<>\"{}|\\^`\x00-\x1f]+")
_MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:[.,]\d{1,9})?(?:Z|[+-]\d\d:?\d\d)")
_SCOPE = re.compile(r"/?[^\s/<>\"'=;()+#,\x00-\x1f]+(/[^\s/<>\"'=;()+#,\x00-\x1f]+)*/?")

is_uri = _URI.fullmatch
is_scope = _SCOPE.fullmatch
"""4.18, with or without the leading slash."""


def moment_text(moment: datetime) -> str:
    """As stored documents have it: UTC, with a Z."""
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")


def utc_moment(text: object) -> str | None:
    """4.6.3: a date and time with its offset, as UTC; None for anything else."""
    return _utc_moment(text) if isinstance(text, str) else None


@lru_cache(maxsize=1024)
def _utc_moment(text: str) -> str | None:
    """Remembered: the attributes of an entity are mostly observed at one moment."""
    if not _MOMENT.fullmatch(text):
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    if not 1 < moment.year < 9999:
        return None
    if text[-1] == "Z":
        return text
    return f"{text[:-6]}Z" if text.endswith("+00:00") else moment_text(moment)


def value_faults(content: object, where: str, depth: int = 0) -> Iterator[Fault]:
    """What the store cannot hold: NUL characters, bottomless nesting, numbers beyond a double."""
    match content:
        case str():
            if "\x00" in content:
                yield Fault("core.entity.nul", where)
        case bool() | None:
            pass
        case int() | float():
            if not -1e308 < content < 1e308 or not isfinite(content):
                yield Fault("core.entity.number", where)
        case _ if depth > MAX_DEPTH:
            yield Fault("core.entity.depth", where)
        case dict():
            for name, inner in content.items():
                if "\x00" in name:
                    yield Fault("core.entity.nul", where)
                yield from value_faults(inner, f"{where}/{name}", depth + 1)
        case list():
            for index, inner in enumerate(content):
                yield from value_faults(inner, f"{where}/{index}", depth + 1)
