"""Files of open data that stay as they are: what the catalogue tells of them. Who makes and keeps them is no part of it."""

from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from quanyu.govern.catalogue.model import Entry
from quanyu.govern.imports.export import ExportFormat
from quanyu.store import Connection


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenFile:
    """`path` is below the node's address; `sha256` in hexadecimal; `downloads` of the whole version, in all its forms."""

    dataset: str
    version: int
    format: ExportFormat
    path: str
    bytes: int
    sha256: str
    licence: str
    attribution: str
    downloads: int
    at: datetime


OpenFiles = Callable[[Connection, Collection[str]], Awaitable[Sequence[OpenFile]]]
"""The newest version that is open, of each of these datasets."""

Listed = Sequence[tuple[Entry, Sequence[OpenFile]]]


async def none_open(connection: Connection, datasets: Collection[str]) -> Sequence[OpenFile]:
    return ()


async def with_files(connection: Connection, entries: Sequence[Entry], open_files: OpenFiles) -> Listed:
    """Each with its files; those of an entry that is not public are nobody's to take."""
    public = [one.name for one in entries if one.is_public]
    found: dict[str, list[OpenFile]] = {name: [] for name in public}
    for file in await open_files(connection, public) if public else ():
        found[file.dataset].append(file)
    return [(one, found.get(one.name, ())) for one in entries]


def by_resource(files: Sequence[OpenFile]) -> Mapping[str, OpenFile]:
    """By the id of their CKAN resource: `NAME.csv.3` is the third version of the CSV."""
    return {f"{one.dataset}.{one.format}.{one.version}": one for one in files}
