"""Whether a PDF document may be handed on: whole, legible, and doing nothing by itself (ISO 32000-1).

What a reader would find is looked through: names with escapes (7.3.5) and what lies in compressed streams (7.5.7). Nothing is
believed because of a name or a content type.
"""

import re
import zlib
from contextlib import suppress
from enum import StrEnum

HEAD = b"%PDF-"
_END_WITHIN = 2048
_MOST_UNPACKED = 128 * 1024**2
_STEP = 64 * 1024
_ACTIVE = re.compile(
    rb"/(JavaScript|Launch|EmbeddedFiles?|RichMedia|Rendition|XFA|SubmitForm|ImportData)(?![A-Za-z0-9])"
)
_LOCKED = re.compile(rb"/Encrypt(?![A-Za-z0-9])")
_ESCAPE = re.compile(rb"#([0-9A-Fa-f]{2})")
_STREAM = re.compile(rb"stream\r?\n")


class Flaw(StrEnum):
    """What speaks against a document."""

    BROKEN = "broken"
    ACTIVE = "active"
    LOCKED = "locked"


def flaw(content: bytes) -> Flaw | None:
    """Slow for a large document: for a thread."""
    if not content.startswith(HEAD) or b"%%EOF" not in content[-_END_WITHIN:]:
        return Flaw.BROKEN
    if _LOCKED.search(content):
        return Flaw.LOCKED
    if _acts(content):
        return Flaw.ACTIVE
    left = _MOST_UNPACKED
    for found in _STREAM.finditer(content):
        part = _unpacked(content, found.end(), left)
        left -= len(part)
        if left < 0:
            return Flaw.LOCKED
        if _acts(part):
            return Flaw.ACTIVE
    return None


def _acts(content: bytes) -> bool:
    plain = _ESCAPE.sub(lambda found: bytes([int(found[1], 16)]), content)
    return _ACTIVE.search(plain) is not None


def _unpacked(content: bytes, start: int, most: int) -> bytes:
    """The deflated stream that begins there, as far as it can be read; one byte more than `most` where there is more."""
    inflate, found = zlib.decompressobj(), bytearray()
    with suppress(zlib.error):
        while start < len(content) and not inflate.eof and len(found) <= most:
            found += inflate.decompress(content[start : start + _STEP], most + 1 - len(found))
            start += _STEP
    return bytes(found)
