"""A subscription as it is answered (ETSI GS CIM 009, 5.2.12): its members in the names of the asker's @context."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from quanyu.twin.ngsild.context.model import Context
from quanyu.twin.ngsild.document.scalars import moment_text
from quanyu.twin.subscriptions.model import Kept, Tally
from quanyu.twin.subscriptions.names import renamed


def show_subscription(
    kept: Kept, context: Context, *, now: datetime, sys_attrs: bool = False
) -> dict[str, Any]:
    body = renamed(kept.subscription.body, context.term) | {"status": kept.subscription.status(now)}
    body["notification"] = _notification(body["notification"], kept.tally)
    if kept.context is not None:
        body.setdefault("jsonldContext", kept.context)
    if sys_attrs:
        body |= {"createdAt": moment_text(kept.created), "modifiedAt": moment_text(kept.modified)}
    return body


def _notification(given: Mapping[str, Any], tally: Tally) -> dict[str, Any]:
    """5.2.14.2: what the system adds is there from the first notification on."""
    made = dict(given)
    if tally.sent:
        made |= {"timesSent": tally.sent, "timesFailed": tally.failed, "status": _outcome(tally)}
    for name, at in (
        ("lastNotification", tally.last_notification),
        ("lastSuccess", tally.last_success),
        ("lastFailure", tally.last_failure),
    ):
        if at is not None:
            made[name] = moment_text(at)
    return made


def _outcome(tally: Tally) -> str:
    if tally.last_failure is None:
        return "ok"
    return "ok" if tally.last_success is not None and tally.last_success >= tally.last_failure else "failed"
