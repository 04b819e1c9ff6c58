"""Where the following part of a list begins, as a token that an asker hands back unread."""

import base64
import binascii
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Generic, TypeVar

import msgspec

from quanyu.core.errors import Invalid

Place = TypeVar("Place")
Item = TypeVar("Item")

MOST = 2**63 - 1
"""What the database counts to."""
_EARLIEST = datetime(1, 1, 1, tzinfo=UTC)

NEWEST = (datetime.max.replace(tzinfo=UTC), "")
"""Before the first line of a list that has the newest first, by time and id."""


@dataclass(frozen=True, slots=True)
class Page(Generic[Item]):
    """One part of a list. `next` is the token that the following part is asked for with; None where this is the last."""

    items: tuple[Item, ...]
    next: str | None


def page_of(found: Sequence[Item], limit: int, place: Callable[[Item], Any]) -> Page[Item]:
    """The first `limit` of what was found; the list is known to go on where one more was found than are shown."""
    shown = tuple(found[:limit])
    return Page(shown, page_token(place(shown[-1])) if len(found) > limit else None)


def page_token(place: Any) -> str:
    """Of anything that JSON can say; safe in a URL as it is."""
    return base64.urlsafe_b64encode(msgspec.json.encode(place)).decode().rstrip("=")


def place_of(token: str, kind: type[Place], *, refusal: str) -> Place:
    """What the token was made of. Raises Invalid with the key `refusal` for what no list has given out."""
    try:
        raw = base64.urlsafe_b64decode(token + "=" * (-len(token) % 4))
        place = msgspec.json.decode(raw, type=kind)
    except (binascii.Error, ValueError, msgspec.DecodeError, RecursionError):
        raise Invalid(refusal, token=token[:80]) from None
    if b"\\u0000" in raw or not _is_held(place):
        raise Invalid(refusal, token=token[:80])
    return place


def _is_held(place: Any) -> bool:
    """By the database, as everything is that a list has given out."""
    match place:
        case int():
            return -MOST <= place <= MOST
        case datetime():
            return place.tzinfo is not None and _EARLIEST <= place <= NEWEST[0]
        case tuple():
            return all(map(_is_held, place))
        case msgspec.Struct():
            return all(map(_is_held, msgspec.structs.astuple(place)))
        case _:
            return True


def place_in_time(token: str | None, *, refusal: str) -> tuple[datetime, str]:
    """Where a list goes on that has the newest first, by time and id. Raises Invalid as `place_of`."""
    return NEWEST if token is None else place_of(token, tuple[datetime, str], refusal=refusal)
