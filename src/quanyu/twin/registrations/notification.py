"""What a subscriber of registrations is told (ETSI GS CIM 009, 5.3.2, 5.11.7)."""

import uuid
from collections.abc import Mapping, Sequence
from datetime import datetime
from enum import StrEnum
from typing import Any

from quanyu.twin.ngsild.context import CORE_URL, Context
from quanyu.twin.ngsild.document.scalars import moment_text
from quanyu.twin.registrations.forms import shown
from quanyu.twin.registrations.model import Kept
from quanyu.twin.registrations.subscribers import Subscriber
from quanyu.twin.subscriptions.model import Accept


class Reason(StrEnum):
    """5.3.2."""

    NEWLY = "newlyMatching"
    UPDATED = "updated"
    NO_LONGER = "noLongerMatching"


def reason_of(one: Subscriber, before: Kept | None, after: Kept | None, now: datetime) -> Reason | None:
    was = before is not None and one.search.finds(before, now)
    is_now = after is not None and one.search.finds(after, now)
    match was, is_now:
        case False, True:
            return Reason.NEWLY
        case True, True:
            return Reason.UPDATED
        case True, False:
            return Reason.NO_LONGER
    return None


def notification(one: Subscriber, matching: Sequence[Kept], reason: Reason, now: datetime) -> dict[str, Any]:
    """5.3.2, in stored names; of each registration the information that was asked for, of one that no longer matches all."""
    data = []
    for kept in matching:
        document = dict(kept.registration.document)
        if reason is not Reason.NO_LONGER:
            document = one.search.filtered(document, kept.registration)
        data.append(document)
    return {
        "id": f"urn:ngsi-ld:ContextSourceNotification:{uuid.uuid4()}",
        "type": "ContextSourceNotification",
        "subscriptionId": one.kept.subscription.id,
        "notifiedAt": moment_text(now),
        "triggerReason": reason.value,
        "data": data,
    }


def spoken(body: Mapping[str, Any], one: Subscriber, context: Context) -> dict[str, Any]:
    """As the subscriber reads it."""
    made = {**body, "data": [_with_type_lists(shown(document, context)) for document in body["data"]]}
    if one.kept.subscription.endpoint.accept is Accept.LD_JSON:
        made["@context"] = one.kept.context or CORE_URL
    return made


def _with_type_lists(registration: dict[str, Any]) -> dict[str, Any]:
    """5.2.8 allows both; receivers in use count on lists here."""
    information = [
        {**info, "entities": [_typed(one) for one in info["entities"]]} if "entities" in info else info
        for info in registration["information"]
    ]
    return {**registration, "information": information}


def _typed(entity: dict[str, Any]) -> dict[str, Any]:
    return {**entity, "type": [entity["type"]]} if isinstance(entity.get("type"), str) else entity
