"""From an entry to its words and facets, and from a query to what must be found.

A word is kept with the best rank at which it is found: "1井盖" stands in the title, "2井盖" in the keywords, "3井盖" in the
abstract, "4井盖" elsewhere. Facet values are words too ("=grade:general_2"), so that one index answers all.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from quanyu.core.text import bigrams, fold_text, index_terms, search_terms
from quanyu.govern.catalogue.model import Entry, State

INDEX = 1
"""Rises whenever `index` finds other words or facets; entries that were indexed before are then indexed again."""

RANKS = (1, 2, 3, 4)
_LAST_PINYIN = 2  # title and keywords: nobody looks for a sentence by its initials
_BODY_LIMIT = 20_000
_SCORE_BANDS = ((90.0, "90-100"), (80.0, "80-90"), (60.0, "60-80"), (0.0, "0-60"))
_CHINESE_RUN = re.compile(r"[\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff]{3,}")


class Facet(StrEnum):
    ORGANISATION = "organisation"
    REGION = "region"
    SHARE_TYPE = "share_type"
    OPEN = "open"
    GRADE = "grade"
    FORMAT = "format"
    MODEL = "model"
    UPDATE_CYCLE = "update_cycle"
    SCORE = "score"
    STATE = "state"


class Audience(StrEnum):
    """Who may see an entry in lists: anybody, whoever may read the catalogue, or only those who look after it."""

    OPEN = "open"
    PUBLISHED = "published"
    HIDDEN = "hidden"


@dataclass(frozen=True, slots=True, kw_only=True)
class IndexedText:
    """A row of catalogue_text."""

    name: str
    audience: Audience
    modified: datetime
    words: list[str]
    body: str
    facets: dict[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """What an asker may see: entries of these audiences, and all of these organisations' own."""

    audiences: frozenset[Audience]
    organisations: frozenset[str] = frozenset()

    @property
    def is_all(self) -> bool:
        return len(self.audiences) == len(Audience)


@dataclass(frozen=True, slots=True, kw_only=True)
class Query:
    text: str = ""
    filters: Mapping[Facet, tuple[str, ...]] = field(default_factory=dict)

    @property
    def terms(self) -> list[str]:
        return search_terms(self.text)

    @property
    def is_everything(self) -> bool:
        return not self.terms and not any(self.filters.values())

    @property
    def runs(self) -> list[str]:
        """Pieces that must stand in the text as they are: pairs of characters alone would also find them apart."""
        return _CHINESE_RUN.findall(fold_text(self.text))


def index(entry: Entry, *, model_words: Sequence[str] = ()) -> IndexedText:
    """`model_words` are found like keywords."""
    said = entry.description
    columns = [f"{item.name} {item.label} {item.description}" for item in said.items]
    texts = (
        " ".join((said.title, said.alias)),
        " ".join((*said.keywords, *said.themes, said.service_field, *model_words)),
        said.abstract,
        " ".join(
            (entry.name, entry.resource_code, said.organisation_name, entry.facts.model or "", *columns)
        ),
    )
    facets = facets_of(entry)
    audience = audience_of(entry)
    words = [
        *_ranked(texts),
        f"=audience:{audience}",
        *(f"={facet}:{value}" for facet, value in facets.items()),
    ]
    body = fold_text("\n".join(texts))[:_BODY_LIMIT]
    return IndexedText(
        name=entry.name, audience=audience, modified=entry.modified, words=words, body=body,
        facets={str(facet): value for facet, value in facets.items()},
    )  # fmt: skip


def facets_of(entry: Entry) -> dict[Facet, str]:
    said, facts = entry.description, entry.facts
    values = {
        Facet.ORGANISATION: said.organisation,
        Facet.REGION: said.region,
        Facet.SHARE_TYPE: str(int(said.share_type)),
        Facet.OPEN: "true" if said.is_open else "false",
        Facet.GRADE: facts.grade,
        Facet.FORMAT: said.format.lower(),
        Facet.MODEL: facts.model,
        Facet.UPDATE_CYCLE: said.update_cycle,
        Facet.SCORE: _band(facts.score),
        Facet.STATE: entry.state,
    }
    return {facet: str(value) for facet, value in values.items() if value}


def audience_of(entry: Entry) -> Audience:
    if entry.state is not State.PUBLISHED:
        return Audience.HIDDEN
    return Audience.OPEN if entry.description.is_open else Audience.PUBLISHED


def query_at(query: Query, view: View, rank: int) -> str:
    """The tsquery of entries that have every word by `rank` at the latest and one of them not before; "" is all."""
    by_now = [_by(term, rank) for term in query.terms]
    if by_now and rank > RANKS[0]:
        by_now.append("(" + " | ".join(_first_at(term, rank) for term in query.terms) + ")")
    return " & ".join([*by_now, *_conditions(query, view)])


def query_anywhere(query: Query, view: View) -> str:
    return " & ".join([*(_by(term, RANKS[-1]) for term in query.terms), *_conditions(query, view)])


def _ranked(texts: tuple[str, ...]) -> Iterable[str]:
    seen: set[str] = set()
    for rank, text in zip(RANKS, texts, strict=True):
        words = set(index_terms(text) if rank <= _LAST_PINYIN else bigrams(text)) - seen
        seen |= words
        yield from (f"{rank}{word}" for word in words)


def _by(term: str, rank: int) -> str:
    return "(" + " | ".join(_at(term, earlier) for earlier in RANKS if earlier <= rank) + ")"


def _first_at(term: str, rank: int) -> str:
    """A whole word has one rank; what begins with `term` may have several, of which the best counts."""
    return _at(term, rank) if _is_whole(term) else f"({_at(term, rank)} & !{_by(term, rank - 1)})"


def _at(term: str, rank: int) -> str:
    """A pair of characters as it is; one character or a Latin word by its beginning, which may also be pinyin."""
    if rank <= _LAST_PINYIN and re.fullmatch("[a-z]+", term):
        return "(" + " | ".join(_quoted(f"{rank}{kind}{term[:limit]}") + ":*" for kind, limit in _LATIN) + ")"
    return _quoted(f"{rank}{term}") + ("" if _is_whole(term) else ":*")


def _is_whole(term: str) -> bool:
    return len(term) > 1 and not term.isascii()


def _conditions(query: Query, view: View) -> list[str]:
    chosen = [[f"={facet}:{value}" for value in values] for facet, values in query.filters.items() if values]
    if not view.is_all:
        chosen.append(
            [
                *(f"=audience:{audience}" for audience in sorted(view.audiences)),
                *(f"={Facet.ORGANISATION}:{code}" for code in sorted(view.organisations)),
            ]
        )
    return ["(" + " | ".join(map(_quoted, words)) + ")" for words in chosen]


_LATIN = (("", 64), ("i:", 8), ("y:", 64))


def _quoted(lexeme: str) -> str:
    return "'" + lexeme.replace("\\", "\\\\").replace("'", "''") + "'"


def _band(score: float | None) -> str | None:
    return None if score is None else next(band for least, band in _SCORE_BANDS if score >= least)
