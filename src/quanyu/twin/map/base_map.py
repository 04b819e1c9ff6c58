"""The picture below the node's own layers, from a tile server that the settings name. The node asks it, the browser never does."""

import asyncio
import hashlib
import io
import logging
import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

import httpx
from PIL import Image

from quanyu.connect.outgoing import Outgoing
from quanyu.core.errors import Invalid, QuanyuError, Unavailable
from quanyu.twin.map.grid import Tile
from quanyu.twin.map.shift import shifted

DEEPEST = 18
"""Zoom of the nearest tiles that are asked for: from nearer the browser draws these larger."""

MOST_BYTES = 1024 * 1024
MOST_SIDE = 1024
WAIT = 4.0
PAUSE = 30
"""Seconds without another question after a server did not answer: pages shall not wait for it again and again."""

_FORMATS = {"PNG": "image/png", "JPEG": "image/jpeg", "WEBP": "image/webp", "GIF": "image/gif"}
_AT_ONCE = 12
_KEPT_BYTES = 32 * 1024 * 1024
_KEPT_SECONDS = 24 * 3600.0
_HEADERS = {"accept": "image/png, image/jpeg, image/webp, image/gif", "user-agent": "quanyu"}
_BROKEN = (OSError, ValueError, SyntaxError, EOFError, Image.DecompressionBombError)
"""What Pillow raises for what is no picture."""

_log = logging.getLogger("quanyu.map")


@dataclass(frozen=True, slots=True)
class TileSource:
    """`address` has {z}, {x} and {y}, and whatever key the server wants, which is told to nobody."""

    address: str
    gcj02: bool = False
    attribution: str = ""

    def url(self, tile: Tile) -> str:
        named = {"{z}": tile.z, "{x}": tile.x, "{y}": tile.y}
        made = self.address
        for name, value in named.items():
            made = made.replace(name, str(value))
        return made

    @property
    def version(self) -> str:
        """Another one for another source, so that browsers do not show what they kept of the one before."""
        return hashlib.blake2b(f"{self.gcj02} {self.address}".encode(), digest_size=4).hexdigest()


@dataclass(frozen=True, slots=True)
class Picture:
    body: bytes
    media_type: str


@dataclass(slots=True)
class BaseMap:
    """One per process. Tiles are kept in memory for a day, within bounds; the same one is asked for once at a time."""

    source: TileSource
    outgoing: Outgoing
    seconds: Callable[[], float] = time.monotonic
    _kept: OrderedDict[tuple[Tile, bool], tuple[float, Picture]] = field(default_factory=OrderedDict)
    _bytes: int = 0
    _running: dict[tuple[Tile, bool], asyncio.Task[Picture]] = field(default_factory=dict)
    _gate: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(_AT_ONCE))
    _silent_until: float = 0.0

    async def tile(self, tile: Tile) -> Picture:
        """Raises Invalid for a tile that there is not, Unavailable where the server gives no picture."""
        if tile.z > DEEPEST or not tile.is_on_the_map():
            raise Invalid("twin.ground.place", z=tile.z, x=tile.x, y=tile.y, deepest=DEEPEST)
        if self.source.gcj02:
            return await self._once((tile, True), lambda: self._put_together(tile))
        return await self._asked(tile)

    async def _asked(self, tile: Tile) -> Picture:
        return await self._once((tile, False), lambda: self._request(tile))

    async def _put_together(self, tile: Tile) -> Picture:
        places = await asyncio.to_thread(shifted, tile)
        sources = sorted(places.sources, key=lambda one: (one.y, one.x))
        found = await asyncio.gather(*map(self._asked, sources))

        def drawn() -> Picture:
            made = places.draw({one: _opened(it.body) for one, it in zip(sources, found, strict=True)})
            photos = all(one.media_type == _FORMATS["JPEG"] for one in found)
            return _encoded(made, "JPEG" if photos else "PNG")

        return await asyncio.to_thread(drawn)

    async def _once(self, key: tuple[Tile, bool], make: Callable[[], Awaitable[Picture]]) -> Picture:
        """As it is kept; else made, for all who ask meanwhile together."""
        if (known := self._kept.get(key)) and self.seconds() - known[0] < _KEPT_SECONDS:
            self._kept.move_to_end(key)
            return known[1]
        task = self._running.get(key)
        if task is None:
            task = self._running[key] = asyncio.create_task(self._made(key, make))
            task.add_done_callback(lambda done: self._ended(key, done))
        return await asyncio.shield(task)

    async def _made(self, key: tuple[Tile, bool], make: Callable[[], Awaitable[Picture]]) -> Picture:
        made = await make()
        if before := self._kept.pop(key, None):
            self._bytes -= len(before[1].body)
        self._kept[key] = self.seconds(), made
        self._bytes += len(made.body)
        while self._bytes > _KEPT_BYTES:
            _, (_, gone) = self._kept.popitem(last=False)
            self._bytes -= len(gone.body)
        return made

    def _ended(self, key: tuple[Tile, bool], task: asyncio.Task[Picture]) -> None:
        self._running.pop(key, None)
        if not task.cancelled():
            task.exception()  # whoever asked may have gone

    async def _request(self, tile: Tile) -> Picture:
        async with self._gate:
            if self.seconds() < self._silent_until:
                raise Unavailable("twin.ground.silent", seconds=PAUSE)
            try:
                async with (
                    asyncio.timeout(WAIT),
                    self.outgoing.request(
                        "GET", self.source.url(tile), headers=_HEADERS, wait=WAIT
                    ) as response,
                ):
                    body, status = await _read(response), response.status_code
            except (TimeoutError, QuanyuError) as error:
                raise self._silent(error) from error
        if status != 200:
            raise Unavailable("twin.ground.status", status=status)
        return await asyncio.to_thread(_checked, body)

    def _silent(self, error: TimeoutError | QuanyuError) -> Unavailable:
        """The reader is not told which server it is, the owner of the node is."""
        reason = str(error) or f"> {WAIT:g} s"
        _log.warning("the base map does not answer: %s", reason)
        self._silent_until = self.seconds() + PAUSE
        return Unavailable("twin.ground.silent", seconds=PAUSE)


async def _read(response: httpx.Response) -> bytes:
    """No more than one byte too many, so that it is refused."""
    made = bytearray()
    async for part in response.aiter_bytes():
        made += part
        if len(made) > MOST_BYTES:
            break
    return bytes(made[: MOST_BYTES + 1])


def _checked(body: bytes) -> Picture:
    """Only what a decoder has read through is believed, never a content type."""
    return Picture(body, _FORMATS[str(_opened(body).format)])


def _opened(body: bytes) -> Image.Image:
    try:
        image = Image.open(io.BytesIO(body), formats=tuple(_FORMATS))
        if len(body) <= MOST_BYTES and max(image.size) <= MOST_SIDE:
            image.load()
            return image
    except _BROKEN as error:
        raise Unavailable("twin.ground.picture") from error
    raise Unavailable("twin.ground.large", side=MOST_SIDE, bytes=MOST_BYTES)


def _encoded(image: Image.Image, kind: str) -> Picture:
    made = io.BytesIO()
    if kind == "JPEG":
        image.convert("RGB").save(made, kind, quality=90)
    else:
        image.save(made, kind)
    return Picture(made.getvalue(), _FORMATS[kind])
