"""Which attributes a query names, in the entity that it asks and in those that its relationships lead to."""

from collections.abc import Iterator

from quanyu.twin.ngsild.query.tree import (
    All,
    Any,
    Compare,
    Exists,
    Like,
    Link,
    Located,
    Not,
    Path,
    Query,
    Target,
    Term,
)


def leaves(term: Term) -> Iterator[Term]:
    """What is asked, without how it is joined."""
    match term:
        case All(terms) | Any(terms):
            for one in terms:
                yield from leaves(one)
        case Not(one):
            yield from leaves(one)
        case _:
            yield term


def targets(term: Term) -> Iterator[Target]:
    for leaf in leaves(term):
        if isinstance(leaf, Exists | Compare | Like):
            yield leaf.target


def asked(query: Query) -> frozenset[str]:
    """The attributes whose values decide, those of linked entities among them."""
    places = [query.geo.property] if query.geo else []
    return frozenset([*places, *(_asked(query.q) if query.q else ())])


def steps(target: Target) -> Iterator[str]:
    """The attribute at each entity that a target leads through."""
    yield target.names[0] if isinstance(target, Path) else target.name
    if isinstance(target, Link):
        yield from steps(target.path)


def _asked(term: Term) -> Iterator[str]:
    for leaf in leaves(term):
        if isinstance(leaf, Located):
            yield leaf.geo.property
        elif isinstance(leaf, Exists | Compare | Like):
            yield from steps(leaf.target)


def depth(target: Target) -> int:
    """How many relationships are followed."""
    return 1 + depth(target.path) if isinstance(target, Link) else 0
