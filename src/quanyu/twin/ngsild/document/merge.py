"""What provision operations make of a stored entity (ETSI GS CIM 009, 5.6). Pure: (state, fragment, now) -> Merged.

`now` is a text as `moment_text` makes it. An instance that is new gets `createdAt` and `modifiedAt`, a changed one keeps
the former; an instance without them is as old as its entity, or as
the last replacement of all of it. Sub-attributes are as old as the instance they belong to.
"""

from collections.abc import Mapping
from typing import Any

import msgspec

from quanyu.core.entity import NULL, VALUE_MEMBER, Kind, instances
from quanyu.core.errors import Invalid, NotFound
from quanyu.twin.ngsild.context import CORE
from quanyu.twin.ngsild.document.members import PLACES, is_null
from quanyu.twin.ngsild.document.model import Document, Fragment, Merged, State
from quanyu.twin.ngsild.document.patch import completed, kind_beside, patched
from quanyu.twin.ngsild.document.simplified import placed

Instances = dict[str, dict[str, Any]]
"""By datasetId; the default instance under ''."""


def append(state: State, fragment: Fragment, now: str, *, overwrite: bool = True) -> Merged:
    """5.6.3: adds, and overwrites what is there; without `overwrite` that is refused by name, and scopes are added."""
    made = _Changes(state.document, now)
    for name, value in fragment.document.items():
        there = made.instances(name)
        fresh = {key: one for key, one in by_dataset(value).items() if overwrite or key not in there}
        if len(fresh) < len(by_dataset(value)):
            made.refused[name] = "twin.attribute.exists"
        made.put(name, fresh)
    if not overwrite and fragment.scope:
        fragment = msgspec.structs.replace(
            fragment, scope=tuple(dict.fromkeys((*state.scope, *fragment.scope)))
        )
    return made.merged(state, fragment)


def update(state: State, fragment: Fragment, now: str) -> Merged:
    """5.6.2: attributes that are there become those of the fragment, others are added; NGSI-LD Null removes.

    Refused are the removal of what is not there, and a scope where the entity has none.
    """
    made = _Changes(state.document, now)
    for name, value in fragment.document.items():
        there, fresh = made.instances(name), by_dataset(value)
        if any(is_null(one) and key not in there for key, one in fresh.items()):
            made.refused[name] = "twin.attribute.not_there"
        made.put(name, fresh)
    if fragment.scope is not None and not state.scope:
        made.refused["scope"] = "twin.attribute.not_there"
        fragment = msgspec.structs.replace(fragment, scope=None)
    return made.merged(state, fragment)


def merge(
    state: State, fragment: Fragment, now: str, *, observed: str | None = None, language: str | None = None
) -> Merged:
    """5.6.17 and 5.5.12: merge-patch. `fragment` is parsed with `partial=True`.

    `observed` is put where the instance that is there has an observedAt and the fragment names none; a text that comes
    for a LanguageProperty is put under `language`. Raises Invalid where a new attribute lacks its value.
    """
    made = _Changes(state.document, now)
    for name, value in fragment.document.items():
        there = made.instances(name)
        fresh = {
            key: _merged(name, there.get(key), one, observed, language)
            for key, one in by_dataset(value).items()
            if key in there or not is_null(one)
        }
        made.put(name, fresh)
    return made.merged(state, fragment)


def merge_values(
    state: State,
    values: Fragment,
    now: str,
    *,
    observed: str | None = None,
    language: str | None = None,
    names: Mapping[str, str] = CORE.stored_names,
) -> Merged:
    """5.6.17 in the simplified form: `values` is from `parse_values`; each value takes the kind of what is there.

    `names`: the context's, for values that are names. Raises Invalid where a value does not fit its kind.
    """
    document = {
        name: placed(name, state.document.get(name), value, names) for name, value in values.document.items()
    }
    fragment = msgspec.structs.replace(values, document=document)
    return merge(state, fragment, now, observed=observed, language=language)


def update_attribute(state: State, name: str, fragment: Fragment, now: str) -> Merged:
    """5.6.4: members that the fragment names replace those of the instance with its datasetId; the others stay.

    Raises NotFound where there is no such instance, Invalid where the fragment is of another kind.
    """
    made = _Changes(state.document, now)
    there = made.instances(name)
    for key, one in by_dataset(fragment.document[name]).items():
        if key not in there:
            raise NotFound("twin.attribute.not_there", name=name)
        if kind_beside(there[key]["type"], one) != there[key]["type"]:
            raise Invalid("twin.attribute.kind", name=name, kind=there[key]["type"])
        made.put(name, {key: one if is_null(one) else patched(there[key], one, deep=False)})
    return made.merged(state, Fragment())


