"""Which character set a text is in, decided from its bytes alone."""

import codecs
import re
from collections import Counter
from typing import cast

CODECS = {"big5": "cp950", "gbk": "gb18030", "gb2312": "gb18030", "gb18030": "gb18030", "utf8": "utf-8"}
"""The codec that reads an encoding, where it is not the one of that name: real files use the larger sets."""

_NO_CHARACTER_SETS = frozenset({"idna", "punycode", "unicode-escape", "raw-unicode-escape", "mbcs", "oem"})
"""Codecs of Python that write names of hosts or its own source text, or mean another set on every machine."""

_BYTE_ORDER_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_COMMON, _LIKELY = 0.7, 0.3
"""Shares of common characters from which a Chinese set is sure, or the best guess."""
_WESTERN = frozenset("äöüÄÖÜßéèêëÉàâáãçÇñóòôõíìîïúùûåÅøØæÆ°µ²³§€£–—‘’“”…·½¼¾®©«»×±\xa0")
_HIGH_RUN = re.compile(rb"[\x80-\xff]+")


def sniff_encoding(head: bytes) -> str:
    """The encoding of a text that begins with `head`: utf-8, utf-16-le/be, gb18030, big5 or cp1252.

    Chinese sets are told apart by how many characters are common ones: each set orders its characters by
    frequency, so text read in the wrong set falls into the rare half (GB 2312 level 2, Big5 level 2).
    utf-8 is also the answer where nothing fits: its broken bytes are then counted and reported.
    """
    for mark, encoding in _BYTE_ORDER_MARKS:
        if head.startswith(mark):
            return encoding
    if wide := _utf16_without_mark(head):
        return wide
    if is_mostly_utf8(head):
        return "utf-8"
    scores = {encoding: _common_share(head, encoding) for encoding in ("gb18030", "big5")}
    best = max(scores, key=lambda encoding: scores[encoding])
    if scores[best] >= _COMMON:
        return best
    if _is_western(head):
        return "cp1252"
    return best if scores[best] >= _LIKELY else "utf-8"


def codec(encoding: str) -> str:
    """The Python codec that reads `encoding`. Raises LookupError for an unknown name, and for what is no character set (`hex`)."""
    name = CODECS.get(encoding.lower(), encoding)
    try:
        "".encode(name)
    except ValueError as error:  # NUL in the name, or the codec `undefined`
        raise LookupError(str(error)) from None
    found = codecs.lookup(name).name
    if found in _NO_CHARACTER_SETS:
        raise LookupError(encoding)
    return found


def decoded(raw: bytes, encoding: str) -> str:
    """`raw` in full. Raises UnicodeDecodeError at the first bytes that mean nothing in the encoding."""
    name = codec(encoding)
    return raw.decode(name, HONG_KONG if name == "cp950" else "strict")


def _hong_kong(error: UnicodeError) -> tuple[str, int]:
    """The characters of Hong Kong stand in places that Big5 with the Microsoft additions leaves free."""
    fault = cast(UnicodeDecodeError, error)
    pair = fault.object[fault.start : fault.start + 2]
    try:
        return pair.decode("big5hkscs"), fault.start + 2
    except UnicodeDecodeError:
        raise fault from None


HONG_KONG = "quanyu.hkscs"
codecs.register_error(HONG_KONG, _hong_kong)


def mark_length(head: bytes, encoding: str) -> int:
    """How many bytes of byte order mark `head` begins with."""
    return next(
        (len(mark) for mark, name in _BYTE_ORDER_MARKS if name == encoding and head.startswith(mark)), 0
    )


def is_mostly_utf8(head: bytes) -> bool:
    """Valid UTF-8, or UTF-8 in which a few bytes are broken; a cut last character does not count."""
    try:
        codecs.getincrementaldecoder("utf-8")("strict").decode(head)
    except UnicodeDecodeError:
        text = head.decode("utf-8", "replace")
        broken = text.count("\ufffd")
        wide = sum(1 for character in text if character > "\x7f") - broken
        return wide >= 10 * broken
    return True


def _utf16_without_mark(head: bytes) -> str | None:
    """UTF-16 shows in NUL bytes that stand on one side of the pairs only."""
    even, odd = head[0::2].count(0), head[1::2].count(0)
    if even + odd < max(2, len(head) // 50):
        return None
    if odd > 10 * even:
        return "utf-16-le"
    return "utf-16-be" if even > 10 * odd else None


def _common_share(head: bytes, encoding: str) -> float:
    text = head.decode(codec(encoding), "replace")
    counts = Counter(character for character in text if character > "\x7f")
    common = sum(number for character, number in counts.items() if _is_common(character, encoding))
    return common / max(1, counts.total())


def _is_common(character: str, encoding: str) -> bool:
    try:
        pair = character.encode("gb2312" if encoding == "gb18030" else "big5")
    except UnicodeEncodeError:
        return False
    return pair[0] <= (0xD7 if encoding == "gb18030" else 0xC6)


def _is_western(head: bytes) -> bool:
    """Accented letters stand alone between plain ones, and few kinds of them are in use."""
    runs = [len(run) for run in _HIGH_RUN.findall(head)]
    text = [character for character in head.decode("cp1252", "replace") if character > "\x7f"]
    usual = sum(1 for character in text if character in _WESTERN)
    return sum(1 for length in runs if length == 1) > 0.6 * len(runs) and usual >= 0.9 * len(text)
