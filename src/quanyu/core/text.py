"""Words for the full-text index, which has no Chinese dictionary: made here, stored with `array_to_tsvector($1::text[])`.

A record is indexed under `index_terms(text)` and found by `$1::tsquery` with `search_query(text)`:

    "上水井盖"  ->  上水 水井 井盖 盖   i:ssjg i:sjg i:jg i:g   y:shangshuijinggai y:shuijinggai y:jinggai y:gai
    "Cover A5"  ->  cover a5

Every character of a Chinese run begins one term, so a prefix query finds one character as well as two; Latin words are
found by their beginning. Queries need no dictionary, so only indexing loads pypinyin (lazily).
"""

import re
import unicodedata

from quanyu.core.pinyin import syllables

_CHINESE = r"[\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]"
_RUN = re.compile(rf"({_CHINESE}+)|[^\W_]+(?:[.'][^\W_]+)*".replace(r"[^\W_]", rf"(?:(?!{_CHINESE})[^\W_])"))
_INITIALS, _SYLLABLES = 8, 4
_LONGEST = 64


def bigrams(text: str) -> list[str]:
    """Pairs of neighbouring Chinese characters, the last one of a run alone, and whole Latin words; each once."""
    terms: dict[str, None] = {}
    for chinese, run in _runs(text):
        pieces = [run[index : index + 2] for index in range(len(run))] if chinese else [run[:_LONGEST]]
        terms.update(dict.fromkeys(pieces))
    return list(terms)


def index_terms(text: str) -> list[str]:
    """`bigrams` with the pinyin of every Chinese run, as initials and in full."""
    terms = dict.fromkeys(bigrams(text))
    for run in dict.fromkeys(run for chinese, run in _runs(text) if chinese):
        terms.update(dict.fromkeys(_pinyin_terms(run)))
    return list(terms)


def search_terms(query: str) -> list[str]:
    """What `query` asks for: pairs, single characters and words, every one of which a record must have (as a beginning)."""
    terms: dict[str, None] = {}
    for chinese, run in _runs(query):
        pieces = (
            [run[index : index + 2] for index in range(len(run) - 1)] if chinese and len(run) > 1 else [run]
        )
        terms.update(dict.fromkeys(piece[:_LONGEST] for piece in pieces))
    return list(terms)


def search_query(query: str) -> str:
    """The text of a tsquery; empty when `query` holds nothing that can be searched for."""
    return " & ".join(_alternatives(term) for term in search_terms(query))


def has_terms(text: str, query: str) -> bool:
    """Whether `search_query(query)` finds a record that is indexed under `bigrams(text)`."""
    words = bigrams(text)
    return all(
        any(word.startswith(term) for word in words) if len(term) == 1 or term.isascii() else term in words
        for term in search_terms(query)
    )


def pinyin(text: str) -> str:
    """Full pinyin without tones: 江州市 is jiangzhoushi; other characters stay, folded."""
    return "".join("".join(syllables(run)) if chinese else run for chinese, run in _runs(text))


def pinyin_initials(text: str) -> str:
    """江州市 is jzs."""
    return "".join(
        "".join(syllable[0] for syllable in syllables(run)) if chinese else run
        for chinese, run in _runs(text)
    )


def pinyin_syllables(text: str) -> list[str]:
    """The syllables of all Chinese characters in order, other words as they are."""
    return [part for chinese, run in _runs(text) for part in (syllables(run) if chinese else (run,))]


def fold_text(text: str) -> str:
    """Lower case, half width, one form of each character."""
    return unicodedata.normalize("NFKC", text).casefold()


def _runs(text: str) -> list[tuple[bool, str]]:
    return [(bool(match[1]), match[0]) for match in _RUN.finditer(fold_text(text))]


def _alternatives(term: str) -> str:
    lexeme = term.replace("\\", "\\\\").replace("'", "''")
    if re.fullmatch("[a-z]+", term):
        pinyin_of = (f"'i:{term[:_INITIALS]}':*", f"'y:{term}':*")
        return f"('{lexeme}':* | {' | '.join(pinyin_of)})"
    return f"'{lexeme}':*" if len(term) == 1 or term.isascii() else f"'{lexeme}'"


def _pinyin_terms(run: str) -> list[str]:
    read = syllables(run)
    terms = []
    for index in range(len(read)):
        initials = "".join(syllable[0] for syllable in read[index : index + _INITIALS])
        terms += [f"i:{initials}", "y:" + "".join(read[index : index + _SYLLABLES])]
    return terms
