"""What datasets are called in the catalogue: whoever has to do with one reads its title, also where they may not see the dataset itself."""

from collections.abc import Iterable

from quanyu.govern.catalogue._sql import entries
from quanyu.store import Connection


async def titles_of(connection: Connection, datasets: Iterable[str]) -> dict[str, str]:
    """By name; without those that are in no catalogue here."""
    return {one.name: one.description.title for one in await entries(connection, sorted(set(datasets)))}


async def title_of(connection: Connection, dataset: str) -> str:
    return (await titles_of(connection, [dataset])).get(dataset, dataset)
