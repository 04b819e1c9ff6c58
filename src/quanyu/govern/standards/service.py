"""Standards of a tenant: the built-in ones with the tenant's own versions laid over them. A version never changes."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from enum import StrEnum
from typing import Any

import msgspec

from quanyu.core.codes import CodeList
from quanyu.core.errors import Conflict, Fault, Invalid, NotFound
from quanyu.govern.standards import _sql, built_in
from quanyu.govern.standards.model import DataElement, DataModel
from quanyu.store import Connection


class StandardKind(StrEnum):
    CODE_LISTS = "code-lists"
    ELEMENTS = "elements"
    MODELS = "models"


Standard = CodeList | DataElement | DataModel

TYPES: dict[StandardKind, type[CodeList] | type[DataElement] | type[DataModel]] = {
    StandardKind.CODE_LISTS: CodeList,
    StandardKind.ELEMENTS: DataElement,
    StandardKind.MODELS: DataModel,
}


async def standards(connection: Connection, kind: StandardKind, *, at: date) -> list[Standard]:
    """The version of each that is in force on the day `at`, by name."""
    found: dict[str, Standard] = {}
    for one in (*_built_in(kind), *await _own(connection, kind)):
        if _in_force(one, at) and (
            one.name not in found or one.effective_from >= found[one.name].effective_from
        ):
            found[one.name] = one
    return [found[name] for name in sorted(found)]


async def own_models(connection: Connection, *, at: date) -> tuple[DataModel, ...]:
    """The tenant's data models in force on the day `at`."""
    built_in_ones = {id(one) for one in built_in.data_models()}
    found = await standards(connection, StandardKind.MODELS, at=at)
    return tuple(one for one in found if isinstance(one, DataModel) and id(one) not in built_in_ones)


async def versions(connection: Connection, kind: StandardKind, name: str) -> list[Standard]:
    """All versions, oldest first. Raises NotFound where there is none."""
    every = [one for one in _built_in(kind) if one.name == name] + await _own(connection, kind, name)
    if not every:
        raise NotFound("govern.standards.unknown", kind=kind.value, name=name)
    return sorted(every, key=lambda one: one.effective_from)


async def standard(
    connection: Connection, kind: StandardKind, name: str, *, at: date, version: str | None = None
) -> Standard:
    every = await versions(connection, kind, name)
    fitting = [one for one in every if (one.version == version if version else _in_force(one, at))]
    if not fitting:
        raise NotFound("govern.standards.no_version", name=name, version=version or "", at=at.isoformat())
    return fitting[-1]


async def add(
    connection: Connection,
    tenant: str,
    kind: StandardKind,
    added: Sequence[Standard],
    *,
    actor: str,
    at: datetime,
) -> int:
    """How many are new. The same version again changes nothing; the same version with another content is a Conflict."""
    check(added)
    new = 0
    for one in added:
        body = msgspec.to_builtins(one)
        args = (
            tenant,
            kind.value,
            one.name,
            one.version,
            one.effective_from,
            one.effective_to,
            body,
            actor,
            at,
        )
        known = next(
            (had for had in _built_in(kind) if (had.name, had.version) == (one.name, one.version)), None
        )
        if known is None and await connection.fetchval(_sql.PUT, *args):
            new += 1
            continue
        before = known or _parsed(
            kind, await connection.fetchval(_sql.SAME, kind.value, one.name, one.version)
        )
        if before != one:
            raise Conflict("govern.standards.version_taken", name=one.name, version=one.version)
    return new


def parse(kind: StandardKind, text: bytes) -> tuple[Standard, ...]:
    """One standard or a list of them, as JSON. Raises Invalid."""
    try:
        source = msgspec.json.decode(text)
        return tuple(_parsed(kind, one) for one in (source if isinstance(source, list) else [source]))
    except (msgspec.DecodeError, msgspec.ValidationError) as error:
        raise Invalid("govern.standards.unreadable", detail=str(error)) from None


def check(added: Iterable[Standard]) -> None:
    """Raises Invalid with every fault of all of them."""
    faults = tuple(fault for one in added for fault in _faults(one))
    if faults:
        raise Invalid("govern.standards.faulty", faults=faults, count=len(faults))


def _faults(one: Standard) -> Iterable[Fault]:
    if (
        not one.name
        or len(one.name) > 100
        or any(character.isspace() or character == "/" for character in one.name)
    ):
        yield Fault("govern.standards.name", one.name, {"name": one.name})
    if one.effective_to is not None and one.effective_to <= one.effective_from:
        yield Fault("govern.standards.dates", one.name)
    match one:
        case CodeList():
            yield from _repeated([entry.code for entry in one.entries], one.name)
        case DataModel():
            yield from _repeated([attribute.name for attribute in one.attributes], one.name)


def _repeated(codes: Sequence[str], name: str) -> Iterable[Fault]:
    seen: set[str] = set()
    for code in codes:
        if not code or code in seen:
            yield Fault("govern.standards.code_twice", name, {"code": code})
        seen.add(code)


def _built_in(kind: StandardKind) -> Sequence[Standard]:
    match kind:
        case StandardKind.CODE_LISTS:
            return built_in.code_lists()
        case StandardKind.ELEMENTS:
            return built_in.data_elements()
        case StandardKind.MODELS:
            return built_in.data_models()


async def _own(connection: Connection, kind: StandardKind, name: str | None = None) -> list[Standard]:
    return [_parsed(kind, row["body"]) for row in await connection.fetch(_sql.VERSIONS, kind.value, name)]


def _parsed(kind: StandardKind, body: Any) -> Standard:
    parsed: Standard = msgspec.convert(body, TYPES[kind])
    return parsed


def _in_force(one: Standard, at: date) -> bool:
    return one.effective_from <= at and (one.effective_to is None or at < one.effective_to)
