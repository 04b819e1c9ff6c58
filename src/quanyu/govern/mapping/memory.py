"""What people decided about columns, by dataset and by the set of columns, for the next file of the same kind."""

import hashlib
from collections.abc import Iterable
from datetime import datetime

import msgspec

from quanyu.core.text import fold_text
from quanyu.govern.mapping import _sql
from quanyu.govern.mapping.model import Mapping
from quanyu.store import Connection


def columns_signature(labels: Iterable[str]) -> str:
    """The same for the same labels in any order, case and width."""
    folded = sorted(fold_text(label).strip() for label in labels)
    return hashlib.sha256("\x1f".join(folded).encode()).hexdigest()[:32]


async def remember(
    connection: Connection,
    tenant: str,
    mapping: Mapping,
    *,
    dataset: str,
    labels: Iterable[str],
    actor: str,
    at: datetime,
) -> None:
    """The newest decision for a dataset replaces the one before; it is offered to other datasets with these columns."""
    await connection.execute(
        _sql.REMEMBER, tenant, dataset, columns_signature(labels), msgspec.to_builtins(mapping), actor, at
    )


async def mapping_of(connection: Connection, dataset: str) -> Mapping | None:
    """The mapping decided for this dataset."""
    return _mapping(await connection.fetchval(_sql.OF_DATASET, dataset))


async def recall(connection: Connection, *, dataset: str, labels: Iterable[str]) -> Mapping | None:
    """For a file with exactly these columns: what was decided for the dataset, else for any other, newest first."""
    return _mapping(await connection.fetchval(_sql.RECALL, dataset, columns_signature(labels)))


def _mapping(body: object) -> Mapping | None:
    return None if body is None else msgspec.convert(body, Mapping)
