"""How many of some texts pass a test."""

from collections.abc import Callable, Sequence

WORTH = 0.8
"""Share of the texts seen that a type must explain to be asked of the whole column."""


def mostly(texts: Sequence[str], test: Callable[[str], bool]) -> bool:
    """Whether a type is worth asking for; most columns are known not to be of it after some texts."""
    return reaches(texts, test, WORTH)


def reaches(texts: Sequence[str], test: Callable[[str], bool], share: float) -> bool:
    """At least `share` of the texts pass; stops as soon as too many do not."""
    may_fail = len(texts) * (1 - share) + 1e-9
    failed = 0
    for text in texts:
        failed += not test(text)
        if failed > may_fail:
            return False
    return True


def share_of(texts: Sequence[str], test: Callable[[str], bool]) -> float:
    return sum(1 for text in texts if test(text)) / len(texts) if texts else 0.0
