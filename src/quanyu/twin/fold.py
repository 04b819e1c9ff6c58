"""Many writes become few rows: the writes of one group folded per entity, each of them still logged. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from quanyu.core.errors import Conflict, NotFound, QuanyuError
from quanyu.twin.model import EntityWrite, Expect, Op


@dataclass(slots=True)
class Plan:
    """`rows`: one write per entity, sorted by id. `log`: every accepted write in order.

    `first`: index of the first accepted write of each entity. `refused`: by index of the write.
    """

    rows: list[EntityWrite] = field(default_factory=list)
    log: list[EntityWrite] = field(default_factory=list)
    first: dict[str, int] = field(default_factory=dict)
    refused: dict[int, QuanyuError] = field(default_factory=dict)

    def rows_of(self, op: Op) -> list[EntityWrite]:
        return [row for row in self.rows if row.op == op]


def ids_to_look_up(writes: Iterable[EntityWrite]) -> list[str]:
    """The entities whose presence decides: `plan` wants their types."""
    return sorted({write.id for write in writes if write.expect != Expect.ANYTHING or not write.types})


def plan(writes: Sequence[EntityWrite], known: Mapping[str, tuple[str, ...]]) -> Plan:
    """`known` holds the types of those of `ids_to_look_up` that exist."""
    made = Plan()
    types: dict[str, tuple[str, ...] | None] = dict(known)
    rows: dict[str, EntityWrite] = {}
    for index, write in enumerate(writes):
        before = types.get(write.id)
        if refusal := _refusal(write, before is not None):
            made.refused[index] = refusal
            continue
        if not write.types:
            write = replace(write, types=before or ("Thing",))
        types[write.id] = None if write.op == Op.DELETE else write.types
        made.log.append(write)
        made.first.setdefault(write.id, index)
        earlier = rows.get(write.id)
        rows[write.id] = write if earlier is None else _folded(earlier, write)
    made.rows = [rows[id] for id in sorted(rows)]
    return made


def _refusal(write: EntityWrite, present: bool) -> QuanyuError | None:
    if write.expect == Expect.ABSENT and present:
        return Conflict("twin.entity.exists", id=write.id)
    if write.expect == Expect.PRESENT and not present:
        return NotFound("twin.entity.unknown", id=write.id)
    return None


def _folded(earlier: EntityWrite, later: EntityWrite) -> EntityWrite:
    """One write with the effect of both."""
    if later.op in (Op.REPLACE, Op.DELETE):
        return later
    if earlier.op == Op.DELETE:
        return replace(later, op=Op.REPLACE, removed=())
    document: dict[str, Any] = {
        name: value for name, value in earlier.document.items() if name not in later.removed
    } | dict(later.document)
    if earlier.op == Op.REPLACE:
        return replace(earlier, document=document)
    removed = tuple(sorted({*earlier.removed, *later.removed} - document.keys()))
    return replace(
        later, op=Op.REMOVE if removed else Op.MERGE, document=document, removed=removed,
        dataset=later.dataset or earlier.dataset, scope=later.scope or earlier.scope,
    )  # fmt: skip
