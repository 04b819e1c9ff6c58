"""Days that a pack counts: the calendar of Python ends, and the day after its last one is no day."""

from datetime import date

from quanyu.core.errors import Fault, Invalid

_FIRST, _LAST = date(1900, 1, 1), date(2199, 12, 31)


def require_days(**days: date) -> None:
    """Of a question, by name. Raises Invalid with every one that no city counts."""
    faults = tuple(
        Fault("packs.thing.day", f"/{name}", {"day": str(day), "first": str(_FIRST), "last": str(_LAST)})
        for name, day in days.items()
        if not _FIRST <= day <= _LAST
    )
    if faults:
        raise Invalid(faults[0].key, faults=faults, **faults[0].values)
