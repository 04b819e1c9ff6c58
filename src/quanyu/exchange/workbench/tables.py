"""What a person may query, for completion and for choosing: names, columns, and by what right."""

from collections.abc import AsyncIterator, Collection, Mapping
from datetime import datetime

from quanyu.core.actor import Actor
from quanyu.exchange.contracts import _sql as contracts_sql
from quanyu.exchange.contracts.model import Contract
from quanyu.exchange.parties import Party, resource
from quanyu.exchange.workbench.model import By, Table, TableColumn
from quanyu.exchange.workbench.office import decision_of
from quanyu.govern.imports import _sql as imports_sql
from quanyu.govern.imports.access import masks_for
from quanyu.govern.imports.content import PROVENANCE
from quanyu.govern.imports.model import Dataset
from quanyu.identity import Reach, allowed
from quanyu.store import Connection

_AT_ONCE = 500


async def tables_for(connection: Connection, actor: Actor, now: datetime) -> list[Table]:
    """By name; datasets without records are left out."""
    given = await _given(connection, actor, now)
    found = [await _table(connection, actor, one, given) async for one in _known(connection) if one.records]
    return [one for one in found if one is not None]


async def _known(connection: Connection) -> AsyncIterator[Dataset]:
    """All of them, by name."""
    last = ""
    while portion := await imports_sql.datasets(connection, owner=None, query="", after=last, limit=_AT_ONCE):
        for one in portion:
            yield one
        last = portion[-1].name


async def _table(
    connection: Connection, actor: Actor, dataset: Dataset, given: Mapping[str, Contract]
) -> Table | None:
    decision = await decision_of(connection, actor, dataset)
    if decision.allowed:
        masked = (await masks_for(connection, actor, dataset)).keys()
        return _described(dataset, By.OPEN if decision.reach is Reach.OPEN else By.OFFICE, masked=masked)
    terms = given[dataset.name].terms if dataset.name in given else None
    if terms is None:
        return None
    return _described(dataset, By.CONTRACT, masked=terms.masks.keys(), only=terms.columns)


def _described(
    dataset: Dataset, by: By, *, masked: Collection[str], only: Collection[str] | None = None
) -> Table:
    return Table(
        name=dataset.name, title=dataset.title, by=by, records=dataset.records,
        columns=tuple(
            TableColumn(
                name=one.name, label=one.label, type=one.type, semantic=one.semantic, masked=one.name in masked
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
