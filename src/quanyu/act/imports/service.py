"""An import of cases: begun with a file and a mapping, done in batches that survive a kill, never twice the same case."""

import asyncio
import itertools
import secrets
import shutil
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

import msgspec
from asyncpg import UniqueViolationError

from quanyu.act.cases._laid_sql import classes as known_classes
from quanyu.act.cases.following import DEFINITION
from quanyu.act.imports import _sql
from quanyu.act.imports._sql import CaseImport, Refusal
from quanyu.act.imports.mapping import Arrival, CaseMapping, arrival, missing_columns, parse_mapping
from quanyu.act.imports.rows import Line, rows
from quanyu.act.imports.taking_over import take_over
from quanyu.core.clock import Clock
from quanyu.core.errors import Fault, Invalid, NotFound
from quanyu.store import Connection, Database, enqueue
from quanyu.workflow import Doer, definition

JOB = "act.import_cases"
BATCH = 200
FOLDER = "case-imports"
"""Of the data folder: what is still to be read, each file in a folder of its own."""


async def begin(
    connection: Connection, tenant: str, file: str, mapping: object, *, actor: str, now: datetime
) -> str:
    """As `note`, and a job does it."""
    id = await note(connection, tenant, file, mapping, actor=actor, now=now)
    await enqueue(connection, tenant, JOB, {"import": id})
    return id


async def note(
    connection: Connection, tenant: str, file: str, mapping: object, *, actor: str, now: datetime
) -> str:
    """The file lies below `FOLDER` of the data folder. Raises Invalid for a mapping that says nothing sensible."""
    checked = await _checked(connection, mapping)
    id = f"{now:%Y%m%d}-{secrets.token_hex(6)}"
    await _sql.begin(
        connection, tenant, id, system=checked.system, mapping=msgspec.to_builtins(mapping), actor=actor, file=file,
        now=now,
    )  # fmt: skip
    return id


async def take_file(
    database: Database, folder: Path, tenant: str, file: Path, mapping: bytes, *, actor: str, clock: Clock
) -> CaseImport:
    """A file that lies on this machine, at once. Raises Invalid for a mapping that is none."""
    name = f"{secrets.token_hex(8)}/{file.name}"
    async with database.tenant(tenant) as connection:
        id = await note(connection, tenant, name, decoded(mapping), actor=actor, now=clock())
        await asyncio.to_thread(_copy, file, folder / FOLDER / name)
    return await work_off(database, folder, tenant, id, clock=clock)


def decoded(mapping: str | bytes) -> object:
    """Raises Invalid where it is no JSON."""
    try:
        return msgspec.json.decode(mapping)
    except (msgspec.DecodeError, UnicodeError, RecursionError) as error:
        raise Invalid("act.import.mapping", reason=str(error)) from error


async def import_(connection: Connection, id: str) -> CaseImport:
    """Raises NotFound."""
    found = await _sql.import_(connection, id)
    if found is None:
        raise NotFound("act.import.unknown", id=id[:40])
    return found


def reasons(refused: Refusal, language: str) -> tuple[str, ...]:
    """What is wrong with a line, in words."""
    faults = [Fault(one["key"], one["where"], one["values"]) for one in refused.faults]
    return tuple(f"{one.where}: {one.text(language)}" if one.where else one.text(language) for one in faults)


async def work_off(database: Database, folder: Path, tenant: str, id: str, *, clock: Clock) -> CaseImport:
    """Goes on after the last batch that was committed; again after its end it does nothing."""
    async with database.tenant(tenant) as connection:
        asked = await _sql.asked(connection, id)
    if asked is None or not asked[0]:
        async with database.tenant(tenant) as connection:
            return await import_(connection, id)
    name, source, actor, done = asked
    path, fault = folder / FOLDER / name, None
    try:
        await _take(database, tenant, id, path, parse_mapping(source), done=done, actor=actor, clock=clock)
    except (Invalid, FileNotFoundError) as error:
        fault = str(error)
    async with database.tenant(tenant) as connection:
        await _sql.finish(connection, tenant, id, fault=fault, now=clock())
        ended = await import_(connection, id)
    await asyncio.to_thread(shutil.rmtree, path.parent, ignore_errors=True)
    return ended


async def _take(
    database: Database,
    tenant: str,
    id: str,
    path: Path,
    mapping: CaseMapping,
    *,
    done: int,
    actor: str,
    clock: Clock,
) -> None:
    async with database.tenant(tenant) as connection:
        classes = frozenset(one.code for one in await known_classes(connection))
    found = rows(path)
    first = next(found, None)
    if first is None:
        raise Invalid("act.import.nothing", file=path.name)
    if missing := missing_columns(mapping, list(first[1])) if "" not in first[1] else []:
        raise Invalid("act.import.columns", names=", ".join(missing))
    remaining = itertools.islice(itertools.chain([first], found), done, None)
    while batch := list(itertools.islice(remaining, BATCH)):
        async with database.tenant(tenant) as connection:
            await _Batch(connection, tenant, id, mapping, classes, actor, clock()).take(batch)


class _Batch:
    """Some rows within one transaction."""

    def __init__(
        self, connection: Connection, tenant: str, id: str, mapping: CaseMapping, classes: frozenset[str], actor: str, now: datetime
    ) -> None:  # fmt: skip
        self._connection, self._tenant, self._id = connection, tenant, id
        self._mapping, self._classes, self._now = mapping, classes, now
        self._doer = Doer(id=actor, node=True)

    async def take(self, batch: Sequence[Line]) -> None:
        refused: list[Refusal] = []
        arrivals: list[tuple[int, dict[str, str], Arrival]] = []
        for line, row in batch:
            try:
                arrivals.append(
                    (line, row, arrival(self._mapping, row, classes=self._classes, now=self._now))
                )
            except Invalid as error:
                refused.append(_refusal(line, row, error))
        here = await _sql.externals(self._connection, [one.report.external or "" for _, _, one in arrivals])
        made = 0
        for line, row, one in arrivals:
            if one.report.external in here:
                continue
            here.add(one.report.external or "")
            try:
                async with self._connection.transaction():
                    await take_over(
                        self._connection, self._tenant, one, self._doer, through=self._mapping.through
                    )
                made += 1
            except UniqueViolationError:
                continue  # another import has brought it meanwhile
            except Invalid as error:
                refused.append(_refusal(line, row, error))
        known = len(batch) - made - len(refused)
        await _sql.advance(
            self._connection, self._tenant, self._id, read=len(batch), made=made, known=known, refused=refused
        )


async def _checked(connection: Connection, mapping: object) -> CaseMapping:
    checked = parse_mapping(mapping)
    rules = await definition(connection, DEFINITION)
    states = {one.name for one in rules.states if one.call is None and not one.join}
    wanted = {*checked.states.values(), checked.state, *([checked.through] if checked.through else [])}
    if unknown := sorted(wanted - states):
        faults = tuple(Fault("act.import.no_state", "states", {"state": one}) for one in unknown)
        raise Invalid("act.import.mapping", faults=faults, reason=", ".join(unknown))
    return checked


def _copy(file: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, mode=0o700)
    shutil.copyfile(file, target)


def _refusal(line: int, row: dict[str, str], error: Invalid) -> Refusal:
    faults = [{"key": one.key, "where": one.where, "values": one.values} for one in error.faults]
    return Refusal(line=line, content=row, faults=faults)
