"""Media types and Link headers of requests (ETSI GS CIM 009, 6.3.4 to 6.3.6): what is taken, what is answered."""

import re
from collections.abc import Sequence

from quanyu.core.errors import Invalid, QuanyuError
from quanyu.twin.ngsild.document.conformance import NEWEST, Version, parse_version

JSON = "application/json"
LD_JSON = "application/ld+json"
GEO_JSON = "application/geo+json"
MERGE_PATCH = "application/merge-patch+json"
ENTITY_MEDIA = (JSON, LD_JSON, GEO_JSON)

_CONTEXT_RELATION = "http://www.w3.org/ns/json-ld#context"
_LINK = re.compile(r"<([^<>]*)>((?:\s*;\s*[^\s=;,\"]+\s*(?:=\s*(?:\"[^\"]*\"|[^\s;,\"]+))?)*)")
_RELATION = re.compile(r";\s*rel\s*=\s*(?:\"([^\"]*)\"|([^\s;,\"]+))", re.IGNORECASE)


class NotAcceptable(QuanyuError):
    """Nothing of what the asker takes is offered."""


def negotiated(accept: str, offered: Sequence[str]) -> str:
    """The offered media type that the asker likes best; among equals the first. Raises NotAcceptable."""
    if not accept.strip():
        return offered[0]
    ranges = [_range(part) for part in accept.split(",")]
    liked = [(_quality(media, ranges), -place, media) for place, media in enumerate(offered)]
    (quality, _), _, media = max(liked)
    if quality <= 0:
        raise NotAcceptable("twin.ngsi.accept", accept=accept[:200], offered=", ".join(offered))
    return media


def plain(accept: str) -> str:
    """JSON, for operations that answer nothing but results and faults. Raises NotAcceptable for GeoJSON (6.3.4)."""
    if GEO_JSON in accept.lower():
        negotiated(accept, (JSON, LD_JSON))
    return JSON


def wanted_version(prefer: str) -> Version | None:
    """The version that `Prefer: ngsi-ld=1.5` names (RFC 7240), at most the newest; None where it names none."""
    for part in re.split("[,;]", prefer):
        name, _, value = part.partition("=")
        if name.strip().lower() == "ngsi-ld" and (version := parse_version(value.strip().strip('"'))):
            return min(version, NEWEST)
    return None


def context_link(header: str) -> str:
    """The URL of the @context that a Link header names, empty where it names none. Raises Invalid for several."""
    found = [
        match[1]
        for match in _LINK.finditer(header)
        for relation in _RELATION.finditer(match[2])
        if _CONTEXT_RELATION in (relation[1] or relation[2]).split()
    ]
    if len(found) > 1:
        raise Invalid("twin.context.links")
    return found[0] if found else ""


def link_to(url: str) -> str:
    return f'<{url}>; rel="{_CONTEXT_RELATION}"; type="{LD_JSON}"'


def _range(part: str) -> tuple[str, float]:
    """One range of an Accept header with its quality; one that cannot be read is never liked."""
    name, *parameters = (one.strip().lower() for one in part.split(";"))
    quality = next((one[2:] for one in parameters if one.startswith("q=")), "1")
    try:
        return name, min(1.0, max(0.0, float(quality)))
    except ValueError:
        return name, 0.0


def _quality(media: str, ranges: Sequence[tuple[str, float]]) -> tuple[float, int]:
    """The quality of the most specific range that covers it, and how specific that one is (RFC 9110, 12.5.1)."""
    kind = media.partition("/")[0]
    for specific, name in ((2, media), (1, f"{kind}/*"), (0, "*/*")):
        fitting = [quality for named, quality in ranges if named == name]
        if fitting:
            return max(fitting), specific
    return 0.0, 0
