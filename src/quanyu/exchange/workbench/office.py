"""A dataset as somebody reads it without a contract: by their office or because it is open, masked as its records are."""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta

from quanyu.core.actor import Actor
from quanyu.exchange.policy import Mask, MaskKind, Terms, Way
from quanyu.govern.grading.masking import MASKS
from quanyu.govern.grading.masking import Mask as Masking
from quanyu.govern.imports import _sql as imports_sql
from quanyu.govern.imports.access import masks_for, readable_dataset, resource_of
from quanyu.govern.imports.content import PROVENANCE
from quanyu.govern.imports.model import Dataset
from quanyu.identity import Decision, allowed
from quanyu.store import Connection

_CONTENT = {masking: kind for kind, masking in MASKS.items()}
_DAY = timedelta(days=1)


async def read_by_office(
    connection: Connection, actor: Actor, name: str, *, rows: int, now: datetime
) -> Terms | None:
    """What the actor is shown of a dataset, `rows` at most at once; the reading is evidence. None where only a contract helps."""
    dataset = await imports_sql.dataset(connection, name)
    if dataset is None or not (await decision_of(connection, actor, dataset)).allowed:
        return None
    await readable_dataset(connection, actor, name, door="workbench")
    columns = [one.name for one in dataset.columns if one.name not in PROVENANCE]
    return terms_of_office(
        columns, masks=masks_of(await masks_for(connection, actor, dataset)), rows=rows, now=now
    )


def terms_of_office(
    columns: Iterable[str], *, rows: int, now: datetime, masks: Mapping[str, Mask] | None = None
) -> Terms:
    """Of what needs no contract."""
    return Terms(
        columns=tuple(columns), masks=masks or {}, rows=rows, ways=(Way.SQL,),
        purpose="workbench", basis="dataset.read", starts=now - _DAY, ends=now + _DAY,
    )  # fmt: skip


async def decision_of(connection: Connection, actor: Actor, dataset: Dataset) -> Decision:
    return allowed(actor, "dataset.read", await resource_of(connection, actor, dataset))


def masks_of(maskings: Mapping[str, Masking]) -> dict[str, Mask]:
    """Those of the records, as the policy writes them; one that it has no word for shows nothing."""
    return {
        column: Mask(kind=MaskKind.REDACT, content=_CONTENT[masking])
        if masking in _CONTENT
        else Mask(kind=MaskKind.HIDE)
        for column, masking in maskings.items()
    }
