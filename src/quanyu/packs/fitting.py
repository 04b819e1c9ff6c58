"""When what a company delivers fits its door: one measure for every pack."""

from datetime import timedelta

LOOKS_BACK = timedelta(days=31)
"""Over how long a report of conformance counts."""

_GOOD, _LATEST_SECONDS = 0.98, 900.0


def fits(*, accepted: int, refused: int, lag: float | None) -> bool:
    """98 of 100 records good and, where they tell of moments, within a quarter of an hour in the mean; nothing delivered fits nothing.
    `lag` in seconds."""
    received = accepted + refused
    return received > 0 and accepted >= _GOOD * received and (lag is None or lag <= _LATEST_SECONDS)
