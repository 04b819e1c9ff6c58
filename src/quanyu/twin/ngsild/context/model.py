"""What a request's @context says: which name stands for which IRI, both ways (ETSI GS CIM 009, 5.5.7)."""

import re
from collections.abc import Callable
from dataclasses import dataclass, field

from quanyu.core.errors import Invalid
from quanyu.twin.ngsild.context.core_terms import CORE_URL, DEFAULT_VOCABULARY, PREFIXES, TERMS
from quanyu.twin.ngsild.context.terms import Terms

_NAME = re.compile(r"[^\s<>\"'=;()\\^`{}|\x00-\x1f]{1,1024}")
_KEYWORDS = frozenset({"id", "type", "@context"})
_CORE_OF = {iri: term for term, iri in TERMS.items()}
_MOST_KNOWN = 20_000


class Names(dict[str, str]):
    """Each name is worked out once. Emptied when it grows beyond what one model of data can hold."""

    __slots__ = ("_make",)

    def __init__(self, make: Callable[[str], str]) -> None:
        self._make = make

    def __missing__(self, name: str) -> str:
        made = self._make(name)
        if len(self) >= _MOST_KNOWN:
            self.clear()
        self[name] = made
        return made


@dataclass(frozen=True, slots=True, eq=False)
class Context:
    """The user's terms with the core's in force over them. `link` is the one URL that stands for all of it,
    empty where nothing is hosted for an inline one; `source` is the @context as it was given.

    A *stored name* is what the database has: core terms and names of the default vocabulary are short, every other
    one is the whole IRI. `stored_names[term]` and `shown_names[stored]` are the same as the functions, for loops.
    """

    link: str = CORE_URL
    source: object = CORE_URL
    user: Terms = field(default_factory=Terms)
    stored_names: Names = field(init=False, repr=False)
    shown_names: Names = field(init=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "stored_names", Names(self._stored))
        object.__setattr__(self, "shown_names", Names(self._shown))

    @property
    def is_core(self) -> bool:
        """Whether stored names are shown as they are."""
        return not self.user.iris

    def stored(self, term: str) -> str:
        """Of a term, compact IRI or IRI of this context. Raises Invalid for what cannot be a name (4.6.2)."""
        return self.stored_names[term]

    def term(self, stored: str) -> str:
        """The shortest name that this context has for a stored name."""
        return self.shown_names[stored]

    def iri(self, term: str) -> str:
        """Never fails: what this context does not define belongs to the default vocabulary."""
        known = TERMS.get(term) or self.user.iris.get(term)
        if known:
            return known
        prefix, colon, rest = term.partition(":")
        if not colon:
            return DEFAULT_VOCABULARY + term
        base = PREFIXES.get(prefix) or self.user.iris.get(prefix)
        return base + rest if base and not rest.startswith("//") else term

    def _stored(self, term: str) -> str:
        if not _NAME.fullmatch(term) or term in _KEYWORDS or term[0] == "@":
            raise Invalid("core.entity.name", name=term[:80])
        return stored_of(self.iri(term))

    def _shown(self, stored: str) -> str:
        if stored in TERMS or not self.user.iris:
            return stored
        iri = iri_of(stored)
        if iri in self.user.terms:
            return self.user.terms[iri]
        if iri is not stored and stored not in self.user.iris:
            return stored
        return self.user.compact(iri, PREFIXES)


def stored_of(iri: str) -> str:
    """The stored name of an IRI."""
    core = _CORE_OF.get(iri)
    if core:
        return core
    bare = iri.removeprefix(DEFAULT_VOCABULARY)
    return iri if ":" in bare or bare in TERMS or bare in _KEYWORDS or not bare else bare


def iri_of(stored: str) -> str:
    """The IRI of a stored name; an IRI comes back as the same object."""
    if ":" in stored:
        return stored
    return TERMS.get(stored) or DEFAULT_VOCABULARY + stored


CORE = Context()
