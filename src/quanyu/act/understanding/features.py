"""What a text is compared by: Chinese characters and pairs of them, Latin words. No dictionary, no segmentation."""

import re

from quanyu.core.text import bigrams

_CODE = re.compile(r"[a-z]?\d[\d.]*")  # a number or a lot like A3: says where, not what
_LONGEST = 4000  # characters; what a report is about it says before


def features(text: str) -> list[str]:
    """Each once, in the order of the text: 井盖坏 is 井盖, 盖坏, 坏, 井, 盖; "Street light 12" is street, light."""
    found: dict[str, None] = {}
    for term in bigrams(text[:_LONGEST]):
        if not _CODE.fullmatch(term):
            found[term] = None
    found.update(dict.fromkeys(single for term in list(found) if is_chinese(term) for single in term))
    return list(found)


def is_chinese(term: str) -> bool:
    return "\u3400" <= term[0] <= "\u9fff"


def alike(one: frozenset[str], other: frozenset[str]) -> float:
    """Share of the features that two texts have in common, 0 to 1."""
    together = len(one | other)
    return len(one & other) / together if together else 0.0
