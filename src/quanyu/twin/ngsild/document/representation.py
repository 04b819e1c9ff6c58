"""How entities are asked to be shown (4.5.4, 4.5.16, 4.5.17, 4.15, 4.21)."""

from collections.abc import Collection
from dataclasses import dataclass
from enum import StrEnum

from quanyu.twin.ngsild.document.languages import Languages


class Form(StrEnum):
    NORMALIZED = "normalized"
    CONCISE = "concise"
    SIMPLIFIED = "simplified"


@dataclass(frozen=True, slots=True, kw_only=True)
class Representation:
    """All names are stored names: `context.stored` makes them of those of a request.

    `attributes` (attrs): these, beside id, type and scope. `pick`: these members and no other; `omit`: all but these.

    `system`: createdAt and modifiedAt as well. `datasets`: only instances of these datasetIds, `@none` for the default
    one. `geometry`: the GeoProperty that becomes the geometry of a Feature; empty where GeoJSON is not asked for.
    """

    form: Form = Form.NORMALIZED
    attributes: Collection[str] = ()
    pick: Collection[str] = ()
    omit: Collection[str] = ()
    system: bool = False
    languages: Languages | None = None
    datasets: Collection[str] = ()
    geometry: str = ""

    def has(self, name: str) -> bool:
        """Whether the attribute of this stored name is shown."""
        return (
            (not self.attributes or name in self.attributes)
            and (not self.pick or name in self.pick)
            and name not in self.omit
        )

    def has_member(self, name: str) -> bool:
        """The same for id, type, scope and expiresAt."""
        return (not self.pick or name in self.pick) and name not in self.omit

    @property
    def has_all(self) -> bool:
        return not (self.attributes or self.pick or self.omit)


NORMALIZED = Representation()
