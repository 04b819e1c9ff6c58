"""What a person may query, for completion and for choosing: names, columns, and by what right."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime

from quanyu.core.actor import Actor
from quanyu.core.page_token import Page
from quanyu.exchange.contracts import _sql as contracts_sql
from quanyu.exchange.contracts.model import Contract
from quanyu.exchange.parties import Party, resource
from quanyu.exchange.workbench.model import By, Table, TableColumn
from quanyu.govern.imports import _sql as imports_sql
from quanyu.govern.imports.access import masks_for_each, resources_of
from quanyu.govern.imports.content import PROVENANCE
from quanyu.govern.imports.model import Dataset
from quanyu.identity import Reach, allowed
from quanyu.store import Connection

_AT_ONCE = 500
"""Where few of them may be queried."""


async def tables_for(
    connection: Connection, actor: Actor, now: datetime, *, limit: int, query: str = "",
    names: Sequence[str] | None = None, after: str = "",
) -> Page[Table]:  # fmt: skip
    """By name; datasets without records are left out. `query` is part of a name or title, also of a column's."""
    given = await _given(connection, actor, now)
    tables: list[Table] = []
    size = limit + 1
    while len(tables) <= limit:
        found = await imports_sql.filled_datasets(
            connection, query=query, names=names, after=after, limit=size
        )
        tables += await _tables(connection, actor, found, given)
        if len(found) < size:
            break
        after, size = found[-1].name, max(size, _AT_ONCE)
    shown = tuple(tables[:limit])
    return Page(shown, shown[-1].name if len(tables) > limit else None)


async def _tables(
    connection: Connection, actor: Actor, found: Sequence[Dataset], given: Mapping[str, Contract]
) -> list[Table]:
    asked = await resources_of(connection, actor, found)
    decisions = {name: allowed(actor, "dataset.read", one) for name, one in asked.items()}
    masks = await masks_for_each(connection, actor, [one for one in found if decisions[one.name].allowed])
    tables: list[Table] = []
    for one in found:
        decision = decisions[one.name]
        if decision.allowed:
            by = By.OPEN if decision.reach is Reach.OPEN else By.OFFICE
            tables.append(_described(one, by, masked=masks.get(one.name, {}).keys()))
        elif one.name in given and (terms := given[one.name].terms):
            tables.append(_described(one, By.CONTRACT, masked=terms.masks.keys(), only=terms.columns))
    return tables


def _described(
    dataset: Dataset, by: By, *, masked: Collection[str], only: Collection[str] | None = None
) -> Table:
    return Table(
        name=dataset.name, title=dataset.title, by=by, records=dataset.records,
        columns=tuple(
            TableColumn(
                name=one.name, label=one.label, type=one.type, unit=one.unit, semantic=one.semantic,
                masked=one.name in masked,
            )
            for one in dataset.columns
            if one.name not in PROVENANCE and (only is None or one.name in only)
        ),
    )  # fmt: skip


async def _given(connection: Connection, actor: Actor, now: datetime) -> dict[str, Contract]:
    """By dataset, what contracts of the actor's body are in force."""
    body = actor.organisation
    if body is None or not allowed(actor, "share.use", resource(actor, "", body)).allowed:
        return {}
    found = await contracts_sql.given_to(connection, Party(organisation=body), now)
    return {one.dataset: one for one in found}
