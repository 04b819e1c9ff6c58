"""A backup is brought back without a shell: asked for over HTTP, carried out when the node starts next, which it does by itself.

The node of the backup is made in a folder of its own beside the data, and compared with the archive row by row. Only when it is
whole the two change places, by renames; what was there before is set aside, and nothing is lost. A restoration that fails leaves the
node as it is, with the reason. Whatever cuts it short, the next start goes on: either the new folder is whole and the places are
changed, or it is begun again.
"""

import asyncio
import shutil
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import TypeVar

import msgspec

from quanyu.app.node import open_node
from quanyu.app.operations.backups import folder_of, listed
from quanyu.app.operations.wanted import request_of, whole_of
from quanyu.app.settings import Settings
from quanyu.core.actor import Resource
from quanyu.core.clock import Clock, utc_now
from quanyu.core.errors import NotFound, QuanyuError
from quanyu.core.messages import text
from quanyu.identity import Outcome, append_evidence, local_operator
from quanyu.packs.schemas import make_schemas
from quanyu.store.backup import BACKUPS, RESTORING, SET_ASIDE, restore

_STAYS = frozenset({BACKUPS, RESTORING, SET_ASIDE, "run", "tmp"})
_LOOK_SECONDS = 0.5

Kind = TypeVar("Kind")


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    archive: str
    by: str
    at: datetime


class Restored(msgspec.Struct, frozen=True, kw_only=True):
    """The last restoration. `fault`: why it did not come to pass; `aside`: where what was there before lies."""

    asked: Asked
    ended: datetime
    snapshot: datetime | None = None
    rows: int = 0
    files: int = 0
    aside: str | None = None
    fault: str | None = None


class _Whole(msgspec.Struct, frozen=True, kw_only=True):
    """The new folder is whole; `before` is what has to give place to it."""

    done: Restored
    before: tuple[str, ...]


def ask(data: Path, asked: Asked) -> None:
    """Raises NotFound. For a thread."""
    if all(one.name != asked.archive for one in listed(data)):
        raise NotFound("app.backup.unknown", name=asked.archive[:80])
    draft = request_of(data).with_suffix(".part")
    draft.write_bytes(msgspec.json.encode(asked))
    draft.replace(request_of(data))


def asked_for(data: Path) -> Asked | None:
    return _read(request_of(data), Asked)


def last(data: Path) -> Restored | None:
    return _read(folder_of(data) / "restored.json", Restored)


def drop_aside(data: Path) -> None:
    """What was there before goes for good. For a thread."""
    shutil.rmtree(data / SET_ASIDE, ignore_errors=True)
    if (known := last(data)) is not None:
        _note(data, msgspec.structs.replace(known, aside=None))


async def until_asked(data: Path) -> None:
    while True:
        if await asyncio.to_thread(request_of(data).exists):
            return
        await asyncio.sleep(_LOOK_SECONDS)


async def restore_if_asked(
    settings: Settings, say: Callable[[str], None], language: str, *, clock: Clock = utc_now
) -> None:
    """Before the node is opened."""
    whole = whole_of(settings.data)
    asked = asked_for(settings.data)
    if not whole.exists() and asked is not None:
        say(text("app.restoration.begun", language, archive=asked.archive))
        done = await _made(settings, asked, clock, language)
        if done.fault is not None:
            await asyncio.to_thread(_ended, settings.data, done)
            say(text("app.restoration.failed", language, reason=done.fault))
            return
        await asyncio.to_thread(_declare_whole, settings.data, whole, done)
    if found := _read(whole, _Whole):
        done = found.done
        await asyncio.to_thread(_change_places, settings.data, found)
        say(text("app.restoration.done", language, rows=done.rows, files=done.files, aside=done.aside or ""))


async def _made(settings: Settings, asked: Asked, clock: Clock, language: str) -> Restored:
    """The node of the backup in a folder of its own; the keys of this one are taken where the archive has none."""
    folder = settings.data / RESTORING
    try:
        await asyncio.to_thread(_begin, settings.data, folder)
        async with open_node(replace(settings, data=folder, demo=False), clock=clock) as node:
            archive = folder_of(settings.data) / asked.archive
            report = await restore(archive, node.database, folder, schemas=make_schemas)
            about = Resource("node", "backup", node.tenant)
            said = {"restored": asked.archive, "asked_by": asked.by, "snapshot": report.snapshot.isoformat()}
            async with node.database.tenant(node.tenant) as connection:
                actor = local_operator(node.tenant)
                await append_evidence(connection, actor, "backup.run", about, Outcome.ALLOWED, said)
    except Exception as error:  # whatever it is, the node as it was goes on
        reason = error.text(language) if isinstance(error, QuanyuError) else str(error)
        return Restored(asked=asked, ended=clock(), fault=reason)
    aside = str(settings.data / SET_ASIDE / f"{clock():%Y%m%dT%H%M%SZ}")
    return Restored(
        asked=asked,
        ended=clock(),
        snapshot=report.snapshot,
        rows=report.rows,
        files=report.files,
        aside=aside,
    )


def _begin(data: Path, folder: Path) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(mode=0o700)
    if (data / "keys").is_dir():
        shutil.copytree(data / "keys", folder / "keys")


def _declare_whole(data: Path, whole: Path, done: Restored) -> None:
    before = tuple(sorted(path.name for path in data.iterdir() if path.name not in _STAYS))
    draft = whole.with_suffix(".part")
    draft.write_bytes(msgspec.json.encode(_Whole(done=done, before=before)))
    draft.replace(whole)


def _change_places(data: Path, found: _Whole) -> None:
    """Every step is a rename that is not done twice, so that it is gone on with after a cut."""
    aside = Path(found.done.aside or data / SET_ASIDE / "before")
    aside.mkdir(parents=True, exist_ok=True, mode=0o700)
    for name in found.before:
        if (data / name).exists() and not (aside / name).exists():
            (data / name).rename(aside / name)
    for path in sorted((data / RESTORING).iterdir()):
        if path.name not in _STAYS and path.name != whole_of(data).name:
            path.rename(data / path.name)
    _ended(data, found.done)


def _ended(data: Path, done: Restored) -> None:
    _note(data, done)
    request_of(data).unlink(missing_ok=True)
    shutil.rmtree(data / RESTORING, ignore_errors=True)


def _note(data: Path, done: Restored) -> None:
    (folder_of(data) / "restored.json").write_bytes(msgspec.json.encode(done))


def _read(path: Path, kind: type[Kind]) -> Kind | None:
    try:
        return msgspec.json.decode(path.read_bytes(), type=kind)
    except (FileNotFoundError, msgspec.DecodeError):
        return None
