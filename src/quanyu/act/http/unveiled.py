"""A rule sees everything, whoever made it: what is veiled for its author it may not ask, or its events would tell (decision 0038)."""

from quanyu.act.rules.rule import Rule
from quanyu.act.rules.texts import named
from quanyu.core.actor import Actor
from quanyu.core.errors import Fault, Invalid
from quanyu.store import Connection
from quanyu.twin.discovery import shapes
from quanyu.twin.http.sight import Sight
from quanyu.twin.ngsild.query import of_types
from quanyu.twin.veil import hidden_in


async def check_unveiled(connection: Connection, actor: Actor, sight: Sight, rule: Rule) -> None:
    """Raises Invalid with each attribute of the rule's subjects that the actor does not see."""
    hidden = hidden_in(await sight.veils_on(connection, actor, named(rule)))
    faults = tuple(
        [
            Fault("act.rule.veiled", "/when", {"attribute": name})
            for name, datasets in sorted(hidden.items())
            if await _has(connection, actor.tenant, rule, name, datasets)
        ]
    )
    if faults:
        raise Invalid("act.rule.invalid", faults=faults, name=rule.name, count=len(faults))


async def _has(connection: Connection, tenant: str, rule: Rule, name: str, datasets: list[str]) -> bool:
    """Whether entities that the rule may be about have the attribute in one of these datasets."""
    selectors = rule.selection.selectors
    return any(
        one.name == name and any(of_types(one.types, selector.types) for selector in selectors)
        for one in await shapes(connection, tenant, datasets)
    )
