"""What left and what was before, written into instances as notifications tell it (ETSI GS CIM 009, 5.8.6, 5.3.1)."""

from collections.abc import Mapping
from typing import Any

from quanyu.core.entity import VALUE_MEMBER, instances
from quanyu.twin.ngsild.document import null_of

Instances = dict[str | None, dict[str, Any]]
"""Of one attribute, by datasetId; None is the default instance."""


def by_dataset(content: Any) -> Instances:
    """Of an attribute as the document or the log has it; nothing of None."""
    return {} if content is None else {one.get("datasetId"): one for one in instances(content)}


def with_previous(instance: Mapping[str, Any], before: Mapping[str, Any] | None) -> dict[str, Any]:
    """5.2.14, showChanges: the value that it had, where it had one."""
    if before is None:
        return dict(instance)
    carrier = VALUE_MEMBER[before["type"]]
    return {**instance, f"previous{carrier[0].upper()}{carrier[1:]}": before[carrier]}


def nulled(instance: Mapping[str, Any], *, deleted: str | None) -> dict[str, Any]:
    """An instance that is gone: its kind, its dataset and the NGSI-LD Null. `deleted`: the moment, where it is told."""
    kind = instance["type"]
    kept = {
        name: instance[name] for name in ("type", "datasetId", "createdAt", "modifiedAt") if name in instance
    }
    return {**kept, VALUE_MEMBER[kind]: null_of(kind), **({"deletedAt": deleted} if deleted else {})}


def whole(content: Any) -> dict[str, Any]:
    """The one instance that stands for an attribute of which nothing is left: the default one, else the first."""
    several = instances(content)
    if len(several) == 1:
        found: dict[str, Any] = several[0]
        return found
    first = next((one for one in several if "datasetId" not in one), several[0])
    return {name: value for name, value in first.items() if name != "datasetId"}