def replace_attribute(state: State, name: str, fragment: Fragment, now: str) -> Merged:
    """5.6.19: the instance with the datasetId of the fragment becomes it. Raises NotFound where there is none."""
    made = _Changes(state.document, now)
    there = made.instances(name)
    fresh = by_dataset(fragment.document[name])
    if not fresh.keys() <= there.keys():
        raise NotFound("twin.attribute.not_there", name=name)
    made.put(name, fresh)
    return made.merged(state, Fragment())


def delete_attribute(
    state: State, name: str, now: str, *, dataset_id: str | None = None, every: bool = False
) -> Merged:
    """5.6.5: the default instance, the one with `dataset_id`, or `every` one. Raises NotFound where there is none."""
    made = _Changes(state.document, now)
    there = made.instances(name)
    keys = list(there) if every else [dataset_id or ""]
    if not there or any(key not in there for key in keys):
        raise NotFound("twin.attribute.not_there", name=name)
    made.put(name, {key: {"type": there[key]["type"], "value": NULL} for key in keys})
    return made.merged(state, Fragment())


def delete_scope(state: State) -> Merged:
    """5.6.5 with the name of the scope. Raises NotFound where there is none."""
    if not state.scope:
        raise NotFound("twin.attribute.not_there", name="scope")
    return Merged(state=State(types=state.types, document=state.document), head=True)


def replace(state: State, fragment: Fragment) -> Merged:
    """5.6.18: everything but the id and the moment of creation becomes new; when, the state around it says (`renewed`)."""
    document = fragment.document
    gone = {name: None for name in state.document if name not in document}
    after = State(types=fragment.types or state.types, scope=fragment.scope or (), document=document)
    return Merged(state=after, changed={**gone, **document} if gone else document, head=True)


def by_dataset(value: Any) -> Instances:
    return {one.get("datasetId", ""): one for one in instances(value)}


class _Changes:
    """A document while attributes are put into it."""

    def __init__(self, document: Document, now: str) -> None:
        self.document = dict(document)
        self.changed: dict[str, Any] = {}
        self.refused: dict[str, str] = {}
        self._now = now

    def instances(self, name: str) -> Instances:
        return by_dataset(self.document[name]) if name in self.document else {}

    def put(self, name: str, fresh: Instances) -> None:
        """Those that are NGSI-LD Null go, the others take the place of their namesakes. Raises Invalid (5.2.4)."""
        if not fresh:
            return
        after, changed = self.instances(name), []
        for key, one in fresh.items():
            if is_null(one):
                gone = after.pop(key, None)
                if gone is not None:
                    changed.append(_tombstone(gone))
            else:
                if name in PLACES and one["type"] != Kind.GEO:
                    raise Invalid("core.entity.place", name=name)
                after[key] = self._dated(one, after.get(key))
                changed.append(after[key])
        if changed:
            self._note(name, after, changed)

    def merged(self, state: State, fragment: Fragment) -> Merged:
        types = tuple(dict.fromkeys((*state.types, *fragment.types)))
        scope = state.scope if fragment.scope is None else fragment.scope
        return Merged(
            state=State(types=types, scope=scope, document=self.document),
            changed=self.changed,
            refused=self.refused,
            head=types != state.types or scope != state.scope,
        )

    def _note(self, name: str, after: Instances, changed: list[dict[str, Any]]) -> None:
        before = self.changed.get(name)
        if after:
            self.document[name] = _one_or_list(list(after.values()))
            earlier = [] if before is None else instances(before)
            self.changed[name] = _one_or_list([*earlier, *changed])
        else:
            del self.document[name]
            self.changed[name] = None

    def _dated(self, one: dict[str, Any], before: Mapping[str, Any] | None) -> dict[str, Any]:
        if before is None:
            return {**one, "createdAt": self._now, "modifiedAt": self._now}
        created = before.get("createdAt")
        return {**one, **({"createdAt": created} if created else {}), "modifiedAt": self._now}


def _merged(
    name: str,
    there: Mapping[str, Any] | None,
    one: dict[str, Any],
    observed: str | None,
    language: str | None,
) -> dict[str, Any]:
    if is_null(one):
        return one
    if there is None:
        return completed(name, one)
    if language and there["type"] == Kind.LANGUAGE and isinstance(one.get("value"), str | list):
        rest = {member: content for member, content in one.items() if member not in ("type", "value")}
        one = {**rest, "languageMap": {language: one["value"]}}
    if observed and "observedAt" in there and "observedAt" not in one:
        one = {**one, "observedAt": observed}
    return patched(there, one, deep=True)


def _tombstone(instance: Mapping[str, Any]) -> dict[str, Any]:
    kept = {"type": instance["type"], VALUE_MEMBER[instance["type"]]: NULL}
    return {**kept, **({"datasetId": instance["datasetId"]} if "datasetId" in instance else {})}


def _one_or_list(items: list[dict[str, Any]]) -> Any:
    return items[0] if len(items) == 1 else items
