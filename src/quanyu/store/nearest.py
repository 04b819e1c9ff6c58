"""The order of a list that is searched: who looks for something by its name finds that first, however long the list is.

All but `words` are names of parameters and columns, never values.
"""

from collections.abc import Sequence

_WITHIN = 2


def distance(asked: str, texts: Sequence[str]) -> str:
    """As SQL: 0 for what is called just as was asked, 1 for what begins so, 2 else."""
    said = f"lower({asked})"
    names = [f"lower({text})" for text in texts]
    begins = " or ".join(f"starts_with({name}, {said})" for name in names)
    return f"case when {said} in ({', '.join(names)}) then 0 when {begins} then 1 else {_WITHIN} end"


def nearest(
    words: str, *, asked: str, after: str, key: str, texts: Sequence[str], table: str
) -> tuple[str, str]:
    """As SQL: what lies behind the row with the key `after`, and the order, by distance and key; without words by key alone."""
    if not words:
        return f"{key} > {after}", key
    far = distance(asked, texts)
    place = f"coalesce((select {far} from {table} where {key} = {after}), {_WITHIN})"
    return f"({after} = '' or ({far}, {key}) > ({place}, {after}))", f"{far}, {key}"
