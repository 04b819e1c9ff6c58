"""Merged things of `govern.fusion` as entities of the twin, each attribute with the dataset that it comes from."""

from collections.abc import Sequence
from typing import Any

from quanyu.core.clock import utc_now
from quanyu.core.messages import LANGUAGES, text
from quanyu.govern.fusion.model import Chosen, Golden
from quanyu.store import Connection
from quanyu.twin import EntityWrite, Op, label_dataset, write

DATASET = "fused"
_ACTOR = "system:fusion"


async def write_fused(
    connection: Connection, tenant: str, merged: Sequence[Golden], removed: Sequence[str]
) -> None:
    """A `fusion.service.WriteEntities`."""
    replaced = [
        EntityWrite(
            id=golden.id,
            op=Op.REPLACE,
            types=(golden.type,),
            document=_document(golden),
            dataset=DATASET,
            actor=_ACTOR,
        )
        for golden in merged
    ]
    gone = [EntityWrite(id=id_, op=Op.DELETE, dataset=DATASET, actor=_ACTOR) for id_ in removed]
    if replaced or gone:
        await write(connection, tenant, [*replaced, *gone], now=utc_now())


async def label_fused(connection: Connection, tenant: str, *, demo: bool) -> None:
    """What the layers of merged things are called on the map."""
    titles = {language: text("app.fused.layer", language) for language in LANGUAGES}
    await label_dataset(connection, tenant, DATASET, titles=titles, demo=demo)


def _document(golden: Golden) -> dict[str, Any]:
    document: dict[str, Any] = {
        name: {
            "type": "Property",
            "value": chosen.value,
            "provenance": {"type": "Property", "value": _whose(chosen)},
        }
        for name, chosen in golden.attributes.items()
        if chosen.value is not None
    }
    placed = next(
        (one for one in golden.members if one.longitude is not None and one.latitude is not None), None
    )
    if placed is not None:
        point = {"type": "Point", "coordinates": [placed.longitude, placed.latitude]}
        document["location"] = {"type": "GeoProperty", "value": point}
    return document


def _whose(chosen: Chosen) -> str:
    """The record that says it; of a value set by hand only that."""
    return f"{chosen.dataset}:{chosen.key}" if chosen.dataset else chosen.rule
