"""Texts for people, by key and language. zh-CN first, English beside it.

Each package keeps its own `messages/zh-CN.json` and `messages/en.json`: flat objects from a key, which begins
with the package's name, to a text with `{name}` places. Keys of both files are equal (tests/promises).
What stands in a place may have a language too: `{reason:form}` is what the decoder refused, `{wanted:kind}` names kinds of values.
What goes with a number is written for one and for more: `{count} {count:file is|files are} read`.
"""

import json
import re
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from pathlib import Path
from string import Formatter

from quanyu.core.form import refusal

DEFAULT_LANGUAGE = "zh-CN"
LANGUAGES = ("zh-CN", "en")


def text(key: str, language: str = DEFAULT_LANGUAGE, /, **values: object) -> str:
    """The text of `key` in `language`; the key itself where no catalogue has it."""
    pattern = catalogue(key.partition(".")[0], _known(language)).get(key)
    if pattern is None:
        return f"{key} {values}" if values else key
    return _written.vformat(pattern, (), _Places(values, _known(language)))


def form_text(said: str, language: str) -> str:
    """What the decoder refused, with its place; as it is said, where nobody has words for it."""
    found = refusal(said)
    if found is None:
        return said
    told = text(found.key, language, **found.values)
    return text("core.form.at", language, place=found.place, told=told) if found.place else told


@cache
def catalogue(package: str, language: str) -> dict[str, str]:
    """All texts of one package, e.g. `catalogue("govern", "en")`; empty where the package has none."""
    path = files("quanyu") / package / "messages" / f"{language}.json"
    if not isinstance(path, Path) or not path.is_file():
        return {}
    texts: dict[str, str] = json.loads(path.read_text(encoding="utf-8"))
    return texts


def preferred_language(accept_language: str, default: str = DEFAULT_LANGUAGE) -> str:
    """The first language of an Accept-Language header that we speak, else the default."""
    for part in accept_language.split(","):
        name = part.partition(";")[0].strip().lower()
        if name.startswith("zh"):
            return "zh-CN"
        if name.startswith("en"):
            return "en"
    return default


def _known(language: str) -> str:
    return language if language in LANGUAGES else DEFAULT_LANGUAGE


class _Places(dict[str, object]):
    """A place without a value stays visible instead of hiding the message behind a KeyError."""

    def __init__(self, values: Mapping[str, object], language: str) -> None:
        super().__init__(values)
        self._language = language

    def __getitem__(self, name: str) -> object:
        value = super().__getitem__(name)
        return _Spoken(value, self._language) if isinstance(value, str) else value

    def __missing__(self, name: str) -> str:
        return "{" + name + "}"


class _Spoken(str):
    """A value that is told by `{name:form}` or `{name:kind}` in the reader's language."""

    __slots__ = ("_language",)
    _language: str

    def __new__(cls, value: str, language: str) -> "_Spoken":
        spoken = super().__new__(cls, value)
        spoken._language = language
        return spoken

    def __format__(self, way: str) -> str:
        match way:
            case "form":
                return form_text(self, self._language)
            case "kind":
                return _kinds(self, self._language)
        return super().__format__(way)


class _Writer(Formatter):
    """`{count:file|files}` is the word that goes with the number, which may be kept as text."""

    def format_field(self, value: object, format_spec: str) -> str:
        one, bar, more = format_spec.partition("|")
        if not bar:
            return format(value, format_spec)
        return one if str(value) == "1" else more


_written = _Writer()


def _kinds(names: str, language: str) -> str:
    """`int | null` in words."""
    known = catalogue("core", language)
    named = _KIND.sub(lambda one: known.get(f"core.kind.{one[0]}", one[0]), names)
    return named.replace(" | ", text("core.kind.or", language))


_KIND = re.compile(r"\w+")
