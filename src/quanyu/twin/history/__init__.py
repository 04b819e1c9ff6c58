"""What was: the log of changes, sealed days, observations that others keep, and corrections over all of them."""

from quanyu.twin.history.observed import BEGINNING, END
from quanyu.twin.history.points import MAX_POINTS, Span, aggregated, histories, history
from quanyu.twin.history.source import PAGE, Archive, HistorySource, NoHistory

__all__ = [
    "BEGINNING",
    "END",
    "MAX_POINTS",
    "PAGE",
    "Archive",
    "HistorySource",
    "NoHistory",
    "Span",
    "aggregated",
    "histories",
    "history",
]
