"""How Chinese characters are read: pypinyin's characters with our list of the words that are read otherwise.

pypinyin's own 47,000 phrases take 45 MB. All but 3,500 of them are read character by character, so `readings.txt` holds
only those: a word, then a syllable for each of its characters.
"""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache, lru_cache
from pathlib import Path

READINGS = Path(__file__).with_name("readings.txt")

_SMALL = {"PYPINYIN_NO_PHRASES": "1", "PYPINYIN_NO_DICT_COPY": "1"}


@lru_cache(maxsize=4096)
def syllables(run: str) -> tuple[str, ...]:
    """Of Chinese characters without anything between them; no tones."""
    return tuple(syllable for syllable in _reader()(run) if syllable)


@cache
def _reader() -> Callable[[str], list[str]]:
    """Loaded on first use: only indexing reads."""
    with _environment(_SMALL):
        from pypinyin import lazy_pinyin, load_phrases_dict
    load_phrases_dict(dict(_readings()))
    reader: Callable[[str], list[str]] = lazy_pinyin
    return reader


def _readings() -> Iterator[tuple[str, list[list[str]]]]:
    for line in READINGS.read_text(encoding="utf-8").splitlines()[1:]:
        word, *read = line.split()
        yield word, [[syllable] for syllable in read]


@contextmanager
def _environment(values: dict[str, str]) -> Iterator[None]:
    """pypinyin asks the environment while it is imported."""
    before = dict(os.environ)
    os.environ.update(values)
    try:
        yield
    finally:
        for name in values.keys() - before.keys():
            del os.environ[name]
