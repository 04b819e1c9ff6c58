"""The mapping of a dataset: proposed from its profile, decided by a person, kept for its next import."""

from datetime import datetime

from quanyu.core.clock import city_day
from quanyu.core.codes import CodeList
from quanyu.core.errors import NotFound
from quanyu.core.profile import ColumnProfile, ValueType
from quanyu.govern.imports import service as imports
from quanyu.govern.mapping import _sql
from quanyu.govern.mapping.entity import entity_mapping
from quanyu.govern.mapping.file import check_mapping
from quanyu.govern.mapping.memory import mapping_of, recall, remember
from quanyu.govern.mapping.model import Mapping, MappingProposal
from quanyu.govern.mapping.propose import propose
from quanyu.govern.standards import service as standards
from quanyu.govern.standards.model import DataModel
from quanyu.govern.standards.service import StandardKind
from quanyu.store import Connection


async def propose_for(
    connection: Connection,
    columns: tuple[ColumnProfile, ...],
    *,
    dataset: str,
    at: datetime,
    model: str | None = None,
    crs: str | None = None,
) -> MappingProposal:
    """From the standards in force, and from what was decided for such columns before (unless a model is chosen)."""
    labels = [column.label for column in columns]
    known = None if model else await recall(connection, dataset=dataset, labels=labels)
    lists = await standards.standards(connection, StandardKind.CODE_LISTS, at=city_day(at))
    return propose(
        columns,
        dataset=dataset,
        models=await _models(connection, at),
        code_lists={one.name: one for one in lists if isinstance(one, CodeList)},
        model=model,
        crs=crs,
        remembered=known,
    )


async def proposal_of(connection: Connection, dataset: str, at: datetime) -> MappingProposal:
    """Of a dataset that was imported: the decision where there is one, else a proposal."""
    found = await imports.dataset(connection, dataset)
    if not found.columns:
        raise NotFound("govern.mapping.no_columns", dataset=dataset)
    decided = await mapping_of(connection, dataset)
    if decided is None:
        return await propose_for(connection, found.columns, dataset=dataset, at=at)
    return propose(found.columns, dataset=dataset, models=(), code_lists={}, remembered=decided)


async def decide(
    connection: Connection, tenant: str, dataset: str, mapping: Mapping, *, actor: str, at: datetime
) -> None:
    """Used from the next import on. Raises Invalid with every fault."""
    found = await imports.dataset(connection, dataset)
    models = await _models(connection, at)
    dated = {column.name for column in found.columns if column.type in (ValueType.DATE, ValueType.DATETIME)}
    names = [column.name for column in found.columns]
    check_mapping(mapping, columns=names, models=models, dated=dated)
    labels = [column.label for column in found.columns]
    await remember(connection, tenant, mapping, dataset=dataset, labels=labels, actor=actor, at=at)
    await connection.execute(
        _sql.USE_IN_DATASET,
        dataset,
        entity_mapping(mapping),
        mapping.model,
        mapping.kind.value,
        list(mapping.key),
        at,
    )


async def _models(connection: Connection, at: datetime) -> list[DataModel]:
    found = await standards.standards(connection, StandardKind.MODELS, at=city_day(at))
    return [one for one in found if isinstance(one, DataModel)]
