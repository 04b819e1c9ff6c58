"""What a notification says of an entity (ETSI GS CIM 009, 5.3.1, 5.8.6)."""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from quanyu.twin.conformant import conformant
from quanyu.twin.model import Stored
from quanyu.twin.ngsild.context import CORE_URL, Context
from quanyu.twin.ngsild.document import Form, Representation, moment_text, parse_languages, show
from quanyu.twin.ngsild.query import Projection, parse_projection
from quanyu.twin.subscriptions.change import Change, Happened, is_removed
from quanyu.twin.subscriptions.concern import deleted_names
from quanyu.twin.subscriptions.index import Watch
from quanyu.twin.subscriptions.model import Accept, Content, Kept, Trigger
from quanyu.twin.subscriptions.removal import by_dataset, nulled, whole, with_previous


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """A change, the entity after it (as it was, if it is gone), and what its attributes were, as far as somebody asks."""

    change: Change
    what: Happened
    entity: Stored
    before: Mapping[str, Any] = field(default_factory=dict)


def notification(kept: Kept, entities: Sequence[dict[str, Any]], *, now: datetime) -> dict[str, Any]:
    """5.3.1. `entities` as `entity_told` makes them; as GeoJSON they become one collection."""
    data: Any = list(entities)
    if kept.subscription.endpoint.accept is Accept.GEO_JSON:
        data = {"type": "FeatureCollection", "features": data}
        if not _prefers_json(kept):
            data["@context"] = context_of(kept)
    return {
        "id": f"urn:ngsi-ld:Notification:{uuid.uuid4()}",
        "type": "Notification",
        "subscriptionId": kept.subscription.id,
        "notifiedAt": moment_text(now),
        "data": data,
    }


def context_of(kept: Kept) -> str:
    return kept.context or CORE_URL


def entity_told(watch: Watch, kept: Kept, event: Event, context: Context) -> dict[str, Any]:
    """The entity as the subscriber wants it shown, with what left and what was before."""
    content = kept.subscription.content
    document = _document(watch, content, event)
    told = conformant(replace(event.entity, document=document), kept.subscription.conforms_to, context)
    made = show(told, context, representation(kept))
    deleted = moment_text(event.change.at) if event.what.entity is Trigger.ENTITY_DELETED else ""
    return with_context(_with_deletion(made, deleted), kept)


def shown(kept: Kept, entity: Stored, context: Context, *, deleted: str = "") -> dict[str, Any]:
    """As it is, whatever happened to it. `deleted`: when it was, if it is gone."""
    told = conformant(entity, kept.subscription.conforms_to, context)
    return with_context(_with_deletion(show(told, context, representation(kept)), deleted), kept)


def _with_deletion(made: dict[str, Any], deleted: str) -> dict[str, Any]:
    """5.8.6: of an entity that is gone, the moment is always told."""
    if deleted:
        members = made["properties"] if made.get("type") == "Feature" and "properties" in made else made
        members["deletedAt"] = deleted
    return made


def as_seen(event: Event, entity: Stored) -> Event:
    """The event for somebody who sees only this of the entity, and nothing of what it was."""
    return replace(event, entity=entity, before={}, change=replace(event.change, was={}))


def with_context(shown: dict[str, Any], kept: Kept) -> dict[str, Any]:
    if kept.subscription.endpoint.accept is Accept.LD_JSON:
        return {**shown, "@context": context_of(kept)}
    return shown


def representation(kept: Kept) -> Representation:
    content = kept.subscription.content
    geographic = kept.subscription.endpoint.accept is Accept.GEO_JSON
    return Representation(
        form=Form(content.form.value),
        attributes=frozenset(content.attributes),
        pick=frozenset(projection(content.pick).members),
        omit=frozenset(projection(content.omit).members),
        system=content.sys_attrs,
        languages=parse_languages(content.lang or ""),
        datasets=frozenset(content.dataset_ids),
        geometry="location" if geographic else "",
    )


def projection(names: tuple[str, ...]) -> Projection:
    return parse_projection(",".join(names), _same, "pick") if names else Projection()


def _document(watch: Watch, content: Content, event: Event) -> dict[str, Any]:
    deleted = moment_text(event.change.at) if content.sys_attrs else None
    if event.what.entity is Trigger.ENTITY_DELETED:
        return _of_deleted(watch, content, event, deleted)
    document = dict(event.entity.document)
    for name in deleted_names(watch, event.what):
        document[name] = _with_removed(event, name, content, deleted)
    if content.show_changes:
        for name in event.change.attrs.keys() & event.entity.document.keys():
            document[name] = _with_changes(event, name, document[name])
    return document


def _of_deleted(watch: Watch, content: Content, event: Event, deleted: str | None) -> dict[str, Any]:
    """Nothing of what it was, but what somebody asked for by attribute or by showChanges."""
    names = set(deleted_names(watch, event.what))
    if content.show_changes and Trigger.ENTITY_DELETED in watch.triggers:
        names |= event.entity.document.keys()
    return {
        name: _gone(event.entity.document[name], content, deleted)
        for name in event.entity.document
        if name in names
    }


def _gone(content_before: Any, content: Content, deleted: str | None) -> dict[str, Any]:
    before = whole(content_before)
    made = nulled(before, deleted=deleted)
    return with_previous(made, before) if content.show_changes else made


def _with_removed(event: Event, name: str, content: Content, deleted: str | None) -> Any:
    """An attribute of which an instance, or everything, has left."""
    left = event.change.attrs.get(name)
    if left is None:
        was = event.change.was.get(name) or event.before.get(name)
        return _gone(was, content, deleted) if was else nulled({"type": "Property"}, deleted=deleted)
    before = by_dataset(event.before.get(name))
    made = by_dataset(event.entity.document.get(name))
    for dataset, one in by_dataset(left).items():
        if is_removed(one):
            stamped = {**before.get(dataset, {}), **one}
            gone = nulled(stamped, deleted=deleted)
            made[dataset] = with_previous(gone, before.get(dataset)) if content.show_changes else gone
    found = list(made.values())
    return found if len(found) > 1 else found[0]


def _with_changes(event: Event, name: str, content: Any) -> Any:
    before, changed = by_dataset(event.before.get(name)), by_dataset(event.change.attrs[name])
    several = content if isinstance(content, list) else [content]
    made = [
        with_previous(one, before.get(one.get("datasetId")))
        if one.get("datasetId") in changed and not is_removed(one)
        else one
        for one in several
    ]
    return made if isinstance(content, list) else made[0]


def _prefers_json(kept: Kept) -> bool:
    return any(
        key.lower() == "prefer" and "body=json" in value
        for key, value in kept.subscription.endpoint.receiver_info
    )


def _same(name: str) -> str:
    return name
