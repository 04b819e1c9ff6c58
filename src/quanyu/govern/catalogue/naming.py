"""Names beside codes: of organisations as identity knows them, of regions as the node's list has them."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from quanyu.core.messages import DEFAULT_LANGUAGE
from quanyu.govern.standards.regions import region_names
from quanyu.identity import organisation_names
from quanyu.store import Connection


@dataclass(frozen=True, slots=True)
class Names:
    """A code that nobody knows has the name ""; whoever shows it shows the code."""

    organisations: Mapping[str, str]
    regions: Mapping[str, str]

    def organisation(self, code: str | None) -> str:
        return self.organisations.get(code or "", "")

    def region(self, code: str | None) -> str:
        return self.regions.get(code or "", "")


async def names_of(
    connection: Connection, *, organisations: Iterable[str | None] = (), regions: Iterable[str | None] = (),
    language: str = DEFAULT_LANGUAGE,
) -> Names:  # fmt: skip
    """At most one query for each kind, however many codes there are; of organisations in English where they have such a name."""
    bodies, places = set(filter(None, organisations)), set(filter(None, regions))
    return Names(
        organisations=await organisation_names(connection, bodies, language) if bodies else {},
        regions=await region_names(connection, places) if places else {},
    )
