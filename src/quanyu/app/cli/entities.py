"""Files whose lines are NGSI-LD entities: straight into the twin, in batches through the broker's own door."""

import asyncio
import gzip
import os
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import IO, Any, cast

import httpx
import msgspec
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeElapsedColumn, TimeRemainingColumn

from quanyu.app.cli.door import reach
from quanyu.app.cli.terminal import language
from quanyu.app.settings import Settings
from quanyu.core.entity import VALUE_MEMBER
from quanyu.core.errors import Unavailable
from quanyu.core.messages import text

MODEL = "ngsi-ld"
"""What `--model` says of such a file; without it the first lines decide."""

_BATCH = 1000
_UNDER_WAY = 3
_SHOWN_FAULTS = 20
_LOOKED_AT = 5
_UPSERT = "/ngsi-ld/v1/entityOperations/upsert"

Line = tuple[int, bytes]
"""Its number in the file, and what stands in it."""


@dataclass(slots=True)
class Tally:
    """What has become of the lines so far."""

    written: int = 0
    refused: int = 0
    faults: list[str] = field(default_factory=list)

    def refuse(self, where: str, reason: str) -> None:
        self.refused += 1
        if len(self.faults) < _SHOWN_FAULTS:
            self.faults.append(f"{where}: {reason}")


def holds_entities(path: Path) -> bool:
    """Whether its first lines are normalized or concise entities, not just records that have an id."""
    try:
        with _opened(path) as (_, stream):
            lines = [line for line in islice(stream, _LOOKED_AT) if line.strip()]
    except (OSError, EOFError):
        return False
    return bool(lines) and all(map(_is_entity, lines))


async def import_entities(settings: Settings, files: tuple[Path, ...], *, as_json: bool) -> int:
    """0 where every line is in the twin, else 2."""
    console, tally = Console(stderr=as_json), Tally()
    async with _client(settings) as client:
        for path in files:
            await import_lines(client, path, tally, console)
    for fault in tally.faults:
        console.print(fault, style="red", highlight=False, markup=False)
    console.print(
        text("app.import.entities", language(), written=f"{tally.written:,}", refused=f"{tally.refused:,}")
    )
    if as_json:
        print(msgspec.json.encode({"written": tally.written, "refused": tally.refused}).decode())
    return 2 if tally.refused else 0


@asynccontextmanager
async def _client(settings: Settings) -> AsyncIterator[httpx.AsyncClient]:
    """Of the node that runs, else of one that lives as long as the command."""
    async with reach(settings, language()) as client:
        if client is not None:
            yield client
            return
    from quanyu.app.cli.local_door import open_local_client  # the whole node, and only here

    async with open_local_client(settings, language()) as inside:
        yield inside


async def import_lines(client: httpx.AsyncClient, path: Path, tally: Tally, console: Console) -> None:
    """What is refused is told in `tally`. Raises Unavailable where the broker takes no batches."""
    columns = (
        TextColumn("{task.description}", markup=False), BarColumn(), TextColumn("{task.fields[rate]}"),
        TimeElapsedColumn(), TimeRemainingColumn(),
    )  # fmt: skip
    with Progress(*columns, console=console, transient=True) as bar, _opened(path) as (raw, stream):
        task = bar.add_task(path.name, total=os.fstat(raw.fileno()).st_size, rate="")
        under_way: set[asyncio.Task[None]] = set()
        numbered = _numbered(stream)
        while lines := list(islice(numbered, _BATCH)):
            if len(under_way) == _UNDER_WAY:
                done, under_way = await asyncio.wait(under_way, return_when=asyncio.FIRST_COMPLETED)
                _advance(bar, task, raw, tally, done)
            under_way.add(asyncio.create_task(_send(client, path.name, lines, tally)))
        _advance(bar, task, raw, tally, set())
        await asyncio.gather(*under_way)


def _advance(
    bar: Progress, task: TaskID, raw: IO[bytes], tally: Tally, done: set[asyncio.Task[None]]
) -> None:
    for one in done:
        one.result()
    seconds = bar.tasks[0].elapsed or 1.0
    bar.update(task, completed=raw.tell(), rate=f"{tally.written / seconds:,.0f}/s")


async def _send(client: httpx.AsyncClient, name: str, lines: list[Line], tally: Tally) -> None:
    body = b"[" + b",".join(line for _, line in lines) + b"]"
    linked = b'"@context"' in lines[0][1]
    media = "application/ld+json" if linked else "application/json"
    response = await client.post(_UPSERT, content=body, headers={"content-type": media})
    match response.status_code:
        case 201 | 204:
            tally.written += len(lines)
        case 207:
            result = response.json()
            tally.written += len(result["success"])
            for fault in result["errors"]:
                tally.refuse(f"{name} {fault['entityId']}", _reason(fault["error"]))
        case 400:
            await _send_what_is_json(client, name, lines, tally, response)
        case _:
            raise Unavailable(
                "app.import.broker", status=response.status_code, reason=_reason(response.json())
            )


async def _send_what_is_json(
    client: httpx.AsyncClient, name: str, lines: list[Line], tally: Tally, refusal: httpx.Response
) -> None:
    """One broken line makes a whole batch unreadable."""
    whole = []
    for number, line in lines:
        try:
            msgspec.json.decode(line, type=msgspec.Raw)
        except msgspec.DecodeError as error:
            tally.refuse(f"{name}:{number}", str(error))
        else:
            whole.append((number, line))
    if len(whole) == len(lines):
        raise Unavailable("app.import.broker", status=400, reason=_reason(refusal.json()))
    if whole:
        await _send(client, name, whole, tally)


def _reason(problem: dict[str, Any]) -> str:
    faults = [f"{one['where']} {one['message']}" for one in problem.get("faults", ())]
    return "; ".join(faults) or str(problem.get("detail", ""))


def _numbered(stream: Iterator[bytes]) -> Iterator[Line]:
    for number, line in enumerate(stream, start=1):
        if content := line.strip():
            yield number, content


@contextmanager
def _opened(path: Path) -> Iterator[tuple[IO[bytes], Iterator[bytes]]]:
    """The file as it lies on the disk, whose position tells the progress, and its lines."""
    with path.open("rb") as raw:
        yield raw, cast(Iterator[bytes], gzip.GzipFile(fileobj=raw)) if path.suffix == ".gz" else raw


def _is_entity(line: bytes) -> bool:
    if not line.lstrip().startswith(b"{"):
        return False
    from quanyu.twin.ngsild.document import is_uri  # the whole twin, which a table does not need

    try:
        found = msgspec.json.decode(line)
    except (msgspec.DecodeError, RecursionError):
        return False
    if not isinstance(found, dict) or not isinstance(found.get("id"), str) or not is_uri(found["id"]):
        return False
    values = [value for name, value in found.items() if name not in ("id", "type", "@context", "scope")]
    return "type" in found and any(map(_is_attribute, values))


def _is_attribute(value: object) -> bool:
    return isinstance(value, dict) and (value.get("type") in VALUE_MEMBER or "observedAt" in value)
