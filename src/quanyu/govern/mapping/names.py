"""How alike the name of a column and a known name are, for the names that offices and programmers give."""

import re
from functools import lru_cache

from quanyu.core.text import bigrams, fold_text
from quanyu.core.variants import simplified

ABBREVIATIONS = {
    "dt": "date", "tm": "time", "ts": "timestamp", "nm": "name", "mc": "name", "cd": "code", "dm": "code", "bm": "code",
    "no": "number", "num": "number", "nbr": "number", "addr": "address", "dz": "address", "lng": "longitude",
    "lon": "longitude", "long": "longitude", "lat": "latitude", "dept": "department",
    "desc": "description", "src": "source", "tel": "phone", "telephone": "phone", "qty": "count", "cnt": "count",
    "temp": "temperature", "pres": "pressure", "spd": "speed", "dir": "direction", "veh": "vehicle", "stn": "station",
    "org": "organisation", "organization": "organisation", "cap": "capacity", "occ": "occupied", "lic": "licence",
}  # fmt: skip

_UNIT = re.compile(r"[(（\[【][^)）\]】]*[)）\]】]\s*$")
_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
_NAMELESS = re.compile(r"(?:column|col|field|c|f|v|unnamed|列|字段|_?col)?[_ :]*[0-9]+", re.IGNORECASE)


def is_nameless(label: str) -> bool:
    """Made up by a reader, because the file has no header: column0, Unnamed: 3, 列1."""
    return not label.strip() or bool(_NAMELESS.fullmatch(label.strip()))


def name_likeness(label: str, known: str) -> float:
    """0 to 1; 1 for the same name up to case, width, traditional characters, separators and a unit in brackets; one letter says little."""
    mine, theirs = _plain(label), _plain(known)
    if not mine or not theirs:
        return 0.0
    if mine == theirs:
        return 1.0 if len(mine) > 1 or _is_chinese(mine) else 0.75
    if _is_chinese(mine) != _is_chinese(theirs):
        return 0.0
    if _is_chinese(mine):
        return _chinese_likeness(mine, theirs)
    return _latin_likeness(_words(label), _words(known))


def attribute_name(label: str) -> str:
    """A clean name of its own for a column that no model knows: camelCase; Chinese stays Chinese."""
    words = [word for word in re.split(r"[\W_]+", _CAMEL.sub(" ", _UNIT.sub("", label).strip())) if word]
    if not words:
        return "value"
    first, *rest = (word if word.isupper() and len(words) == 1 else word.lower() for word in words)
    name = first.lower() + "".join(word[:1].upper() + word[1:] for word in rest)
    return f"value{name}" if name[0].isdigit() else name


def type_name(dataset: str) -> str:
    """An entity type of its own: shanghai_lamps is ShanghaiLamps."""
    name = attribute_name(dataset)
    return name[:1].upper() + name[1:]


@lru_cache(maxsize=8192)
def _plain(name: str) -> str:
    return simplified(re.sub(r"[\W_]+", "", fold_text(_UNIT.sub("", name))))


@lru_cache(maxsize=8192)
def _is_chinese(name: str) -> bool:
    return any("\u3400" <= character <= "\u9fff" for character in name)


def _chinese_likeness(mine: str, theirs: str) -> float:
    if len(mine) >= 2 and len(theirs) >= 2 and (mine.endswith(theirs) or theirs.endswith(mine)):
        return 0.6 + 0.3 * min(len(mine), len(theirs)) / max(len(mine), len(theirs))
    return 0.8 * _dice(_pairs(mine), _pairs(theirs))


@lru_cache(maxsize=8192)
def _pairs(name: str) -> frozenset[str]:
    return frozenset(pair for pair in bigrams(name) if len(pair) == 2)


@lru_cache(maxsize=8192)
def _words(name: str) -> frozenset[str]:
    parts = re.split(r"[\W_]+", _CAMEL.sub(" ", _UNIT.sub("", name)))
    return frozenset(ABBREVIATIONS.get(word, word) for word in (fold_text(part) for part in parts) if word)


def _latin_likeness(mine: frozenset[str], theirs: frozenset[str]) -> float:
    if mine == theirs:
        return 0.95
    return 0.85 * _dice(mine, theirs)


def _dice(mine: frozenset[str], theirs: frozenset[str]) -> float:
    return 0.0 if mine.isdisjoint(theirs) else 2 * len(mine & theirs) / (len(mine) + len(theirs))
