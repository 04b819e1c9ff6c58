"""The rules of a dataset: suggested by the engine, then changed by people, every change a version with its dates."""

from collections.abc import Iterable
from datetime import date, datetime
from typing import Annotated

import msgspec

from quanyu.core.clock import city_day
from quanyu.core.errors import Conflict, NotFound
from quanyu.govern.quality.rules import Rule
from quanyu.govern.scores import _sql
from quanyu.govern.scores.model import StoredRule
from quanyu.store import Connection

ENGINE = "engine"


class RuleChanges(msgspec.Struct, frozen=True, kw_only=True):
    """A new version of a rule. `version` is the one that was read: if it is no longer the newest, nothing changes."""

    body: Rule
    enabled: bool = True
    effective_from: date | None = None
    effective_to: date | None = None
    version: Annotated[int, msgspec.Meta(ge=1)] | None = None


async def rules_in_force(connection: Connection, dataset: str, *, on: date) -> list[StoredRule]:
    return await _sql.rules(connection, dataset, on=on)


async def keep_suggested(
    connection: Connection, tenant: str, dataset: str, suggested: Iterable[Rule], *, at: datetime
) -> None:
    """First versions of rules that the dataset has not had before; what people made of the others stays."""
    known = {rule.body.name for rule in await _sql.rules(connection, dataset, on=date.max)}
    new = [
        StoredRule(
            body=rule,
            version=1,
            enabled=True,
            effective_from=city_day(at),
            effective_to=None,
            author=ENGINE,
            at=at,
        )
        for rule in suggested
        if rule.name not in known and rule.kind != "reject"
    ]
    await _sql.add_rules(connection, tenant, dataset, new)


async def put_rule(
    connection: Connection, tenant: str, dataset: str, changes: RuleChanges, *, author: str, at: datetime
) -> StoredRule:
    """Counts from the next import or re-run on."""
    versions = await _sql.rule_versions(connection, dataset, changes.body.name)
    newest = versions[0].version if versions else 0
    if changes.version is not None and changes.version != newest:
        raise Conflict("govern.score.rule_changed", rule=changes.body.name, version=newest)
    stored = StoredRule(
        body=changes.body,
        version=newest + 1,
        enabled=changes.enabled,
        effective_from=changes.effective_from or city_day(at),
        effective_to=changes.effective_to,
        author=author,
        at=at,
    )
    await _sql.add_rules(connection, tenant, dataset, [stored])
    return stored


async def versions_of(connection: Connection, dataset: str, name: str) -> list[StoredRule]:
    found = await _sql.rule_versions(connection, dataset, name)
    if not found:
        raise NotFound("govern.score.rule_unknown", rule=name)
    return found
