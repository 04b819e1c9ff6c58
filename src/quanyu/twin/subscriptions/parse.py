"""A subscription from outside or from the store (ETSI GS CIM 009, 5.2.12), with every fault that it has."""

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from typing import Any

from quanyu.core.entity import NULL
from quanyu.core.errors import Fault, Invalid
from quanyu.twin.ngsild.document.conformance import Version, parse_version
from quanyu.twin.subscriptions.members import Members, is_uri
from quanyu.twin.subscriptions.model import DEFAULT_TRIGGERS, Selector, Subscription, Trigger
from quanyu.twin.subscriptions.parse_notification import parse_notification

MAX_FAULTS = 50
_READ_ONLY = ("@context", "type", "status", "createdAt", "modifiedAt", "deletedAt")
_PLAIN = ("id", "subscriptionName", "description", "q", "scopeQ", "csf", "lang", "isActive", "expiresAt")
_TIMED = ("timeInterval", "throttling", "datasetId", "jsonldContext")
_DISTRIBUTED = ("localOnly", "splitEntities", "expandValues", "jsonKeys", "ngsildConformance")


def parse_subscription(source: object, *, id: str) -> Subscription:
    """`source` in stored names; `id` where it has none. Raises Invalid with every fault found."""
    if not isinstance(source, dict):
        raise Invalid("twin.subscription.body")
    faults: list[Fault] = []
    members = Members(source, "", faults)
    _check_type(source, members)
    found = _fields(members)
    content, endpoint, notification = parse_notification(members)
    _check_together(members, found)
    members.ignore("id", *_READ_ONLY)
    members.refuse_others()
    if faults or endpoint is None:
        raise Invalid("twin.subscription.invalid", faults=tuple(faults[:MAX_FAULTS]), count=len(faults))
    identifier = members.uri("id") or id
    return Subscription(
        id=identifier,
        endpoint=endpoint,
        content=content,
        body=_body(source, found, notification) | {"id": identifier, "type": "Subscription"},
        **found,
    )


def check_future(expires: datetime | None, now: datetime) -> None:
    """5.8.1, 5.8.2: an end that lies in the past is BadRequestData."""
    if expires is not None and expires <= now:
        raise Invalid("twin.subscription.past", faults=(Fault("twin.subscription.past", "/expiresAt"),))


def _check_type(source: Mapping[str, Any], members: Members) -> None:
    if source.get("type") != "Subscription":
        members.fault("twin.subscription.type", "type")
    if "id" in source and not is_uri(source["id"]):
        members.fault("twin.subscription.uri", "id", name="id")


def _fields(members: Members) -> dict[str, Any]:
    for name in ("subscriptionName", "description"):
        members.text(name)
    members.texts("jsonKeys")
    members.flag("splitEntities", default=False)
    return {
        "entities": tuple(_selector(one) for one in members.objects("entities")),
        "watched": members.names("watchedAttributes"),
        "triggers": _triggers(members),
        "q": members.text("q") or "",
        "scope_q": members.text("scopeQ") or "",
        "csf": members.text("csf") or "",
        "geo_q": _geo_query(members.object("geoQ")),
        "interval": members.number("timeInterval"),
        "throttling": members.number("throttling"),
        "active": members.flag("isActive", default=True),
        "expires": members.moment("expiresAt"),
        "context": members.uri("jsonldContext"),
        "local": members.flag("localOnly", default=False),
        "expand": _names_in(members.texts("expandValues")),
        "conforms_to": _conformance(members),
    }


def _names_in(texts: tuple[str, ...]) -> tuple[str, ...]:
    """Each is one name, or several with commas as a query has them."""
    return tuple(name.strip() for text in texts for name in text.split(",") if name.strip())


def _conformance(members: Members) -> Version | None:
    """4.3.6.8: major.minor."""
    text = members.text("ngsildConformance")
    version = parse_version(text) if text else None
    if text and version is None:
        members.fault("twin.subscription.version", "ngsildConformance", name="ngsildConformance")
    return version


def _selector(members: Members) -> Selector:
    type = members.text("type")
    if type is None:
        members.fault("twin.subscription.missing", "type", name="type")
    ids = members.texts("id")
    if not all(map(is_uri, ids)):
        members.fault("twin.subscription.uri", "id", name="id")
    pattern = members.text("idPattern")
    members.refuse_others()
    return Selector(type=type or "", ids=ids, pattern=pattern)


class _Georel(StrEnum):
    NEAR = "near"
    WITHIN = "within"
    CONTAINS = "contains"
    INTERSECTS = "intersects"
    DISJOINT = "disjoint"
    EQUALS = "equals"
    OVERLAPS = "overlaps"


def _geo_query(members: Members | None) -> Mapping[str, Any] | None:
    """5.2.13. The values themselves are read by whoever understands geo-queries."""
    if members is None:
        return None
    georel, geometry = members.text("georel"), members.text("geometry")
    for name, value in (("georel", georel), ("geometry", geometry)):
        if value is None:
            members.fault("twin.subscription.missing", name, name=name)
    if not members.has("coordinates"):
        members.fault("twin.subscription.missing", "coordinates", name="coordinates")
    if georel is not None and georel.partition(";")[0] not in list(_Georel):
        members.fault("twin.subscription.choice", "georel", name="georel", choices=", ".join(_Georel))
    property = members.text("geoproperty")
    members.refuse_others()
    found = {"georel": georel, "geometry": geometry, "coordinates": members.source.get("coordinates")}
    return found | ({"geoproperty": property} if property else {})


def _triggers(members: Members) -> tuple[Trigger, ...]:
    found = members.texts("notificationTrigger")
    if unknown := [one for one in found if one not in list(Trigger)]:
        members.fault(
            "twin.subscription.choice",
            "notificationTrigger",
            name=unknown[0][:80],
            choices=", ".join(Trigger),
        )
        return DEFAULT_TRIGGERS
    return tuple(map(Trigger, found)) or DEFAULT_TRIGGERS


def _check_together(members: Members, found: Mapping[str, Any]) -> None:
    if not found["local"] and not found["entities"] and not found["watched"]:
        members.fault("twin.subscription.nothing")
    if members.has("localOnly") and not found["local"] and any(one.type == "*" for one in found["entities"]):
        members.fault("twin.subscription.every", "localOnly")
    if found["interval"] is not None:
        if found["throttling"] is not None:
            members.fault("twin.subscription.not_both", "throttling", one="throttling", other="timeInterval")
        if found["watched"]:
            members.fault(
                "twin.subscription.not_both",
                "watchedAttributes",
                one="watchedAttributes",
                other="timeInterval",
            )
    if members.has("temporalQ"):
        members.fault("twin.subscription.temporal", "temporalQ")


def _body(
    source: Mapping[str, Any], found: Mapping[str, Any], notification: Mapping[str, Any]
) -> dict[str, Any]:
    """As the owner reads it: their own members, the default trigger said."""
    body = {
        name: source[name]
        for name in (*_PLAIN, *_TIMED, *_DISTRIBUTED)
        if name in source and source[name] is not None and source[name] != NULL
    }
    if found["entities"]:
        body["entities"] = source["entities"]
    if found["watched"]:
        body["watchedAttributes"] = list(found["watched"])
    if found["geo_q"]:
        body["geoQ"] = found["geo_q"]
    return body | {"notificationTrigger": list(found["triggers"]), "notification": notification}
