"""What a contract allows, and the one place where a query is made to keep to it."""

from quanyu.exchange.policy.govern import Governed, govern
from quanyu.exchange.policy.sources import Relation
from quanyu.exchange.policy.strictest import strictest
from quanyu.exchange.policy.terms import (
    Anonymity,
    Condition,
    Mask,
    MaskKind,
    Noise,
    Operator,
    Rate,
    Span,
    Terms,
    Way,
    check_terms,
)

__all__ = [
    "Anonymity",
    "Condition",
    "Governed",
    "Mask",
    "MaskKind",
    "Noise",
    "Operator",
    "Rate",
    "Relation",
    "Span",
    "Terms",
    "Way",
    "check_terms",
    "govern",
    "strictest",
]
