"""What may happen to datasets and imports. Everything runs in the caller's transaction."""

import hashlib
import secrets
from collections.abc import Sequence
from datetime import datetime

import msgspec

from quanyu.core.actor import Actor
from quanyu.core.clock import city_day
from quanyu.core.errors import Conflict, Fault, Invalid, NotFound
from quanyu.govern.engine.model import RawPolicy
from quanyu.govern.imports import _sql
from quanyu.govern.imports.asked import check_asked, mapping_faults, refuse
from quanyu.govern.imports.model import (
    About,
    Begun,
    Dataset,
    DatasetKind,
    Extent,
    Import,
    ImportState,
    Options,
    ReceivedFile,
    dataset_name,
    title_from_name,
)
from quanyu.govern.imports.said import model_faults
from quanyu.govern.standards.service import StandardKind, standards
from quanyu.store import Connection, emit, enqueue

JOB = "govern.import"
DEFAULT_GATE = 60.0


class Changes(msgspec.Struct, frozen=True, kw_only=True):
    """A person's changes of a dataset; UNSET stays as it is."""

    title: str | msgspec.UnsetType = msgspec.UNSET
    owner: str | msgspec.UnsetType | None = msgspec.UNSET
    region: str | msgspec.UnsetType | None = msgspec.UNSET
    kind: DatasetKind | msgspec.UnsetType = msgspec.UNSET
    update_cycle: str | msgspec.UnsetType | None = msgspec.UNSET
    gate: float | msgspec.UnsetType = msgspec.UNSET
    raw_policy: RawPolicy | msgspec.UnsetType = msgspec.UNSET
    options: Options | msgspec.UnsetType = msgspec.UNSET


def new_id(now: datetime, prefix: str = "i") -> str:
    """Sorts by time; unique without asking anyone."""
    return f"{prefix}{int(now.timestamp() * 1000):012x}{secrets.token_hex(4)}"


def fingerprint(files: Sequence[ReceivedFile], options: Options) -> str:
    """Equal for the same contents (in any order, under any names) read in the same way."""
    contents = sorted(file.sha256 for file in files)
    body = msgspec.json.encode([contents, msgspec.to_builtins(options)], order="deterministic")
    return hashlib.sha256(body).hexdigest()


async def begin_import(
    connection: Connection,
    *,
    actor: Actor,
    dataset: str,
    files: Sequence[ReceivedFile],
    options: Options,
    about: About,
    now: datetime,
    source: str | None = None,
    extent: Extent = Extent.WHOLE,
    faults: tuple[Fault, ...] = (),
) -> Begun:
    """Notes the arrival and leaves the work to a job. A dataset that does not exist is made.

    The same files with the same options again are the earlier import, `unchanged`. Raises Invalid with `faults`, those
    that reading the options found, and what else is asked for and does not exist.
    """
    if not files:
        raise Invalid("govern.import.no_file")
    mapped = mapping_faults(options.mapping) if options.mapping else ()
    refuse((*faults, *await _model_faults(connection, options, now), *mapped))
    name = dataset_name(dataset)
    called = files[0].name if len(files) == 1 and source is None else name
    named = msgspec.structs.replace(about, title=about.title or title_from_name(called))
    target = await _found_or_made(connection, actor, name, named, now)
    mark = fingerprint(files, options)
    earlier = await _sql.same_import(connection, target.name, mark)
    if earlier is not None:
        return Begun(import_id=earlier, dataset=name, unchanged=True)
    new = Import(
        id=new_id(now),
        dataset=name,
        state=ImportState.RECEIVED,
        files=tuple(files),
        options=options,
        actor=actor.id,
        source=source,
        arrived=now,
        extent=extent,
    )
    await _sql.add_import(connection, actor.tenant, new, mark)
    await enqueue(connection, actor.tenant, JOB, {"import": new.id})
    return Begun(import_id=new.id, dataset=name)


async def _model_faults(connection: Connection, options: Options, now: datetime) -> tuple[Fault, ...]:
    if options.model is None:
        return ()
    known = await standards(connection, StandardKind.MODELS, at=city_day(now))
    return tuple(model_faults(options, [one.name for one in known]))


