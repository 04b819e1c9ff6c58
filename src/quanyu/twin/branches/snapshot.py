"""The document of a snapshot (ETSI GS CIM 009 V1.9.1, 5.2.41): what may be said when it is made, cloned, changed; how it is shown."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from quanyu.core.errors import Invalid
from quanyu.twin.branches.model import Branch, Status
from quanyu.twin.model import Stored
from quanyu.twin.ngsild.document import is_uri, moment_text
from quanyu.twin.ngsild.query import Query, Term, parse_q, targets
from quanyu.twin.ngsild.query.evaluate import matches
from quanyu.twin.ngsild.query.tree import Path
from quanyu.twin.registrations.members import seconds_of
from quanyu.twin.subscriptions.model import Endpoint
from quanyu.twin.subscriptions.parse_notification import parse_endpoint

DEFAULT_LIFE = timedelta(days=30)
_DEFAULT_PRIORITY = 5
_QUERIES, _TEMPORAL = "snapshotQueries", "snapshotTemporalQueries"
_SAID = ("snapshotLifetime", "snapshotPriority", "endpoint", "receiverInfo")
_ONLY_SHOWN = frozenset(
    {
        "snapshotStatus", "snapshotQueriesDetails", "snapshotTemporalQueriesDetails", "createdAt", "modifiedAt",
        "expiresAt", "lastUsedAt",
    }
)  # fmt: skip
_MEMBERS = frozenset({"id", "type", "@context", _QUERIES, _TEMPORAL, *_SAID}) | _ONLY_SHOWN


_NOBODY = "http://localhost"
"""Stands for the endpoint where only what it is told beside is named, to be looked at like any other."""


class Purpose(StrEnum):
    CREATE = "create"
    CLONE = "clone"
    UPDATE = "update"


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """`document` has only what is kept. `queries` are Query objects, those of the past beside them."""

    id: str | None
    document: Mapping[str, Any]
    queries: Sequence[Mapping[str, Any]] = ()
    temporal: Sequence[Mapping[str, Any]] = ()
    lifetime: timedelta | None = None
    endpoint: Endpoint | None = None


def parse_snapshot(body: Any, purpose: Purpose) -> Said:
    """What is only shown is of no account. Raises Invalid."""
    if (
        not isinstance(body, dict)
        or body.get("type", None if purpose is Purpose.CREATE else "Snapshot") != "Snapshot"
    ):
        raise Invalid("twin.branch.type")
    fixed = {_QUERIES, _TEMPORAL} if purpose is not Purpose.CREATE else set()
    if wrong := sorted((body.keys() - _MEMBERS) | (body.keys() & fixed)):
        raise Invalid("twin.branch.member", name=", ".join(wrong)[:200])
    if purpose is Purpose.CREATE and not body.keys() & {_QUERIES, _TEMPORAL}:
        raise Invalid("twin.branch.queries")
    id = body.get("id")
    if id is not None and not is_uri(id):
        raise Invalid("twin.asked.uri", name="id", uri=str(id)[:80])
    priority = body.get("snapshotPriority", _DEFAULT_PRIORITY)
    if isinstance(priority, bool) or not isinstance(priority, int) or not 1 <= priority <= 10:
        raise Invalid("twin.branch.priority")
    kept = {name: body[name] for name in (_QUERIES, _TEMPORAL, *_SAID) if name in body}
    return Said(
        id=id,
        document=kept if purpose is Purpose.UPDATE else {"snapshotPriority": priority, **kept},
        queries=_queries(body, _QUERIES),
        temporal=_queries(body, _TEMPORAL),
        lifetime=_lifetime(body),
        endpoint=_endpoint(body),
    )


def endpoint_of(branch: Branch) -> Endpoint | None:
    return _endpoint(branch.document)


def show_snapshot(branch: Branch) -> dict[str, Any]:
    made: dict[str, Any] = {
        "id": branch.id,
        "type": "Snapshot",
        **branch.document,
        "snapshotStatus": branch.status.value,
        **branch.details,
        "createdAt": moment_text(branch.created),
        "modifiedAt": moment_text(branch.modified),
        "lastUsedAt": moment_text(branch.used),
    }
    return made | ({"expiresAt": moment_text(branch.expires)} if branch.expires else {})


def status_of(results: Sequence[str]) -> Status:
    """Of the results of its queries (5.2.42)."""
    found = set(results)
    if found == {"success"}:
        return Status.SUCCESS
    if "success" in found:
        return Status.PARTIAL
    return Status.EMPTY if "empty" in found else Status.FAILURE


def parse_choice(q: str) -> Term:
    """A query over the members of a snapshot (5.16.7). Raises Invalid."""
    term = parse_q(q, str) if q else None
    if term is None:
        raise Invalid("twin.branch.choice")
    named = {one.names[0] if isinstance(one, Path) else one.name for one in targets(term)}
    if wrong := sorted(named - _MEMBERS):
        raise Invalid("twin.branch.member", name=", ".join(wrong)[:200])
    return term


def is_chosen(branch: Branch, choice: Term) -> bool:
    document = {name: {"type": "Property", "value": value} for name, value in show_snapshot(branch).items()}
    seen = Stored(
        id=branch.id, types=("Snapshot",), dataset="", scope=(), document=document, version=0,
        created=branch.created, modified=branch.modified,
    )  # fmt: skip
    return matches(Query(q=choice), seen)


def _queries(body: Mapping[str, Any], name: str) -> list[Mapping[str, Any]]:
    found = body.get(name, [])
    well = isinstance(found, list) and (found or name not in body)
    if not well or any(not isinstance(one, dict) or one.get("type") != "Query" for one in found):
        raise Invalid("twin.branch.queries")
    if any(("temporalQ" in one) is not (name == _TEMPORAL) for one in found):
        raise Invalid("twin.branch.times")
    return list(found)


def _lifetime(body: Mapping[str, Any]) -> timedelta | None:
    if "snapshotLifetime" not in body:
        return None
    seconds = seconds_of(body["snapshotLifetime"])
    if not seconds:
        raise Invalid("twin.branch.lifetime")
    return timedelta(seconds=seconds)


def expiry(said: Said, now: datetime) -> datetime:
    return now + (said.lifetime or DEFAULT_LIFE)


def _endpoint(body: Mapping[str, Any]) -> Endpoint | None:
    """A URI, with what its receiver wants to be told in `receiverInfo`; an Endpoint (5.2.15) is taken as well."""
    said = body.get("endpoint")
    if said is None and "receiverInfo" not in body:
        return None
    if said is None:
        parse_endpoint({"endpoint": {"uri": _NOBODY, "receiverInfo": body["receiverInfo"]}})
        return None
    if isinstance(said, str):
        said = {"uri": said}
    if isinstance(said, dict) and "receiverInfo" in body:
        said = {"receiverInfo": body["receiverInfo"], **said}
    return parse_endpoint({"endpoint": said})
