"""What of an entity can be searched for: the words of its texts, as the index holds them."""

from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Any

from quanyu.core.entity import strings_of
from quanyu.core.text import bigrams

MAX_TEXT = 4000  # characters of one entity that are searchable
SEPARATOR = "\x01"


def words_of(document: Mapping[str, Any]) -> str | None:
    """The words of all texts of a document, or None where it has none."""
    return joined_words(text_of(document))


def text_of(document: Mapping[str, Any]) -> str:
    """As far as it can be searched for."""
    return " ".join(strings_of(document))[:MAX_TEXT]


@lru_cache(maxsize=20_000)
def joined_words(text: str) -> str | None:
    """Lexemes joined by SEPARATOR, the form in which statements take them; None where there are none. Remembered: an
    entity that reports every minute has the same texts every minute.
    """
    return SEPARATOR.join(lexemes(text)) or None


def lexemes(text: str) -> Iterable[str]:
    return sorted({word for word in bigrams(text) if word and len(word) <= 255})
