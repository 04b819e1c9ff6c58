"""An event as one asker may see it: what is veiled of its subjects stands neither in its facts nor in its texts (decision 0038)."""

from collections.abc import Iterable, Mapping
from typing import Any

import msgspec

from quanyu.act.rules.events import Event
from quanyu.act.rules.model import Definition
from quanyu.act.rules.texts import attributes_in, filled, title_template
from quanyu.twin.ngsild.context import CORE
from quanyu.twin.veil import Veils, hidden, veiled_value

_NAME = CORE.stored_names["name"]
_RESULTS = ("result", "ends")

Facts = Mapping[str, Any]


def subjects_of(event: Event) -> set[str]:
    """Whose values its facts tell."""
    return {
        id
        for facts in _told(event)
        for id in (facts["subject"], *(one["id"] for one in _members(facts)))
        if id
    }


def veiled_event(event: Event, said: Definition, veils: Mapping[str, Veils]) -> Event:
    """`said`: the version of its rule. `veils`: of each of its subjects."""
    of_subject = veils.get(event.subject, {})
    return msgspec.structs.replace(
        event,
        title=_text(event.title, title_template(said), event.subject, of_subject),
        key=_text(event.key, said.key, event.subject, of_subject),
        facts=_facts(event.facts, veils),
        closing=event.closing and _facts(event.closing, veils),
    )


def _text(text: str, template: str, subject: str, veils: Veils) -> str:
    """Of words that are veiled only in part the rest stays; who holds a hidden value is said without any."""
    for veil in (veils[name] for name in sorted(attributes_in(template) & veils.keys())):
        if not veil.in_words:
            return filled(template, None, id=subject)
        text = veil.instead(text)
    return text


def _told(event: Event) -> Iterable[Facts]:
    return (event.facts, event.closing) if event.closing else (event.facts,)


def _members(facts: Facts) -> list[Facts]:
    members: list[Facts] = facts.get("group", {}).get("members", [])
    return members


def _facts(facts: Facts, veils: Mapping[str, Veils]) -> Facts:
    if "group" in facts:
        members = [_of_one(one, one["id"], veils.get(one["id"], {})) for one in _members(facts)]
        return {**facts, "group": {**facts["group"], "members": members}}
    made = _of_one(facts, facts["subject"], veils.get(facts["subject"], {}))
    if "windows" in made:
        made["windows"] = [_window(one, veils.get(facts["subject"], {})) for one in made["windows"]]
    return made


def _of_one(facts: Facts, id: str, veils: Veils) -> dict[str, Any]:
    """Who has no name is called by the id."""
    made = dict(facts)
    if _NAME in veils and facts["name"] != id:
        made["name"] = veiled_value(facts["name"], veils[_NAME])
    made["attributes"] = {
        name: hidden(told, veils[name]) if name in veils else told
        for name, told in facts["attributes"].items()
    }
    return made


def _window(told: Facts, veils: Veils) -> Facts:
    veil = veils.get(told["attribute"])
    if veil is None:
        return told
    return {**told, **{one: veiled_value(told[one], veil) for one in _RESULTS if one in told}}
