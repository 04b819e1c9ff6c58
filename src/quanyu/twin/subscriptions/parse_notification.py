"""The part of a subscription that says what is sent where (ETSI GS CIM 009, 5.2.14, 5.2.15, 5.2.22)."""

import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from quanyu.core.entity import NULL
from quanyu.core.errors import Invalid
from quanyu.twin.subscriptions.members import Members, is_uri
from quanyu.twin.subscriptions.model import Accept, Content, Endpoint, Form, Join

MQTT_SCHEMES = ("mqtt", "mqtts")
SCHEMES = ("http", "https", *MQTT_SCHEMES)
MQTT_VERSIONS = ("mqtt3.1.1", "mqtt5.0")

MAX_JOIN_LEVEL = 10
_COUNTED = ("status", "timesSent", "timesFailed", "lastNotification", "lastSuccess", "lastFailure")
_TOKEN = re.compile(r"[!#$%&'*+\-.^_`|~0-9A-Za-z]{1,200}")
_FRAMING = frozenset(
    {
        "host",
        "content-length",
        "transfer-encoding",
        "connection",
        "upgrade",
        "te",
        "trailer",
        "expect",
        "keep-alive",
    }
)
_SIMPLE = (Form.SIMPLIFIED, Form.KEY_VALUES)


def parse_notification(members: Members) -> tuple[Content, Endpoint | None, Mapping[str, Any]]:
    """What is sent, where to, and both as the owner reads them. No endpoint where there is a fault about it."""
    found = members.object("notification")
    if found is None:
        if not members.has("notification"):
            members.fault("twin.subscription.missing", "notification", name="notification")
        return Content(), None, {}
    content = _content(found, members)
    endpoint = _endpoint(found)
    found.ignore(*_COUNTED)
    found.refuse_others()
    body = {
        name: value
        for name, value in found.source.items()
        if name not in _COUNTED and value is not None and value != NULL
    }
    for name, names in (("attributes", content.attributes), ("pick", content.pick), ("omit", content.omit)):
        if names:
            body[name] = list(names)
    return content, endpoint, body


def parse_endpoint(source: Mapping[str, Any]) -> Endpoint:
    """The member `endpoint` of anything else that notifies (5.2.15). Raises Invalid."""
    members = Members(source, "", [])
    found = _endpoint(members)
    if members.faults or found is None:
        raise Invalid("twin.subscription.endpoint", faults=tuple(members.faults), count=len(members.faults))
    return found


def _content(found: Members, members: Members) -> Content:
    attributes, pick, omit = found.names("attributes"), found.texts("pick"), found.texts("omit")
    _check_projections(found, attributes, pick, omit)
    form = found.choice("format", Form, Form.NORMALIZED)
    show_changes = found.flag("showChanges", default=False)
    if show_changes and form in _SIMPLE:
        found.fault("twin.subscription.not_both", "showChanges", one="showChanges", other=f"format {form}")
    join = found.choice("join", Join, Join.NONE)
    level = found.number("joinLevel")
    if level is not None and (level != int(level) or level > MAX_JOIN_LEVEL):
        found.fault("twin.subscription.whole", "joinLevel", name="joinLevel", most=MAX_JOIN_LEVEL)
    if level is not None and join is Join.NONE:
        found.fault("twin.subscription.needs", "joinLevel", one="joinLevel", other="join")
    for name, names in (("pick", pick), ("omit", omit)):
        if join is Join.NONE and any("{" in one for one in names):
            found.fault("twin.subscription.needs", name, one=name, other="join")
    datasets = members.texts("datasetId")
    if not all(one == "@none" or is_uri(one) for one in datasets):
        members.fault("twin.subscription.uri", "datasetId", name="datasetId")
    return Content(
        attributes=attributes,
        pick=pick,
        omit=omit,
        form=Form.SIMPLIFIED if form is Form.KEY_VALUES else form,
        sys_attrs=found.flag("sysAttrs", default=False),
        show_changes=show_changes,
        join=join,
        join_level=int(level or 1),
        lang=members.text("lang"),
        dataset_ids=datasets,
    )


def _check_projections(
    found: Members, attributes: tuple[str, ...], pick: tuple[str, ...], omit: tuple[str, ...]
) -> None:
    """5.2.14, 4.21: pick and omit stand beside each other, but not for one member, and not beside attributes."""
    for name, names in (("pick", pick), ("omit", omit)):
        if attributes and names:
            found.fault("twin.subscription.not_both", name, one=name, other="attributes")
    if twice := set(pick) & set(omit):
        found.fault("twin.subscription.pick_and_omit", "omit", name=min(twice))


def _endpoint(found: Members) -> Endpoint | None:
    members = found.object("endpoint")
    if members is None:
        if not found.has("endpoint"):
            found.fault("twin.subscription.missing", "endpoint", name="endpoint")
        return None
    uri = members.uri("uri")
    if uri is None:
        if not members.has("uri"):
            members.fault("twin.subscription.missing", "uri", name="uri")
        return None
    if not _callable(uri):
        members.fault("twin.subscription.scheme", "uri", schemes=", ".join(SCHEMES))
        return None
    timeout, cooldown = members.number("timeout"), members.number("cooldown")
    endpoint = Endpoint(
        uri=uri,
        accept=members.choice("accept", Accept, Accept.JSON),
        timeout=None if timeout is None else timeout / 1000,
        cooldown=None if cooldown is None else cooldown / 1000,
        receiver_info=_receiver_info(members),
        notifier_info=_notifier_info(members),
    )
    members.refuse_others()
    return endpoint


def _callable(uri: str) -> bool:
    try:
        parts = urlsplit(uri)
        port = parts.port
    except ValueError:
        return False
    topic = parts.scheme not in MQTT_SCHEMES or len(parts.path) > 1
    return parts.scheme in SCHEMES and bool(parts.hostname) and port != 0 and topic


def _receiver_info(members: Members) -> tuple[tuple[str, str], ...]:
    """Headers of an HTTP call: those that hold the message together are the system's."""
    pairs = _pairs(members, "receiverInfo")
    for key, value in pairs:
        if not _TOKEN.fullmatch(key) or key.lower() in _FRAMING or any(sign in value for sign in "\r\n\0"):
            members.fault("twin.subscription.header", "receiverInfo", name=key[:80])
    return pairs


def _notifier_info(members: Members) -> dict[str, str]:
    """7.2: MQTT-Version and MQTT-QoS; others are kept for bindings to come."""
    found = dict(_pairs(members, "notifierInfo"))
    if found.get("MQTT-Version", MQTT_VERSIONS[0]) not in MQTT_VERSIONS:
        members.fault(
            "twin.subscription.choice", "notifierInfo", name="MQTT-Version", choices=", ".join(MQTT_VERSIONS)
        )
    if found.get("MQTT-QoS", "0") not in ("0", "1", "2"):
        members.fault("twin.subscription.choice", "notifierInfo", name="MQTT-QoS", choices="0, 1, 2")
    return found


def _pairs(members: Members, name: str) -> tuple[tuple[str, str], ...]:
    pairs = []
    for one in members.objects(name):
        key, value = one.text("key"), one.source.get("value")
        one.ignore("value")
        one.refuse_others()
        if key is None or not isinstance(value, str | int) or isinstance(value, bool):
            one.fault("twin.subscription.pair", name)
        else:
            pairs.append((key, str(value)))
    return tuple(pairs)
