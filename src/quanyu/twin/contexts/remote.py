"""@contexts from elsewhere: from files that the settings name, else over HTTP, within bounds."""

import asyncio
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import httpx

from quanyu.connect.outgoing import Outgoing
from quanyu.core.errors import Invalid, QuanyuError
from quanyu.twin.ngsild.context import LdContextNotAvailable

MAX_BYTES = 4 * 1024 * 1024
WAIT = 5.0
_TOGETHER = 10.0
_HEADERS = {"accept": "application/ld+json, application/json;q=0.9", "user-agent": "quanyu"}


def preloaded(table: Path | None) -> dict[str, Path]:
    """URL -> file, from a JSON file {URL: file}; files are named beside it. Raises Invalid."""
    if table is None:
        return {}
    try:
        named = json.loads(table.read_text(encoding="utf-8"))
        files = {url: table.parent / str(file) for url, file in named.items()}
    except (OSError, ValueError, AttributeError) as error:
        raise Invalid("twin.context.table", file=table.name, reason=str(error)[:200]) from None
    if missing := [str(path.name) for path in files.values() if not path.is_file()]:
        raise Invalid("twin.context.table", file=table.name, reason=", ".join(missing)[:200])
    return files


@dataclass(slots=True)
class Remote:
    """One request at a time for each URL; who asks for it meanwhile waits for the same one."""

    outgoing: Outgoing
    files: Mapping[str, Path] = field(default_factory=dict)
    _running: dict[str, asyncio.Task[bytes]] = field(default_factory=dict)

    async def fetch(self, url: str) -> bytes:
        """What is behind `url`. Raises LdContextNotAvailable."""
        if file := self.files.get(url):
            return await asyncio.to_thread(file.read_bytes)
        task = self._running.get(url)
        if task is None:
            task = self._running[url] = asyncio.create_task(self._requested(url))
            task.add_done_callback(lambda _: self._running.pop(url, None))
        return await asyncio.shield(task)

    async def _requested(self, url: str) -> bytes:
        try:
            async with (
                asyncio.timeout(_TOGETHER),
                self.outgoing.request("GET", url, headers=_HEADERS, wait=WAIT) as response,
            ):
                if response.status_code != 200:
                    raise _unreachable(url, f"HTTP {response.status_code}")
                return await _read(url, response)
        except TimeoutError:
            raise _unreachable(url, f"> {_TOGETHER:.0f} s") from None
        except LdContextNotAvailable:
            raise
        except QuanyuError as error:
            raise _unreachable(url, error.text("en")) from error


async def _read(url: str, response: httpx.Response) -> bytes:
    parts, size = [], 0
    async for part in response.aiter_bytes():
        size += len(part)
        if size > MAX_BYTES:
            raise LdContextNotAvailable("twin.context.bytes", url=url[:200], limit=MAX_BYTES)
        parts.append(part)
    return b"".join(parts)


def _unreachable(url: str, reason: str) -> LdContextNotAvailable:
    return LdContextNotAvailable("twin.context.unreachable", url=url[:200], reason=reason[:200])
