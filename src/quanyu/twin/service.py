"""What the twin's routes work with; the app makes one per node and hands it in."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path

from quanyu.twin.derived import Envoy, Receiver
from quanyu.twin.history import HistorySource, NoHistory
from quanyu.twin.map.base_map import BaseMap
from quanyu.twin.map.standing import Standings
from quanyu.twin.map.tiles import CityMap
from quanyu.twin.ngsild.context import Contexts
from quanyu.twin.registrations import Sources
from quanyu.twin.subscriptions import Notifier
from quanyu.twin.together import Together
from quanyu.twin.writer import Writer


async def no_base_map() -> None:
    """Of a city that names no tile server."""


@dataclass(frozen=True, slots=True)
class Twin:
    writer: Writer
    city_map: CityMap = field(default_factory=CityMap)
    base_map: Callable[[], Awaitable[BaseMap | None]] = (
        no_base_map  # another one as soon as another is chosen
    )
    standings: Standings = field(default_factory=Standings)
    source: HistorySource = field(default_factory=NoHistory)
    folder: Path | None = None  # the data folder, where sealed days lie
    sources: Sources | None = None
    contexts: Contexts = field(default_factory=Contexts)
    together: Together | None = None
    notifier: Notifier | None = None
    envoy: Envoy | None = None
    receiver: Receiver | None = None
    declared: frozenset[str] = frozenset()  # attributes with an index of their own, by stored name
