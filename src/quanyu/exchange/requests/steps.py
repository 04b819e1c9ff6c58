"""The steps of a request as data: whose each is, to whom it leads, what its clocks go by."""

from typing import Any

import msgspec

from quanyu.core.working_time import Unit
from quanyu.exchange.requests.model import whole_share_type
from quanyu.govern.catalogue.model import Entry, ShareType
from quanyu.workflow.definition.model import TimeLimit

CONSUMER, PROVIDER, AUTHORITY = "share.request", "share.answer", "share.decide"
SIDES = {
    "forward": AUTHORITY, "authorise": AUTHORITY, "return": AUTHORITY, "reject": AUTHORITY, "uphold": AUTHORITY,
    "overrule": AUTHORITY, "accept_report": AUTHORITY, "return_report": AUTHORITY,
    "answer": PROVIDER, "withhold": PROVIDER,
    "resubmit": CONSUMER, "counter": CONSUMER, "sign": CONSUMER, "decline": CONSUMER, "object": CONSUMER,
    "let_be": CONSUMER, "report": CONSUMER, "withdraw": CONSUMER,
}  # fmt: skip
"""Whose each act is."""

SIMPLE = frozenset(
    ("forward", "return", "reject", "uphold", "overrule", "accept_report", "return_report", "withhold", "decline", "object",
     "let_be", "withdraw")
)  # fmt: skip
"""Acts that need no more than a reason."""

MOVED = "share.moved"
"""The event of a request that stands elsewhere now."""

TO_PROVIDER = frozenset(("forward", "counter", "overrule"))
TO_CONSUMER = frozenset(("authorise", "return", "answer", "withhold", "return_report", "end"))

ON_PLATFORM = TimeLimit(amount=5, unit=Unit.WORKING_DAYS)
TO_BE_PUBLISHED = TimeLimit(amount=10, unit=Unit.WORKING_DAYS)


def opening_data(entry: Entry, types: dict[str, ShareType]) -> dict[str, Any]:
    """What guards and clocks go by: of what must first be published the provider has twice the time."""
    limit = ON_PLATFORM if entry.facts.records else TO_BE_PUBLISHED
    return {
        "share_type": int(whole_share_type(types)),
        "answer_limit": msgspec.to_builtins(limit),
        "through": "submit",
    }
