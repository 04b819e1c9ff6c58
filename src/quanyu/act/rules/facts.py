"""The facts that made an event: who, which values, which changes of the feed, which windows. As JSON, for people and programs."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from quanyu.act.rules.conditions import Condition, Rate, Sight, Silent, Window, leaves, rate_of, window_of
from quanyu.act.rules.rule import Rule
from quanyu.act.rules.series import Reading
from quanyu.act.rules.texts import name_of
from quanyu.core.entity import instances
from quanyu.core.geometry import Geometry
from quanyu.twin.model import Stored

Facts = dict[str, Any]

MOST_MEMBERS = 50
_MOST_CHANGES = 100
_TOLD = (
    "value",
    "object",
    "languageMap",
    "vocab",
    "json",
    "valueList",
    "observedAt",
    "unitCode",
    "datasetId",
)
_LARGE = 2000


def facts_of(rule: Rule, sight: Sight, *, since: datetime | None, change: int | None) -> Facts:
    """Of one subject. `change` None: time made it, or it was so when the rule was switched on."""
    entity = sight.entity
    made: Facts = {
        **_who(entity, rule), "at": _text(sight.at), "since": _text(since or sight.at),
        "changes": [] if change is None else [change],
    }  # fmt: skip
    windows = [told for condition in rule.conditions for told in _windows(condition, sight)]
    if windows:
        made["windows"] = windows
    silences = [
        one for one in leaves(rule.when)
        if isinstance(one, Silent) and sight.past.silence(one.names, sight.at) >= one.over
    ]  # fmt: skip
    if silences:
        last = sight.at - max(sight.past.silence(one.names, sight.at) for one in silences)
        made["silent"] = {"over": duration_text(min(one.over for one in silences)), "last": _text(last)}
    return made


def group_facts(
    rule: Rule, members: Sequence[Stored], *, holding: int, of: int, at: datetime, since: datetime | None,
    change: int | None,
) -> Facts:  # fmt: skip
    """`members` are those that hold, or the first of many."""
    return {
        "subject": "", "types": [], "name": "", "at": _text(at), "since": _text(since or at),
        "changes": [] if change is None else [change], "attributes": {},
        "group": {"holding": holding, "of": of, "members": [_member(one, rule) for one in members[:MOST_MEMBERS]]},
    }  # fmt: skip


def place_of(entities: Iterable[Stored]) -> dict[str, float] | None:
    """The middle of the boxes of those that have a place."""
    boxes = [
        Geometry(value["type"], value["coordinates"]).box()
        for one in entities
        if (value := _location(one.document)) is not None
    ]
    if not boxes:
        return None
    lon = sum(box.x1 + box.x2 for box in boxes) / (2 * len(boxes))
    lat = sum(box.y1 + box.y2 for box in boxes) / (2 * len(boxes))
    return {"lon": round(lon, 7), "lat": round(lat, 7)}


def duration_text(span: timedelta) -> str:
    """ISO 8601: PT90M is PT1H30M."""
    days, rest = divmod(span, timedelta(days=1))
    hours, rest = divmod(rest, timedelta(hours=1))
    minutes, rest = divmod(rest, timedelta(minutes=1))
    seconds = f"{rest.total_seconds():g}S" if rest else ""
    time = "".join(f"{number}{unit}" for number, unit in ((hours, "H"), (minutes, "M")) if number) + seconds
    return f"P{f'{days}D' if days else ''}{f'T{time}' if time else ''}" if days or time else "PT0S"


def _who(entity: Stored, rule: Rule) -> Facts:
    return {
        "subject": entity.id, "types": list(entity.types), "name": name_of(entity),
        "attributes": _attributes(entity, rule),
    }  # fmt: skip


def _member(entity: Stored, rule: Rule) -> Facts:
    return {"id": entity.id, "name": name_of(entity), "attributes": _attributes(entity, rule)}


def _attributes(entity: Stored, rule: Rule) -> Facts:
    """Of those that the rule looks at; several instances as a list."""
    made: Facts = {}
    for name in sorted(rule.watched & entity.document.keys()):
        told = [{key: one[key] for key in _TOLD if key in one} for one in instances(entity.document[name])]
        if len(str(told)) <= _LARGE:
            made[name] = told if len(told) > 1 else told[0]
    return made


def _windows(condition: Condition, sight: Sight) -> Iterable[Facts]:
    for leaf in leaves(condition):
        match leaf:
            case Window(attribute=attribute, over=over, figure=figure):
                value, found = window_of(leaf, sight)
                yield {
                    "attribute": attribute, "over": duration_text(over), "value": figure.value, "result": value,
                    "from": _text(sight.at - over), "to": _text(sight.at), "count": len(found), "changes": _changes(found),
                }  # fmt: skip
            case Rate(attribute=attribute, over=over, per=per) if made := rate_of(leaf, sight):
                result, first, last = made
                yield {
                    "attribute": attribute, "over": duration_text(over), "value": "rate", "per": duration_text(per),
                    "result": result, "from": _text(max(first.at, sight.at - over)), "to": _text(last.at), "count": 2,
                    "changes": _changes([first, last]), "ends": [first.value, last.value],
                }  # fmt: skip


def _changes(readings: Sequence[Reading]) -> list[int]:
    """Records of datasets are no changes of the feed."""
    return list(dict.fromkeys(one.seq for one in readings if one.seq))[-_MOST_CHANGES:]


def _location(document: Mapping[str, Any]) -> Mapping[str, Any] | None:
    found = document.get("location")
    value = instances(found)[0].get("value") if found else None
    return value if isinstance(value, dict) and "coordinates" in value else None


def _text(moment: datetime) -> str:
    return moment.isoformat().replace("+00:00", "Z")
