"""Single members of a registration, each read or noted as a fault with its place (ETSI GS CIM 009, 5.2.9 to 5.2.34)."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any
from urllib.parse import urlsplit

from quanyu.core.errors import Fault, Invalid
from quanyu.twin.ngsild.document import is_scope
from quanyu.twin.ngsild.document.conformance import Version, parse_version
from quanyu.twin.registrations.model import Interval, Management

_HEADER_NAME = re.compile(r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+")
_DURATION = re.compile(
    r"P(?:(?P<weeks>\d+)W)?(?:(?P<days>\d+)D)?"
    r"(?:T(?:(?P<hours>\d+)H)?(?:(?P<minutes>\d+)M)?(?:(?P<seconds>\d+(?:\.\d+)?)S)?)?"
)
_OWN_HEADERS = frozenset(
    {"host", "content-length", "transfer-encoding", "connection", "via", "upgrade", "te", "ngsild-tenant"}
)
"""4.3.6.5: set by the connection or by us, whatever a registration says."""
_PSEUDONYM = re.compile(r"[!#$%&'*+\-.^_`|~0-9A-Za-z]{1,200}")


class Faults:
    """Collects what is wrong, each with its JSON pointer."""

    def __init__(self) -> None:
        self.found: list[Fault] = []

    def add(self, key: str, where: str, **values: object) -> None:
        self.found.append(Fault(f"twin.registration.{key}", where, {"where": where, **values}))

    def raise_if_any(self) -> None:
        if self.found:
            raise Invalid(
                "twin.registration.invalid", faults=tuple(self.found), first=self.found[0].text("en")
            )


def is_uri(value: Any) -> bool:
    """Absolute, as every identifier of NGSI-LD (4.5.1)."""
    if not isinstance(value, str) or not 3 <= len(value) <= 2048 or re.search(r"[\s<>\"{}|\\^`]", value):
        return False
    return re.match(r"[A-Za-z][A-Za-z0-9+.\-]*:.", value) is not None


def seconds_of(value: Any) -> float | None:
    """Of an ISO 8601 duration; None where it is none."""
    found = _DURATION.fullmatch(value) if isinstance(value, str) and 2 < len(value) < 40 else None
    if found is None:
        return None
    return timedelta(
        **{name: float(part) for name, part in found.groupdict().items() if part}
    ).total_seconds()


def uri_of(value: Any, where: str, faults: Faults) -> str:
    if is_uri(value):
        return str(value)
    faults.add("uri", where)
    return ""


def endpoint_of(value: Any, faults: Faults) -> str:
    try:
        parts = urlsplit(value) if isinstance(value, str) and is_uri(value) else None
        right = (
            parts is not None
            and parts.scheme in ("http", "https")
            and bool(parts.hostname)
            and parts.port != 0
        )
    except ValueError:
        right = False
    if not right:
        faults.add("endpoint", "/endpoint")
        return ""
    return str(value).rstrip("/")


def texts_of(value: Any, where: str, faults: Faults) -> tuple[str, ...]:
    """One text or a list of them."""
    found = value if isinstance(value, list) else [] if value is None else [value]
    if not all(isinstance(one, str) and one for one in found):
        faults.add("names", where)
        return ()
    return tuple(found)


def scopes_of(value: Any, where: str, faults: Faults) -> tuple[str, ...]:
    """4.18."""
    found = texts_of(value, where, faults)
    if not all(map(is_scope, found)):
        faults.add("scope", where)
        return ()
    return found


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceInfo:
    """What contextSourceInfo asks for (4.3.6.5, 4.3.6.6): `headers` to send, the @context, the media types, the version."""

    headers: tuple[tuple[str, str], ...] = ()
    context: str | None = None
    accept: str = ""
    content_type: str = ""
    conforms_to: Version | None = None


def pseudonym_of(value: Any, where: str, faults: Faults) -> str | None:
    """5.2.9, contextSourceAlias: a token, as it stands in Via (RFC 7230)."""
    if value is None or (isinstance(value, str) and _PSEUDONYM.fullmatch(value)):
        return value or None
    faults.add("text", where)
    return None


def datasets_of(value: Any, where: str, faults: Faults) -> frozenset[str]:
    """5.2.9: URIs, or @none for the default instances."""
    if value is None:
        return frozenset()
    if not isinstance(value, list) or not value or not all(one == "@none" or is_uri(one) for one in value):
        faults.add("uris", where)
        return frozenset()
    return frozenset(value)


def source_info_of(value: Any, faults: Faults) -> SourceInfo:
    if value is None:
        return SourceInfo()
    if not isinstance(value, list) or not value:
        faults.add("list", "/contextSourceInfo")
        return SourceInfo()
    headers: list[tuple[str, str]] = []
    found: dict[str, Any] = {}
    for place, one in enumerate(value):
        key, text = (one.get("key"), one.get("value")) if isinstance(one, dict) else (None, None)
        if isinstance(key, str) and key in _MEANT:
            member, read = _MEANT[key]
            found[member] = read(text) if isinstance(text, str) else None
            right = found[member] is not None
        else:
            right = _is_header(key, text)
            if right and str(key).lower() not in _OWN_HEADERS:
                headers.append((str(key), str(text)))
        if not right:
            faults.add("key_value", f"/contextSourceInfo/{place}")
    given = {member: one for member, one in found.items() if one is not None}
    return SourceInfo(headers=tuple(headers), **given)


def _media_type(text: str) -> str | None:
    return text if text in ("application/json", "application/ld+json") else None


_MEANT: Mapping[str, tuple[str, Callable[[str], Any]]] = {
    "jsonldContext": ("context", lambda text: text if is_uri(text) else None),
    "accept": ("accept", _media_type),
    "contentType": ("content_type", _media_type),
    "ngsildConformance": ("conforms_to", parse_version),
}
"""4.3.6.6: keys that are no headers, the member they fill and what they may be."""


def _is_header(key: Any, text: Any) -> bool:
    return (
        isinstance(key, str)
        and _HEADER_NAME.fullmatch(key) is not None
        and isinstance(text, str)
        and text.isprintable()
        and text.isascii()
    )


def management_of(value: Any, faults: Faults) -> Management:
    if value is None:
        return Management()
    if not isinstance(value, dict):
        faults.add("management", "/management")
        return Management()
    local_only = value.get("localOnly", False)
    if not isinstance(local_only, bool):
        faults.add("boolean", "/management/localOnly")
    milliseconds = partial(_milliseconds, value, faults=faults)
    return Management(
        local_only=local_only is True,
        cache=duration_of(value.get("cacheDuration"), "/management/cacheDuration", faults),
        timeout=milliseconds("timeout"),
        cooldown=milliseconds("cooldown") or 0.0,
    )


def _milliseconds(value: Mapping[str, Any], name: str, *, faults: Faults) -> float | None:
    number = value.get(name)
    if number is None:
        return None
    if isinstance(number, bool) or not isinstance(number, int | float) or not 1 <= number <= 3_600_000:
        faults.add("milliseconds", f"/management/{name}")
        return None
    return number / 1000


def duration_of(value: Any, where: str, faults: Faults) -> float:
    if value is None:
        return 0.0
    seconds = seconds_of(value)
    if seconds is None:
        faults.add("duration", where)
    return seconds or 0.0


def interval_of(value: Any, where: str, faults: Faults) -> Interval | None:
    if value is None:
        return None
    start = moment_of(value.get("startAt"), f"{where}/startAt", faults) if isinstance(value, dict) else None
    if start is None:
        faults.add("interval", where)
        return None
    end = moment_of(value.get("endAt"), f"{where}/endAt", faults)
    if end is not None and end < start:
        faults.add("interval", where)
    return Interval(start, end)


def moment_of(value: Any, where: str, faults: Faults) -> datetime | None:
    if value is None:
        return None
    try:
        moment = datetime.fromisoformat(value.strip()) if isinstance(value, str) and len(value) < 60 else None
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None:
        faults.add("moment", where)
        return None
    return moment
