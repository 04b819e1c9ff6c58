"""Term definitions of JSON-LD 1.1 as one table of names (W3C JSON-LD 1.1, 9.15.1; only what NGSI-LD needs of it).

Of a definition the IRI counts, and whether it may be a prefix. Scoped contexts, containers and coercions decide on
values, which NGSI-LD types itself; `@base` and `@language` have no place in it (ETSI GS CIM 009, 5.5.7).
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from quanyu.core.errors import Invalid
from quanyu.twin.ngsild.context.core_terms import PREFIXES

Definition = Mapping[str, object]

_KEYWORD = re.compile(r"@[A-Za-z]+")
_PREFIX_ENDS = tuple(":/?#[]@")


@dataclass(frozen=True, slots=True)
class Terms:
    """`iris`: term to IRI. `terms`: IRI to its shortest term. `prefixes`: IRI and term of those that may begin a name."""

    iris: Mapping[str, str] = field(default_factory=dict)
    terms: Mapping[str, str] = field(default_factory=dict)
    prefixes: Sequence[tuple[str, str]] = ()

    def compact(self, iri: str, always: Mapping[str, str]) -> str:
        """`prefix:rest` where a prefix fits, the shortest of several; else the IRI. `always`: prefix to IRI, in force too."""
        bases = [*self.prefixes, *((base, term) for term, base in always.items())]
        fitting = [
            f"{term}:{iri[len(base) :]}"
            for base, term in bases
            if len(base) < len(iri) and iri.startswith(base)
        ]
        usable = [one for one in fitting if one not in self.iris]
        return min(usable, key=lambda one: (len(one), one), default=iri)


def terms_in(definitions: Sequence[Definition | None]) -> Terms:
    """Of the contexts in order, the later ones over the earlier; None forgets. Raises Invalid for what is no context."""
    table = _Table()
    for definition in definitions:
        if definition is None:
            table = _Table()
        else:
            table.add(definition)
    return table.made()


class _Table:
    """The active context while definitions are taken in."""

    def __init__(self) -> None:
        self._iris: dict[str, str] = {}
        self._prefixes: set[str] = set()
        self._vocabulary = ""

    def add(self, definition: Definition) -> None:
        vocabulary = definition.get("@vocab", self._vocabulary)
        if vocabulary is not None and not isinstance(vocabulary, str):
            raise Invalid("twin.context.vocabulary")
        self._vocabulary = self._with_prefix(vocabulary, definition) if vocabulary else ""
        for term in definition:
            if not term.startswith("@"):
                self._define(term, definition)

    def made(self) -> Terms:
        names: dict[str, str] = {}
        for term in sorted(self._iris, key=lambda one: (len(one), one)):
            names.setdefault(self._iris[term], term)
        prefixes = tuple((self._iris[term], term) for term in sorted(self._prefixes & self._iris.keys()))
        return Terms(self._iris, names, prefixes)

    def _define(self, term: str, definition: Definition) -> None:
        self._iris.pop(term, None)
        self._prefixes.discard(term)
        iri = self._resolved(term, definition, ())
        if iri and not _KEYWORD.fullmatch(iri):
            self._iris[term] = iri
            if _may_be_prefix(term, definition[term], iri):
                self._prefixes.add(term)

    def _resolved(self, term: str, definition: Definition, under: tuple[str, ...]) -> str | None:
        """The IRI that `definition` gives to one of its terms; None where it takes the term's meaning away."""
        if term in under:
            raise Invalid("twin.context.cyclic_term", term=term[:80])
        name = _named(term, definition[term])
        if name is None:
            return None
        if name == term and ":" not in term:
            return self._vocabulary + term if self._vocabulary else None
        return self._expanded(name, definition, (*under, term))

    def _expanded(self, name: str, definition: Definition, under: tuple[str, ...]) -> str | None:
        if _KEYWORD.fullmatch(name):
            return name
        prefix, colon, rest = name.partition(":")
        if colon:
            base = None if rest.startswith("//") else self._known(prefix, definition, under)
            return base + rest if base else name
        known = self._known(name, definition, under)
        return known or (self._vocabulary + name if self._vocabulary else None)

    def _known(self, term: str, definition: Definition, under: tuple[str, ...]) -> str | None:
        if term in definition and not term.startswith("@"):
            return self._resolved(term, definition, under)
        return self._iris.get(term) or PREFIXES.get(term)

    def _with_prefix(self, name: str, definition: Definition) -> str:
        return self._expanded(name, definition, ()) or name


def _named(term: str, value: object) -> str | None:
    """What a definition says the term is; the term itself where it says nothing."""
    match value:
        case str(name):
            return name
        case None | {"@id": None}:
            return None
        case {"@id": str(name)}:
            return name
        case {"@id": _}:
            raise Invalid("twin.context.term", term=term[:80])
        case {"@reverse": _}:
            return None
        case Mapping():
            return term
    raise Invalid("twin.context.term", term=term[:80])


def _may_be_prefix(term: str, value: object, iri: str) -> bool:
    if ":" in term or "/" in term:
        return False
    if isinstance(value, Mapping) and "@prefix" in value:
        return value["@prefix"] is True
    return isinstance(value, str) and iri.endswith(_PREFIX_ENDS)
