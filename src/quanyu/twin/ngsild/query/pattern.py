"""Regular expressions of queries: matched by RE2, whose time grows with the length of the text alone (decision 0031)."""

from dataclasses import dataclass
from functools import lru_cache
from typing import Protocol

import re2

from quanyu.core.errors import Invalid

MAX_PATTERN = 1024
_MAX_MEMORY = 1 << 20


class _Compiled(Protocol):
    def search(self, text: str) -> object: ...


@dataclass(frozen=True, slots=True)
class Pattern:
    """Made by `parse_pattern` only."""

    text: str

    def found_in(self, text: str) -> bool:
        """Anywhere in it, as POSIX (IEEE 1003.2) has it; `^` and `$` bind it to the ends."""
        return _compiled(self.text).search(text) is not None

    @property
    def prefix(self) -> str:
        """With what every match must begin, as far as it can be read off."""
        if not self.text.startswith("^") or "|" in self.text:
            return ""
        taken = 1
        while taken < len(self.text) and (self.text[taken].isalnum() or self.text[taken] in ":/_-"):
            taken += 1
        if taken < len(self.text) and self.text[taken] in "*?{":
            taken -= 1
        return self.text[1:taken]


def parse_pattern(text: str) -> Pattern:
    """Raises Invalid, also for what RE2 cannot do: look-around and references back."""
    if not text or len(text) > MAX_PATTERN:
        raise Invalid("twin.pattern.length", limit=MAX_PATTERN)
    try:
        _compiled(text)
    except (re2.error, UnicodeError) as error:
        raise Invalid("twin.pattern.invalid", pattern=text[:80], reason=_reason(error)) from None
    return Pattern(text)


@lru_cache(maxsize=1024)
def _compiled(text: str) -> _Compiled:
    options = re2.Options()
    options.max_mem = _MAX_MEMORY
    options.log_errors = False
    compiled: _Compiled = re2.compile(text, options)
    return compiled


def _reason(error: Exception) -> str:
    first = error.args[0] if error.args else ""
    return first.decode("utf-8", "replace") if isinstance(first, bytes) else str(first)
