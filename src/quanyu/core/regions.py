"""Codes of administrative regions (GB/T 2260 and GB/T 10114): their structure, and when each one was good.

    11 or 110000          province      4403 or 440300   city       440310   county
    440310001             street (9)    440310001002     village or community (12)

The usual form pads province and city to six digits. Codes that begin with 99 are never assigned: Quanyu's demonstration
city has such ones.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from quanyu.core.errors import Invalid


class RegionLevel(StrEnum):
    PROVINCE = "province"
    CITY = "city"
    COUNTY = "county"
    STREET = "street"
    VILLAGE = "village"


FOREVER_AGO = date(1949, 10, 1)
"""From when on a name counts that is there in the first revision known."""


@dataclass(frozen=True, slots=True)
class RegionSpan:
    """A code had a name from a day on, until (not including) another; `until` None for today's."""

    code: str
    name: str
    since: date
    until: date | None = None

    def holds(self, at: date | None) -> bool:
        if at is None:
            return self.until is None
        return self.since <= at and (self.until is None or at < self.until)


def usual_code(code: str) -> str:
    """In its usual form of 6, 9 or 12 digits: 11 is 110000, 511602000000 is 511602. Raises Invalid."""
    text = code.strip()
    if not re.fullmatch("[0-9]{2}|[0-9]{4}|[0-9]{6}|[0-9]{9}|[0-9]{12}", text) or text.startswith("00"):
        raise Invalid("core.region.code", value=code)
    if len(text) > 9 and text.endswith("000"):
        text = text[:9]
    if len(text) == 9 and text.endswith("000"):
        text = text[:6]
    return text.ljust(6, "0")


def region_level(code: str) -> RegionLevel:
    usual = usual_code(code)
    match len(usual):
        case 12:
            return RegionLevel.VILLAGE
        case 9:
            return RegionLevel.STREET
    if usual.endswith("0000"):
        return RegionLevel.PROVINCE
    return RegionLevel.CITY if usual.endswith("00") else RegionLevel.COUNTY


def region_parent(code: str) -> str | None:
    """By structure; a county directly below its province has a city code of no city (429000) as parent."""
    usual = usual_code(code)
    match region_level(usual):
        case RegionLevel.PROVINCE:
            return None
        case RegionLevel.CITY:
            return usual[:2] + "0000"
        case RegionLevel.COUNTY:
            return usual[:4] + "00"
        case RegionLevel.STREET:
            return usual[:6]
        case RegionLevel.VILLAGE:
            return usual[:9]


class RegionHistory:
    """All spans, asked by code. Immutable."""

    def __init__(self, spans: Iterable[RegionSpan]) -> None:
        self._spans: dict[str, list[RegionSpan]] = {}
        for span in sorted(spans, key=lambda span: (span.code, span.since)):
            self._spans.setdefault(span.code, []).append(span)

    def __len__(self) -> int:
        return len(self._spans)

    def spans(self, code: str) -> tuple[RegionSpan, ...]:
        return tuple(self._spans.get(usual_code(code), ()))

    def name(self, code: str, at: date | None = None) -> str | None:
        return next((span.name for span in self.spans(code) if span.holds(at)), None)

    def is_valid(self, code: str, at: date | None = None) -> bool:
        """False for what is no code at all, too."""
        try:
            return self.name(code, at) is not None
        except Invalid:
            return False

    def ended(self, code: str) -> date | None:
        """The first day on which an abolished code was no longer good; None for codes in force and unknown ones."""
        spans = self.spans(code)
        return spans[-1].until if spans else None

    def successors(self, code: str) -> tuple[RegionSpan, ...]:
        """Codes that began, under the same name but for its last character, when this one ended: a new number, not a
        merger, which the lists do not tell. Best effort."""
        spans = self.spans(code)
        if not spans or spans[-1].until is None:
            return ()
        last = spans[-1]
        stem = last.name[:-1] if len(last.name) > 2 else last.name
        same_province = (
            one for known, found in self._spans.items() if known[:2] == last.code[:2] for one in found
        )
        return tuple(
            one
            for one in same_province
            if one.since == last.until and one.code != last.code and one.name.startswith(stem)
        )


def spans_of(revisions: Mapping[date, Mapping[str, str]]) -> list[RegionSpan]:
    """From whole lists (code -> name) by the day they were issued. A name holds from the first list that has it until the
    first one that has it no more."""
    spans: list[RegionSpan] = []
    running: dict[str, RegionSpan] = {}
    issued = sorted(revisions)
    for day in issued:
        listed = revisions[day]
        for code, span in list(running.items()):
            if listed.get(code) != span.name:
                spans.append(RegionSpan(code, span.name, span.since, day))
                del running[code]
        since = FOREVER_AGO if day == issued[0] else day
        running |= {
            code: RegionSpan(code, name, since) for code, name in listed.items() if code not in running
        }
    return spans + list(running.values())
