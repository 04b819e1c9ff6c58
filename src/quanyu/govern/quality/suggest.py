"""Rules suggested from the profile of a dataset and from the data itself, the same for every dataset."""

from collections.abc import Iterable
from dataclasses import dataclass, replace

import msgspec

from quanyu.core.profile import TEMPORAL_TYPES
from quanyu.govern.quality.rules import Parameter, Rule, RuleKind, Severity
from quanyu.govern.quality.scene import Scene, suggested
from quanyu.govern.quality.suggest_columns import column_rules
from quanyu.govern.quality.suggest_key import Identity, find_identity
from quanyu.govern.quality.suggest_pairs import pair_rules
from quanyu.govern.quality.suggest_points import point_rules


@dataclass(frozen=True, slots=True, kw_only=True)
class Suggestion:
    """`key` is the one to upsert by, empty where none holds."""

    rules: tuple[Rule, ...]
    key: tuple[str, ...] = ()


def suggest(scene: Scene, *, key: tuple[str, ...] = (), update_cycle_days: float | None = None) -> Suggestion:
    """`key` is the dataset's own, where it has one; with an update cycle the newest record must be young enough."""
    if scene.rows == 0:
        return Suggestion(rules=(), key=key)
    identity = find_identity(scene)
    if key:
        identity = replace(identity, key=key, holds=True)
    rules = {rule.name: rule for rule in column_rules(scene)}
    rules |= {rule.name: rule for rule in _key_rules(identity, rules.values())}
    rules |= {rule.name: rule for rule in point_rules(scene, entity=identity.entity, time=identity.time)}
    rules |= {rule.name: rule for rule in pair_rules(scene, entity=identity.entity)}
    rules |= {rule.name: rule for rule in _freshness(scene, identity.time, update_cycle_days)}
    reject = suggested(
        RuleKind.REJECT, (), Severity.REFUSE, titles=("每行应为一条记录", "Each line is a record")
    )
    return Suggestion(rules=(*rules.values(), reject), key=identity.key if identity.holds else ())


def _freshness(scene: Scene, time: str | None, days: float | None) -> Iterable[Rule]:
    times = [profile.name for profile in scene.profiles if profile.type in TEMPORAL_TYPES]
    column = time or (times[0] if times else None)
    if days is not None and column is not None:
        titles = (f"最新记录应在 {days:g} 天以内", f"The newest record is at most {days:g} days old")
        parameters: dict[str, Parameter] = {"days": days}
        yield suggested(RuleKind.FRESHNESS, (column,), Severity.FLAG, titles=titles, parameters=parameters)


def _key_rules(identity: Identity, others: Iterable[Rule]) -> Iterable[Rule]:
    if not identity.key:
        return
    severity = Severity.REFUSE if identity.holds else Severity.FLAG
    said = "、".join(identity.key), ", ".join(identity.key)
    titles = (f"{said[0]} 不应重复", f"{said[1]} does not repeat")
    yield suggested(RuleKind.UNIQUE, identity.key, severity, titles=titles)
    for rule in others:
        if identity.holds and rule.kind is RuleKind.NOT_NULL and rule.columns[0] in identity.key:
            yield msgspec.structs.replace(rule, severity=Severity.REFUSE)
