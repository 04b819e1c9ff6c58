"""Code lists."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property


@dataclass(frozen=True, slots=True, kw_only=True)
class CodeEntry:
    """`effective_to` is the first day on which the code is no longer good."""

    code: str
    name: str
    name_en: str = ""
    parent: str | None = None
    aliases: tuple[str, ...] = ()
    effective_from: date | None = None
    effective_to: date | None = None

    def is_valid(self, at: date | None = None) -> bool:
        if at is None:
            return self.effective_to is None
        starts = self.effective_from is None or self.effective_from <= at
        return starts and (self.effective_to is None or at < self.effective_to)


@dataclass(frozen=True, kw_only=True)
class CodeList:
    """One version of a list. Codes are unique in it; names need not be."""

    name: str
    title_zh: str
    title_en: str
    version: str
    effective_from: date
    effective_to: date | None = None
    source: str = ""
    entries: tuple[CodeEntry, ...] = field(default=())

    @cached_property
    def by_code(self) -> Mapping[str, CodeEntry]:
        return {entry.code: entry for entry in self.entries}

    @cached_property
    def _words(self) -> Mapping[str, CodeEntry]:
        words: dict[str, CodeEntry] = {}
        for entry in self.entries:
            for word in (entry.code, entry.name, entry.name_en, *entry.aliases):
                if word:
                    words.setdefault(word.casefold(), entry)
        return words

    def entry_of(self, text: str) -> CodeEntry | None:
        """By code, name in either language, or alias."""
        return self._words.get(text.strip().casefold())
