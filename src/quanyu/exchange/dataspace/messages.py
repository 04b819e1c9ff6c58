"""The messages of the protocol as JSON-LD: read with what the schema asks for, written so that it fits the schema."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from quanyu.core.errors import Invalid, NotFound
from quanyu.exchange.dataspace.model import Json, NegotiationRow, Row
from quanyu.exchange.dataspace.protocol import CONTEXT

CATALOG = "Catalog"
_LONGEST = 500


def message(type_: str, **members: Any) -> Json:
    return {"@context": [CONTEXT], "@type": type_, **members}


def acknowledged(found: Row) -> Json:
    """Where it stands: the answer to whatever is taken."""
    type_ = "ContractNegotiation" if isinstance(found, NegotiationRow) else "TransferProcess"
    return message(type_, **found.pids, state=found.state)


def error(type_: str, *, code: str, reason: list[str], pids: Mapping[str, str]) -> Json:
    return message(type_, **pids, code=code, reason=reason)


def check(body: Mapping[str, Any], type_: str, found: Row | None = None) -> None:
    """Raises Invalid for another message or one that is about something else, NotFound where it is about somebody else's."""
    context = body.get("@context")
    if CONTEXT not in (context if isinstance(context, list) else [context]):
        raise Invalid("exchange.dataspace.member", member="@context")
    if body.get("@type") != type_:
        raise Invalid("exchange.dataspace.member", member="@type")
    for member, pid in (found.pids if found else {}).items():
        if pid and text(body, member) != pid:
            raise NotFound("exchange.unknown", id=text(body, member)[:40])


def text(body: Mapping[str, Any], member: str) -> str:
    """A member that must be there. Raises Invalid."""
    value = body.get(member)
    if isinstance(value, Mapping):
        value = value.get("@id")
    if not isinstance(value, str) or not value or len(value) > _LONGEST:
        raise Invalid("exchange.dataspace.member", member=member)
    return value


def part(body: Mapping[str, Any], member: str, type_: str) -> Mapping[str, Any]:
    """An object within a message: an offer, an agreement, a data address. Raises Invalid."""
    value = body.get(member)
    if not isinstance(value, Mapping) or value.get("@type", type_) != type_:
        raise Invalid("exchange.dataspace.member", member=member)
    return value


def callback(body: Mapping[str, Any]) -> str:
    """Only what can be called; whether it may be called is asked when it is."""
    url = text(body, "callbackAddress").rstrip("/")
    try:
        scheme = urlsplit(url).scheme
    except ValueError:
        scheme = ""
    if scheme not in ("http", "https"):
        raise Invalid("exchange.dataspace.member", member="callbackAddress")
    return url
