"""How a stored entity is shown: normalized, concise, simplified (ETSI GS CIM 009, 4.5.4, 4.5.17) or as GeoJSON (4.5.16)."""

from collections.abc import Callable, Collection, Mapping
from datetime import datetime
from typing import Any, Protocol

from quanyu.core.entity import VALUE_MEMBER, Kind
from quanyu.twin.ngsild.context import CORE, Context
from quanyu.twin.ngsild.document.members import CARRIERS, DEFAULT_INSTANCE, NAMES, OF_BROKER, PLAIN, STAMPS
from quanyu.twin.ngsild.document.representation import NORMALIZED, Form, Representation
from quanyu.twin.ngsild.document.scalars import moment_text
from quanyu.twin.ngsild.document.values import is_geometry


class Showable(Protocol):
    """A `Stored`, or anything that is like it."""

    @property
    def id(self) -> str: ...
    @property
    def types(self) -> tuple[str, ...]: ...
    @property
    def scope(self) -> tuple[str, ...]: ...
    @property
    def document(self) -> Mapping[str, Any]: ...
    @property
    def created(self) -> datetime: ...
    @property
    def modified(self) -> datetime: ...


def show(
    entity: Showable, context: Context = CORE, representation: Representation = NORMALIZED
) -> dict[str, Any]:
    """A JSON object without @context; a Feature where `representation.geometry` is given. Never changes the stored one."""
    shown = _Shown(context, representation)
    members = shown.head(entity)
    all_, names = representation.has_all, context.shown_names
    for name, value in entity.document.items():
        if all_ or representation.has(name):
            content = shown.attribute(value, entity)
            if content is not _NOTHING:
                members[names[name]] = content
    return shown.feature(entity, members) if representation.geometry else members


def show_attribute(
    entity: Showable, name: str, context: Context = CORE, representation: Representation = NORMALIZED
) -> Any:
    """One attribute alone: an instance, or a list of them. Raises KeyError where the entity does not have it."""
    return _Shown(context, representation).attribute(entity.document[name], entity)


def shower(context: Context, representation: Representation) -> Callable[[Mapping[str, Any]], dict[str, Any]]:
    """Shows instances one by one and without their times, as the parts of a temporal evolution (4.5.7)."""
    shown = _Shown(context, representation)

    def show_one(instance: Mapping[str, Any]) -> dict[str, Any]:
        made: dict[str, Any] = shown.instance(instance, {})
        return made

    return show_one


def simple_value(instance: Mapping[str, Any]) -> Any:
    """What the simplified form shows of one instance, by stored names."""
    return _Shown(CORE, Representation(form=Form.SIMPLIFIED)).simple(instance)


def collection(features: list[dict[str, Any]]) -> dict[str, Any]:
    """4.5.16.2."""
    return {"type": "FeatureCollection", "features": features}


