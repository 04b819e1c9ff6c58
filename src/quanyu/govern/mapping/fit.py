"""How well a data model fits the columns of a dataset, and which attribute each column then is."""

from collections.abc import Iterable, Sequence
from collections.abc import Mapping as Lookup
from dataclasses import dataclass

from quanyu.core.codes import CodeList
from quanyu.core.profile import ColumnProfile, ValueType
from quanyu.govern.mapping.evidence import Evidence, evidence_of
from quanyu.govern.mapping.model import Reason
from quanyu.govern.mapping.names import is_nameless, name_likeness
from quanyu.govern.standards.model import DataModel, DatasetKind, ModelAttribute

LEAST = 0.45
"""Below this confidence a column is better off with a name of its own."""

ALIKE = 0.7
"""Names less alike than this are different names."""


@dataclass(frozen=True, slots=True)
class Match:
    """A column taken for an attribute."""

    column: ColumnProfile
    attribute: ModelAttribute
    confidence: float
    reason: Reason
    matched: str
    evidence: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Fit:
    """`matches` by column name, one column for each attribute."""

    model: DataModel
    matches: Lookup[str, Match]
    score: float = 0.0


def fit(model: DataModel, columns: Sequence[ColumnProfile], code_lists: Lookup[str, CodeList]) -> Fit:
    """The best pairs first; each column and each attribute is used once."""
    attributes = [attribute for attribute in model.attributes if attribute.type is not ValueType.GEOMETRY]
    matches = [
        match
        for column in columns
        for attribute in attributes
        if (match := _match(column, attribute, code_lists))
    ]
    taken: dict[str, Match] = {}
    used: set[str] = set()
    for match in sorted(
        matches, key=lambda match: (-match.confidence, match.matched != match.attribute.name)
    ):
        if match.column.name not in taken and match.attribute.name not in used:
            taken[match.column.name] = match
            used.add(match.attribute.name)
    return Fit(model, taken)


def ranked(fits: Iterable[Fit], *, dataset: str, has_place: bool) -> list[Fit]:
    """Best first. A column counts the more, the fewer other models it would fit as well."""
    every = list(fits)
    scored = [Fit(one.model, one.matches, _score(one, every, dataset, has_place)) for one in every]
    return sorted(scored, key=lambda one: -one.score)


def _match(
    column: ColumnProfile, attribute: ModelAttribute, code_lists: Lookup[str, CodeList]
) -> Match | None:
    likeness, matched = (0.0, "") if is_nameless(column.label) else _likeness(column, attribute)
    if likeness < ALIKE and (attribute.semantic is None or attribute.semantic != column.semantic):
        return None
    evidence = evidence_of(column, attribute, code_lists)
    confidence = _confidence(likeness, evidence)
    if confidence < LEAST:
        return None
    reason = (
        Reason.SAME_NAME if likeness >= 0.95 else Reason.SIMILAR_NAME if likeness >= ALIKE else Reason.VALUES
    )
    return Match(column, attribute, round(confidence, 3), reason, matched, evidence.words)


def _likeness(column: ColumnProfile, attribute: ModelAttribute) -> tuple[float, str]:
    """Names that other real files use count in full, the attribute's own titles as well."""
    known = (attribute.name, attribute.title_zh, attribute.title_en, *attribute.aliases)
    return max(((name_likeness(column.label, name), name) for name in known), key=lambda found: found[0])


def _confidence(likeness: float, evidence: Evidence) -> float:
    if likeness >= ALIKE:
        return max(
            0.0, min(0.99, 0.88 * likeness + 0.11 * max(evidence.weight, 0) + 0.5 * min(evidence.weight, 0))
        )
    return 0.5 if evidence.weight >= 0.9 else 0.0


def _score(one: Fit, every: Sequence[Fit], dataset: str, has_place: bool) -> float:
    rarity = {name: 1 / _fitting(name, match, every) for name, match in one.matches.items()}
    named = sum(match.confidence * rarity[name] for name, match in one.matches.items())
    attributes = [match.attribute for match in one.matches.values()]
    missing = sum(attribute.required for attribute in one.model.attributes) - sum(
        a.required for a in attributes
    )
    score = named + 0.6 * _hint(one.model, dataset) - 0.5 * missing
    if one.model.kind is DatasetKind.OBSERVATIONS and not _has_time_or_is_register(one):
        score -= 0.7
    if has_place and any(attribute.type is ValueType.GEOMETRY for attribute in one.model.attributes):
        score += 0.1
    return score


def _has_time_or_is_register(one: Fit) -> bool:
    """Observations have a time; a list of what is observed has each of its codes once."""
    return any(
        match.attribute.is_time or (match.attribute.is_key and match.column.is_unique)
        for match in one.matches.values()
    )


def _fitting(name: str, match: Match, every: Sequence[Fit]) -> int:
    """How many models would take the column about as gladly."""
    return max(
        1,
        sum(
            name in other.matches and other.matches[name].confidence >= 0.8 * match.confidence
            for other in every
        ),
    )


def _hint(model: DataModel, dataset: str) -> float:
    folded = dataset.casefold()
    return (
        1.0 if any(word.casefold() in folded for word in (model.name, *model.words) if len(word) > 1) else 0.0
    )
