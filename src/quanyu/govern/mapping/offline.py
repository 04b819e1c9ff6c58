"""A proposal without a database, for the engine's own process: by the standards that come with Quanyu."""

from collections.abc import Sequence

from quanyu.core.profile import ColumnProfile
from quanyu.govern.mapping.model import MappingProposal
from quanyu.govern.mapping.propose import propose
from quanyu.govern.standards.built_in import code_lists, data_models
from quanyu.govern.standards.model import DataModel


def propose_offline(
    columns: Sequence[ColumnProfile],
    *,
    dataset: str,
    model: str | None = None,
    crs: str | None = None,
    own: Sequence[DataModel] = (),
) -> MappingProposal:
    """`own` models of the tenant stand in the place of built-in ones of their name.

    `govern.mapping.entity.entity_mapping(proposal.mapping)` says it in the words of the engine."""
    lists = {one.name: one for one in code_lists()}
    models = {one.name: one for one in (*data_models(), *own)}
    return propose(columns, dataset=dataset, models=models.values(), code_lists=lists, model=model, crs=crs)
