"""Texts for people, by key and language. zh-CN first, English beside it.

Each package keeps its own `messages/zh-CN.json` and `messages/en.json`: flat objects from a key, which begins
with the package's name, to a text with `{name}` places. Keys of both files are equal (tests/promises).
"""

import json
from functools import cache
from importlib.resources import files
from pathlib import Path

DEFAULT_LANGUAGE = "zh-CN"
LANGUAGES = ("zh-CN", "en")


def text(key: str, language: str = DEFAULT_LANGUAGE, /, **values: object) -> str:
    """The text of `key` in `language`; the key itself where no catalogue has it."""
    pattern = catalogue(key.partition(".")[0], _known(language)).get(key)
    if pattern is None:
        return f"{key} {values}" if values else key
    return pattern.format_map(_Lenient(values))


@cache
def catalogue(package: str, language: str) -> dict[str, str]:
    """All texts of one package, e.g. `catalogue("govern", "en")`; empty where the package has none."""
    path = files("quanyu") / package / "messages" / f"{language}.json"
    if not isinstance(path, Path) or not path.is_file():
        return {}
    texts: dict[str, str] = json.loads(path.read_text(encoding="utf-8"))
    return texts


def preferred_language(accept_language: str) -> str:
    """The first language of an Accept-Language header that we speak, else zh-CN."""
    for part in accept_language.split(","):
        name = part.partition(";")[0].strip().lower()
        if name.startswith("zh"):
            return "zh-CN"
        if name.startswith("en"):
            return "en"
    return DEFAULT_LANGUAGE


def _known(language: str) -> str:
    return language if language in LANGUAGES else DEFAULT_LANGUAGE


class _Lenient(dict[str, object]):
    """A place without a value stays visible instead of hiding the message behind a KeyError."""

    def __missing__(self, key: str) -> str:
        return "{" + key + "}"
