"""One instance and a part of one: merge-patch (5.5.12, after RFC 7396) and partial update (5.6.4). Pure."""

from collections.abc import Mapping
from typing import Any

from quanyu.core.entity import NULL, VALUE_MEMBER, Kind, instances
from quanyu.core.errors import Invalid
from quanyu.twin.ngsild.document.members import CARRIERS, PLAIN, STAMPS, is_null, kind_of
from quanyu.twin.ngsild.document.values import READ, is_geometry

_MERGED_INSIDE = frozenset({"value", "languageMap", "json"})


def completed(name: str, part: Mapping[str, Any]) -> dict[str, Any]:
    """A part that has to stand alone. Raises Invalid where it lacks its value."""
    kind = part.get("type") or kind_of(part)
    if not kind or VALUE_MEMBER[kind] not in part:
        raise Invalid("twin.attribute.no_value", name=name)
    made = {"type": kind}
    for member, content in part.items():
        if member == VALUE_MEMBER[kind] or member in PLAIN:
            if member != "type" and content != NULL:
                made[member] = _without_nulls(content)
        elif member not in CARRIERS and not _all_null(content):  # a value of another kind says nothing here
            made[member] = _each(content, lambda one: completed(name, one))
    return made


def patched(there: Mapping[str, Any], part: Mapping[str, Any], *, deep: bool) -> dict[str, Any]:
    """`there` with what `part` names; NGSI-LD Null removes a member. `deep`: objects are merged, else replaced.

    A value of another kind than the one that is there replaces the instance. Raises Invalid where the value does not
    fit the kind.
    """
    kind = kind_beside(there["type"], part)
    if kind != there["type"]:
        return completed("", {**part, "type": kind})
    made = {member: content for member, content in there.items() if member not in STAMPS}
    for member, content in part.items():
        if member == "type":
            continue
        if member in CARRIERS:
            made[member] = _value(kind, made.get(member), content, deep and member in _MERGED_INSIDE)
        elif content == NULL or (member not in PLAIN and _all_null(content)):
            made.pop(member, None)
        elif member in PLAIN:
            made[member] = content
        else:
            made[member] = _sub_attribute(member, made.get(member), content, deep)
    return made


def merged_value(there: Any, patch: Any) -> Any:
    """RFC 7396 with NGSI-LD Null for null."""
    if not isinstance(patch, dict):
        return patch
    made = dict(there) if isinstance(there, dict) else {}
    for name, content in patch.items():
        if content == NULL:
            made.pop(name, None)
        else:
            made[name] = merged_value(made.get(name), content)
    return made


def _value(kind: str, there: Any, content: Any, deep: bool) -> Any:
    made = merged_value(there, content) if deep and not is_geometry(content) else content
    if kind == Kind.GEO:
        faults: list[Any] = []
        READ[kind](made, "/value", faults, {})
        if faults:
            raise Invalid("core.entity.invalid", faults=tuple(faults), count=len(faults))
    return made


def _sub_attribute(name: str, there: Any, content: Any, deep: bool) -> Any:
    before = {one.get("datasetId", ""): one for one in instances(there)} if there is not None else {}
    after = dict(before)
    for one in instances(content):
        key = one.get("datasetId", "")
        if _all_null(one):
            after.pop(key, None)
        elif deep and key in before:
            after[key] = patched(before[key], one, deep=True)
        else:
            after[key] = completed(name, one)
    made = list(after.values())
    return made[0] if len(made) == 1 else made


def kind_beside(kind: str, part: Mapping[str, Any]) -> str:
    """The kind that a part says, or that its value says, beside an instance of `kind`."""
    if "type" in part:
        return str(part["type"])
    named = kind_of(part)
    if not named or VALUE_MEMBER[kind] in part:
        return kind
    return named


def _all_null(content: Any) -> bool:
    return all(is_null(one) for one in instances(content) if one)


def _each(content: Any, make: Any) -> Any:
    return [make(one) for one in content] if isinstance(content, list) else make(content)


def _without_nulls(content: Any) -> Any:
    return merged_value(None, content) if isinstance(content, dict) else content