async def begin_rerun(
    connection: Connection, *, actor: Actor, dataset: str, options: Options, now: datetime
) -> Begun:
    """The current content once more, under today's rules and these options; seen like an import. Raises Invalid."""
    target = await _sql.dataset(connection, dataset)
    if target is None:
        raise NotFound("govern.dataset.unknown", name=dataset)
    refuse(await _model_faults(connection, options, now))
    check_asked(options, [column.name for column in target.columns])
    new = Import(
        id=new_id(now), dataset=dataset, state=ImportState.RECEIVED, files=(), options=options, actor=actor.id,
        source=None, arrived=now, extent=Extent.CONTENT,
    )  # fmt: skip
    await _sql.add_import(connection, actor.tenant, new, new.id)
    await enqueue(connection, actor.tenant, JOB, {"import": new.id})
    return Begun(import_id=new.id, dataset=dataset)


async def dataset(connection: Connection, name: str) -> Dataset:
    found = await _sql.dataset(connection, name)
    if found is None:
        raise NotFound("govern.dataset.unknown", name=name)
    return found


async def import_(connection: Connection, import_id: str) -> Import:
    found = await _sql.import_(connection, import_id)
    if found is None:
        raise NotFound("govern.import.unknown", id=import_id)
    return found


async def cancel_import(connection: Connection, import_id: str, now: datetime) -> Import:
    """Takes effect at once where the work has not begun, else within a second. What is done stays done."""
    found = await _sql.import_(connection, import_id, lock=True)
    if found is None:
        raise NotFound("govern.import.unknown", id=import_id)
    if found.state.is_over:
        raise Conflict("govern.import.over", id=import_id, state=found.state)
    await _sql.ask_cancel(connection, import_id)
    if found.state is ImportState.RECEIVED:
        await _sql.finish(connection, import_id, ImportState.CANCELLED, now)
    return await import_(connection, import_id)


async def change_dataset(connection: Connection, name: str, changes: Changes, now: datetime) -> Dataset:
    found = await _sql.dataset(connection, name, lock=True)
    if found is None:
        raise NotFound("govern.dataset.unknown", name=name)
    said = {
        field: value
        for field in Changes.__struct_fields__
        if (value := getattr(changes, field)) is not msgspec.UNSET
    }
    if "gate" in said and not 0 <= said["gate"] <= 100:
        raise Invalid("govern.dataset.gate")
    changed = msgspec.structs.replace(found, **said, modified=now)
    await _sql.save_dataset(connection, changed)
    return changed


async def remove_dataset(connection: Connection, actor: Actor, name: str) -> None:
    """Its rows go now; what grew from them elsewhere when `dataset.removed` is heard."""
    found = await _sql.dataset(connection, name, lock=True)
    if found is None:
        raise NotFound("govern.dataset.unknown", name=name)
    if any(one.dataset == name for one in await _sql.working_imports(connection)):
        raise Conflict("govern.dataset.busy", name=name)
    await _sql.remove_dataset(connection, name)
    await emit(connection, actor.tenant, "dataset.removed", {"dataset": name, "actor": actor.id})


async def _found_or_made(
    connection: Connection, actor: Actor, name: str, about: About, now: datetime
) -> Dataset:
    found = await _sql.dataset(connection, name)
    if found is not None:
        return found
    made = Dataset(
        name=name,
        title=about.title or name,
        owner=about.owner or actor.organisation,
        region=about.region or actor.region,
        kind=about.kind or DatasetKind.ENTITIES,
        model=None,
        key_columns=(),
        mapping=None,
        options=Options(),
        columns=(),
        update_cycle=about.update_cycle,
        gate=DEFAULT_GATE,
        raw_policy=about.raw_policy or RawPolicy.PARQUET,
        version=0,
        records=0,
        quarantined=0,
        score=None,
        created=now,
        modified=now,
    )
    await _sql.add_dataset(connection, actor.tenant, made)
    return await dataset(connection, name)
