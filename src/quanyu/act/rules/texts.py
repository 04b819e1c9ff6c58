"""Texts of a rule with the subject's own values in them."""

from collections.abc import Mapping
from string import Formatter
from typing import Any

from quanyu.act.rules.conditions import attributes
from quanyu.act.rules.model import TEXTS, Definition
from quanyu.act.rules.rule import Rule
from quanyu.act.rules.series import value_of
from quanyu.core.entity import instances
from quanyu.core.messages import DEFAULT_LANGUAGE
from quanyu.twin.model import Stored
from quanyu.twin.ngsild.context import CORE

UNKNOWN = "–"
OWN = frozenset({"id", "type", "holding", "of"})
"""Places in texts that are no attributes."""

_LONGEST = 200
_TITLE = 400


def named(rule: Rule) -> frozenset[str]:
    """The attributes whose values decide, or stand in its texts."""
    said = rule.definition
    texts = [
        said.key,
        title_template(said),
        *((getattr(said.case, one) for one in TEXTS) if said.case else ()),
    ]
    looked_at = {name for condition in rule.conditions for name in attributes(condition)}
    return frozenset(looked_at).union(*map(attributes_in, texts))


def attributes_in(template: str) -> frozenset[str]:
    places = {name for _, name, _, _ in Formatter().parse(template) if name} - OWN
    return frozenset(CORE.stored_names[one] for one in places)


def title_template(said: Definition) -> str:
    """The title of the case; of an event alone what the rule is called."""
    return said.case.title if said.case is not None else said.spoken(DEFAULT_LANGUAGE)


def filled(template: str, entity: Stored | None, **others: str) -> str:
    """`{id}`, `{type}`, `{attribute}`; what the entity does not have is a dash."""
    made: list[str] = []
    for text, name, _, _ in Formatter().parse(template):
        made.append(text)
        if name is not None:
            made.append(others[name] if name in others else _of(entity, name))
    return "".join(made)


def name_of(entity: Stored) -> str:
    """What people call it; its id where it has no name."""
    found = shown(entity, "name")
    return found if found != UNKNOWN else entity.id


def shown(entity: Stored, name: str) -> str:
    """The value of an attribute in words; of several instances the first."""
    content = entity.document.get(CORE.stored_names[name] if name else "")
    if not content:
        return UNKNOWN
    return _spoken(value_of(instances(content)[0]))[:_LONGEST]


def title_of(rule: Rule, entity: Stored | None, facts: Mapping[str, Any]) -> str:
    return filled(title_template(rule.definition), entity, **counts(facts))[:_TITLE] or rule.name


def key_of(rule: Rule, entity: Stored | None) -> str:
    """Under which one event is open at a time; `{id}` of a group is empty."""
    return filled(rule.definition.key, entity, **({} if entity else {"id": ""}))[:_TITLE]


def counts(facts: Mapping[str, Any]) -> dict[str, str]:
    """`{holding}` and `{of}` in the texts of a rule over a group."""
    group = facts.get("group")
    return {"holding": str(group["holding"]), "of": str(group["of"]), "id": ""} if group else {}


def _of(entity: Stored | None, name: str) -> str:
    if entity is None:
        return UNKNOWN
    if name == "id":
        return entity.id
    if name == "type":
        return entity.types[0]
    return shown(entity, name)


def _spoken(value: Any) -> str:
    match value:
        case None:
            return UNKNOWN
        case bool():
            return "是" if value else "否"
        case float():
            return f"{value:g}"
        case dict() | list():
            return ", ".join(map(_spoken, value if isinstance(value, list) else value.values())) or UNKNOWN
    return str(value)