class _Shown:
    """One context and representation, applied to parts of an entity."""

    __slots__ = ("_context", "_names", "_plain", "_what")

    def __init__(self, context: Context, representation: Representation) -> None:
        self._context = context
        self._names = context.shown_names
        self._what = representation
        self._plain = (
            context.is_core
            and representation.form is Form.NORMALIZED
            and not representation.system
            and representation.languages is None
            and not representation.datasets
        )

    def head(self, entity: Showable) -> dict[str, Any]:
        what, made = self._what, dict[str, Any]()
        if what.has_member("id"):
            made["id"] = entity.id
        if what.has_member("type"):
            made["type"] = _one_or_list([self._names[one] for one in entity.types])
        if entity.scope and what.has_member("scope"):
            made["scope"] = _one_or_list(list(entity.scope))
        if what.has_member("expiresAt") and (expires := getattr(entity, "expires", None)):
            made["expiresAt"] = moment_text(expires)
        if what.system:
            made["createdAt"] = moment_text(entity.created)
            made["modifiedAt"] = moment_text(entity.modified)
        return made

    def attribute(self, value: Any, entity: Showable) -> Any:
        if self._plain:
            return [_unstamped(one) for one in value] if isinstance(value, list) else _unstamped(value)
        several = value if isinstance(value, list) else [value]
        if self._what.datasets:
            several = [
                one for one in several if one.get("datasetId", DEFAULT_INSTANCE) in self._what.datasets
            ]
            if not several:
                return _NOTHING
        if self._what.form is Form.SIMPLIFIED:
            return self._simplified(several)
        made = [self.instance(one, self._stamps(one, entity)) for one in several]
        return made if len(made) > 1 else self._alone(made[0])

    def feature(self, entity: Showable, members: dict[str, Any]) -> dict[str, Any]:
        """4.5.16.1: the geometry also stays among the properties."""
        id = members.pop("id", None)
        head = {"id": id} if id else {}
        geometry = _geometry(entity.document.get(self._what.geometry), self._what.datasets)
        return {**head, "type": "Feature", "geometry": geometry, "properties": members}

    def _stamps(self, instance: Mapping[str, Any], entity: Showable) -> dict[str, str]:
        if not self._what.system:
            return {}
        created = instance.get("createdAt") or moment_text(getattr(entity, "renewed", None) or entity.created)
        return {"createdAt": created, "modifiedAt": instance.get("modifiedAt") or created}

    def _simplified(self, several: list[dict[str, Any]]) -> Any:
        if len(several) == 1:
            return self.simple(several[0])
        return {"dataset": {one.get("datasetId", DEFAULT_INSTANCE): self.simple(one) for one in several}}

    def simple(self, instance: Mapping[str, Any]) -> Any:
        kind = instance["type"]
        if kind == Kind.LANGUAGE and self._what.languages:
            return self._what.languages.choose(_texts(instance))[1]
        member = VALUE_MEMBER[kind]
        if kind == Kind.LIST_RELATIONSHIP:
            return [one["object"] for one in instance[member]]
        content = self._content(kind, instance.get(member))
        return {member: content} if kind in _KEPT_NAMED else content

    def instance(self, instance: Mapping[str, Any], stamps: Mapping[str, str]) -> dict[str, Any]:
        kind = instance["type"]
        made: dict[str, Any] = {"type": kind}
        carrier = VALUE_MEMBER[kind]
        for member, content in instance.items():
            if member == carrier:
                made |= self._carried(kind, member, content)
            elif member in NAMES:
                made[member] = self._vocabulary(content)
            elif member in PLAIN or member in OF_BROKER:
                if member not in _UNSHOWN:
                    made[member] = self._targets(content) if member == "previousObjectList" else content
            else:
                made[self._names[member]] = self._sub_attribute(content, stamps)
        made |= stamps
        if self._what.form is Form.CONCISE:
            del made["type"]
        return made

    def _carried(self, kind: str, member: str, content: Any) -> dict[str, Any]:
        if kind == Kind.LANGUAGE and self._what.languages and isinstance(content, dict):
            tag, text = self._what.languages.choose(content)
            return {"type": Kind.PROPERTY.value, "value": text, **({"lang": tag} if tag else {})}
        return {member: self._content(kind, content)}

    def _targets(self, links: Any) -> Any:
        """4.5.22.3: bare URIs in the concise form."""
        return [one["object"] for one in links] if self._what.form is Form.CONCISE else links

    def _content(self, kind: str, content: Any) -> Any:
        if kind == Kind.LIST_RELATIONSHIP:
            return self._targets(content)
        return self._vocabulary(content) if kind == Kind.VOCAB else content

    def _vocabulary(self, content: Any) -> Any:
        return [self._names[one] for one in content] if isinstance(content, list) else self._names[content]

    def _sub_attribute(self, content: Any, stamps: Mapping[str, str]) -> Any:
        if isinstance(content, list):
            return [self.instance(one, stamps) for one in content]
        return self._alone(self.instance(content, stamps))

    def _alone(self, instance: dict[str, Any]) -> Any:
        """The only instance of its attribute: in the concise form, a bare value where nothing is lost."""
        if self._what.form is not Form.CONCISE or instance.keys() != {"value"}:
            return instance
        value = instance["value"]
        return value if is_geometry(value) or not _looks_concise(value) else instance


_NOTHING = object()
_UNSHOWN = STAMPS | {"type"}
_KEPT_NAMED = frozenset({"LanguageProperty", "VocabProperty", "JsonProperty"})


def _unstamped(instance: dict[str, Any]) -> dict[str, Any]:
    if "modifiedAt" not in instance and "createdAt" not in instance:
        return instance
    return {member: content for member, content in instance.items() if member not in STAMPS}


def _looks_concise(value: Any) -> bool:
    """Whether a bare object would be read back as something else than a Property with this value."""
    return isinstance(value, dict) and ("type" in value or not CARRIERS.keys().isdisjoint(value))


def _texts(instance: Mapping[str, Any]) -> Mapping[str, Any]:
    texts = instance.get("languageMap")
    return texts if isinstance(texts, dict) else {}


def _geometry(value: Any, datasets: Collection[str]) -> Any:
    """4.5.16.1: of the wanted instance, else of the default one; null where there is none."""
    found = [
        one for one in (value if isinstance(value, list) else [value]) if one and one["type"] == Kind.GEO
    ]
    for one in found:
        if one.get("datasetId", DEFAULT_INSTANCE) in (datasets or (DEFAULT_INSTANCE,)):
            return one["value"]
    return None


def _one_or_list(items: list[str]) -> Any:
    return items[0] if len(items) == 1 else items
