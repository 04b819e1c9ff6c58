"""Degrees, minutes and seconds as people write them, to degrees.

dms          118°45′30″E   东经118度45分30秒   N31°12.5'
dms_packed   118.4530 for 118°45′30″: no text tells it from decimal degrees, so that somebody has to say it
"""

import re

DMS, DMS_PACKED = "dms", "dms_packed"

_SIDE = "(?:[NSEWnsew]|[东西]经|[南北]纬)"
_DEGREES = r"-?[0-9]{1,3}(?:\.[0-9]+)?"
_SIXTIETH = r"[0-5]?[0-9](?:\.[0-9]+)?"
_MINUTES = rf" ?{_SIXTIETH} ?['′’‘分]"
_SECONDS = rf" ?{_SIXTIETH} ?(?:\"|″|”|“|秒|''|′′|’’)"
FORM = (
    rf"(?:{_SIDE} ?{_DEGREES} ?[°º度](?:{_MINUTES}(?:{_SECONDS})?)?"
    rf"|{_DEGREES} ?[°º度](?:{_MINUTES}(?:{_SECONDS})?)? ?{_SIDE}"
    rf"|{_DEGREES} ?[°º度]{_MINUTES}(?:{_SECONDS})?)"
)
"""With minutes or with a side: bare degrees may be of warmth. Common subset of Python and RE2."""

PACKED_FORM = r"-?[0-9]{1,3}\.[0-5][0-9](?:[0-5][0-9][0-9]*)?"
NEGATIVE = "[-SsWw西南]"
FIGURES = r"[0-9]+(?:\.[0-9]+)?"

_FORM, _PACKED = re.compile(FORM), re.compile(PACKED_FORM)


def parse_angle(text: str) -> float | None:
    """None for what has not the form `dms`."""
    if not _FORM.fullmatch(text):
        return None
    figures: list[str] = re.findall(FIGURES, text)
    degrees = sum(float(part) / float(60**place) for place, part in enumerate(figures))
    return -degrees if re.search(NEGATIVE, text) else degrees


def parse_packed(text: str) -> float | None:
    """None for what has not the form `dms_packed`."""
    if not _PACKED.fullmatch(text):
        return None
    whole, _, rest = text.removeprefix("-").partition(".")
    seconds = float(f"{rest[2:4] or 0}.{rest[4:] or 0}")
    degrees = int(whole) + int(rest[:2]) / 60 + seconds / 3600
    return -degrees if text.startswith("-") else degrees
