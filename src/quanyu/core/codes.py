"""Code lists, and the codes with an inner structure that city management uses."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property

from quanyu.core.errors import Invalid


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


@dataclass(frozen=True, slots=True)
class ComponentCode:
    """GB/T 30428.2 component (部件) identity code: 6 region + 2 class + item + sequence, 16 digits in both forms in use."""

    region: str
    component_class: str
    item: str
    sequence: str

    def __str__(self) -> str:
        return self.region + self.component_class + self.item + self.sequence


def parse_component_code(text: str, *, item_digits: int = 2) -> ComponentCode:
    """`item_digits` is 2 (older, sequence of 6) or 3 (sequence of 5). Raises Invalid."""
    code = text.strip()
    if not re.fullmatch("[0-9]{16}", code) or not 1 <= int(code[6:8]) <= 99:
        raise Invalid("core.codes.component", value=text)
    end = 8 + item_digits
    return ComponentCode(code[:6], code[6:8], code[8:end], code[end:])


def community_of_grid(text: str) -> str:
    """The 12-digit community of a 15-digit grid code (community + 3-digit sequence). Raises Invalid."""
    code = text.strip()
    if not re.fullmatch("[0-9]{15}", code):
        raise Invalid("core.codes.grid", value=text)
    return code[:12]
