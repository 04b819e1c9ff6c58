"""From pairs to things: who belongs together when A is B and B is C, and when that cannot be."""

from collections.abc import Iterable, Mapping, Sequence

from quanyu.govern.fusion.model import Link, Pair, Record

Cluster = frozenset[str]


def conflict(members: Iterable[Record], link: Link) -> str | None:
    """Why these records cannot all be one thing, as a word; None where nothing speaks against it.

    `same_source`: a register that lists each thing once has two of them; `codes`: two different official codes.
    """
    records = list(members)
    datasets = [record.dataset for record in records]
    if link is Link.BETWEEN and len(set(datasets)) < len(datasets):
        return "same_source"
    if len({record.code for record in records if record.code}) > 1:
        return "codes"
    return None


class Clusters:
    """Connected components that grow pair by pair; a pair that would bring a conflict about is left out."""

    def __init__(self, groups: Iterable[Iterable[str]], apart: Iterable[frozenset[str]] = ()) -> None:
        """`groups` are merged already; `apart` are pairs that a person decided to be different."""
        self._group: dict[str, Cluster] = {}
        for group in groups:
            cluster = frozenset(group)
            self._group.update(dict.fromkeys(cluster, cluster))
        self._apart = set(apart)

    def of(self, record: str) -> Cluster:
        return self._group.get(record, frozenset({record}))

    def obstacle(self, pair: Pair, records: Mapping[str, Record], link: Link) -> str | None:
        """What keeps the two clusters of this pair from being one."""
        left, right = self.of(pair.left), self.of(pair.right)
        if left == right:
            return None
        if any(frozenset((one, other)) in self._apart for one in left for other in right):
            return "decided_different"
        return conflict((records[name] for name in sorted(left | right) if name in records), link)

    def join(self, pair: Pair) -> None:
        cluster = self.of(pair.left) | self.of(pair.right)
        self._group.update(dict.fromkeys(cluster, cluster))


def ambiguous(pairs: Sequence[Pair], link: Link, margin: float = 0.05) -> set[frozenset[str]]:
    """Pairs that have a rival: one record matches two of the same other dataset about equally well."""
    if link is Link.WITHIN:
        return set()
    best: dict[tuple[str, str], list[Pair]] = {}
    for pair in pairs:
        for one, other in ((pair.left, pair.right), (pair.right, pair.left)):
            best.setdefault((one, _dataset(other)), []).append(pair)
    rivals: set[frozenset[str]] = set()
    for group in best.values():
        top = max(pair.confidence for pair in group)
        close = [pair for pair in group if pair.confidence >= top - margin]
        if len(close) > 1:
            rivals.update(frozenset((pair.left, pair.right)) for pair in close)
    return rivals


def _dataset(record: str) -> str:
    return record.partition("/")[0]
