"""An entity while it is being written, and what one change does to it. Pure."""

from collections.abc import Mapping
from datetime import UTC, datetime
from enum import IntEnum
from typing import Any, Protocol

import msgspec

from quanyu.core.entity import NULL, instances, observed_of


class Op(IntEnum):
    """What a change did; stored as a number in `change.op`.

    RECORD adds to the temporal evolution alone (5.6.11, 5.6.12): state, subscriptions and rules pass it over.
    """

    MERGE = 1
    REPLACE = 2
    DELETE = 3
    REMOVE = 4
    RECORD = 5


class State(msgspec.Struct, frozen=True, kw_only=True):
    """An entity as a change finds or leaves it. Its document is never changed in place.

    `renewed`: when all of it was replaced, so that attributes without moments of their own are younger than the entity.
    `version` is that of the stored row, 0 where there is none. `due`: not later than the first moment at which
    something in it expires. `observed`: the newest observedAt that it ever had.
    """

    types: tuple[str, ...]
    document: Mapping[str, Any]
    created: datetime
    renewed: datetime | None = None
    scope: tuple[str, ...] = ()
    dataset: str = ""
    expires: datetime | None = None
    due: datetime | None = None
    observed: datetime | None = None
    version: int = 0


class Effect(msgspec.Struct, frozen=True):
    """What a change did: the entity afterwards (None: it is gone), and what the log says about it.

    `attrs` are the changed instances by attribute, None where one was removed; `was` what left; `observed` the newest
    observedAt in `attrs`. An effect whose `after` is the state before changed nothing and is not logged. `told` is for
    whoever asked for the change.
    """

    after: State | None
    op: Op
    attrs: Mapping[str, Any] = {}
    was: Mapping[str, Any] | None = None
    observed: datetime | None = None
    told: Any = None


class Change(Protocol):
    """One change of one entity. `apply` raises a QuanyuError where it is refused; it may be asked several times."""

    @property
    def id(self) -> str: ...
    @property
    def actor(self) -> str: ...
    @property
    def cause(self) -> str | None: ...

    def apply(self, before: State | None, now: datetime) -> Effect: ...


def nothing(state: State | None, told: Any = None) -> Effect:
    return Effect(state, Op.MERGE, told=told)


def gone(state: State) -> Effect:
    """The entity is deleted; the log keeps what it was."""
    return Effect(None, Op.DELETE, {}, state.document)


def new(
    types: tuple[str, ...], document: Mapping[str, Any], now: datetime,
    *, scope: tuple[str, ...] = (), dataset: str = "", expires: datetime | None = None, op: Op = Op.REPLACE,
) -> Effect:  # fmt: skip
    """An entity that was not there before."""
    observed = observed_of(document)
    after = State(
        types=types, document=document, created=now, scope=scope, dataset=dataset, expires=expires,
        due=due_of(document, expires), observed=observed,
    )  # fmt: skip
    attrs = {**document, "scope": scope_instance(scope)} if scope else document
    return Effect(after, op, attrs, None, observed)


def replaced(
    before: State, document: Mapping[str, Any], attrs: Mapping[str, Any], *,
    types: tuple[str, ...], scope: tuple[str, ...], expires: datetime | None, dataset: str, renewed: datetime | None = None,
) -> Effect:  # fmt: skip
    """Everything of the entity is new but its creation; in `attrs` what was there and is no longer is None.

    `renewed`: the attributes count as created now; the log says so by telling what left, even where that is nothing.
    """
    observed = observed_of(document)
    after = State(
        types=types, document=document, created=before.created, renewed=renewed or before.renewed, scope=scope,
        dataset=dataset, expires=expires, due=due_of(document, expires), observed=observed, version=before.version,
    )  # fmt: skip
    was = {name: before.document[name] for name in attrs if attrs[name] is None}
    said = attrs if was else document
    if scope != before.scope:
        said = {**said, "scope": scope_instance(scope)}
    return Effect(after, Op.REPLACE, said, was if renewed else was or None, observed)


def changed(
    before: State, document: Mapping[str, Any], attrs: Mapping[str, Any], *, told: Any = None, **others: Any
) -> Effect:
    """Some attributes changed: `attrs` as the log has them. `others` are members of the State that change too."""
    present = {name: value for name, value in attrs.items() if value is not None}
    removed = len(present) < len(attrs)
    was = {name: before.document[name] for name in attrs if attrs[name] is None and name in before.document}
    observed = observed_of(present)
    expires = others.get("expires", before.expires)
    dues = [one for one in (before.due, due_of(present, expires)) if one is not None]
    after = State(
        types=others.get("types", before.types),
        document=document,
        created=before.created,
        renewed=before.renewed,
        scope=others.get("scope", before.scope),
        dataset=others.get("dataset", before.dataset),
        expires=expires,
        due=min(dues) if dues else None,
        observed=max(filter(None, (before.observed, observed)), default=None),
        version=before.version,
    )
    return Effect(after, Op.REMOVE if removed else Op.MERGE, attrs, was or None, observed, told)


def scope_instance(scope: tuple[str, ...]) -> dict[str, Any] | None:
    """The scope as the log has it among the attributes (4.5.6); `scope` is no name of one."""
    return {"type": "Property", "value": list(scope)} if scope else None


def swept(state: State, now: datetime) -> Effect | None:
    """What time itself did to a transient entity: it or some of its attributes are gone, or nothing."""
    if state.due is None or state.due > now:
        return None
    if state.expires is not None and state.expires <= now:
        return gone(state)
    document = living(state.document, now)
    attrs: dict[str, Any] = {}
    for name, value in state.document.items():
        if over := [one for one in instances(value) if _is_over(one, now)]:
            attrs[name] = [removed_instance(one) for one in over] if name in document else None
    effect = changed(state, document, attrs)
    assert effect.after is not None
    due = due_of(document, state.expires)
    return msgspec.structs.replace(effect, op=Op.REMOVE, after=msgspec.structs.replace(effect.after, due=due))


def living(document: Mapping[str, Any], now: datetime) -> dict[str, Any]:
    """The document without the instances that are over."""
    made: dict[str, Any] = {}
    for name, value in document.items():
        kept = [one for one in instances(value) if not _is_over(one, now)]
        if kept:
            made[name] = kept if len(kept) > 1 else kept[0]
    return made


def removed_instance(instance: Mapping[str, Any]) -> dict[str, Any]:
    """How the log says that one instance of several left: its dataset and the NGSI-LD Null."""
    named = {"datasetId": instance["datasetId"]} if "datasetId" in instance else {}
    return {"type": instance["type"], **named, "value": NULL}


def due_of(document: Mapping[str, Any], expires: datetime | None) -> datetime | None:
    """The first moment at which something of it expires."""
    moments = []
    for value in document.values():
        for one in value if type(value) is list else (value,):
            if "expiresAt" in one:
                moments.append(moment_of(one["expiresAt"]))
    if expires is not None:
        moments.append(expires)
    return min(moments) if moments else None


def moment_of(text: str) -> datetime:
    moment = datetime.fromisoformat(text)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _is_over(instance: Mapping[str, Any], now: datetime) -> bool:
    return "expiresAt" in instance and moment_of(instance["expiresAt"]) <= now
