"""A pack carried from one city to another, with what the first city made of it, and what the other must adapt (因地制宜)."""

from collections.abc import AsyncIterator, Mapping
from datetime import datetime
from typing import Any

import msgspec

from quanyu.act.cases import _laid_sql
from quanyu.act.rules import service as rules
from quanyu.act.rules.parse import parse_definition as parse_rule_form
from quanyu.connect.sources._sql import one as source_row
from quanyu.core.actor import Actor
from quanyu.core.errors import Conflict, Fault, Invalid, NotFound
from quanyu.evaluate.indicators import definitions as indicators
from quanyu.identity import organisation_names, tenant_name
from quanyu.packs import service
from quanyu.packs.model import Pack, Parameter
from quanyu.packs.naming import missing_names
from quanyu.store import Connection

FORM = 1


class CarriedSource(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Where a city has its data from: told to the other as what it must find at home."""

    name: str
    kind: str
    dataset: str
    settings: dict[str, Any] = {}
    every_seconds: int | None = None


class Carried(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The file of a pack as one city, called by its name, runs it. Never with secrets, addresses' passwords or data."""

    form: int
    pack: str
    version: str
    city: str
    at: datetime
    settings: dict[str, Any] = {}
    rules: list[dict[str, Any]] = []
    indicators: list[dict[str, Any]] = []
    sources: list[CarriedSource] = []


class Adaptation(msgspec.Struct, frozen=True, kw_only=True):
    """Something of the other city that is not here: an organisation, a class of cases, a region, an address."""

    where: str
    kind: str
    value: str


class Arrival(msgspec.Struct, frozen=True, kw_only=True):
    """What came from `city`, as its `version` of the pack had it. `taken`: what is in force now; `adapt`: what a person has to look at."""

    city: str
    version: str
    taken: list[str]
    adapt: list[Adaptation]


async def export(connection: Connection, tenant: str, pack: Pack, *, now: datetime) -> Carried:
    newest = (await indicators.known(connection)).newest()
    return Carried(
        form=FORM,
        pack=pack.name,
        version=pack.version,
        city=await tenant_name(connection, tenant),
        at=now,
        settings=await service.settings_of(connection, tenant, pack),
        rules=[body for one in pack.rules if (body := await _rule(connection, one["name"]))],
        indicators=[
            indicators.body_of(newest[one["code"]]) for one in pack.indicators if one["code"] in newest
        ],
        sources=[
            _open_part(row)
            for one in pack.sources
            if (row := await source_row(connection, tenant, one["name"])) is not None
        ],
    )


async def looked_at(
    connection: Connection, pack: Pack, said: Carried, *, actor: Actor, now: datetime
) -> Arrival:
    """What `bring_in` would take and leave; nothing is changed."""
    look = connection.transaction()
    await look.start()
    try:
        return await bring_in(connection, pack, said, actor=actor, now=now)
    finally:
        await look.rollback()


async def bring_in(
    connection: Connection, pack: Pack, said: Carried, *, actor: Actor, now: datetime
) -> Arrival:
    """Settings and definitions of the other city; what names things that are not here is left out and listed."""
    if said.form != FORM or said.pack != pack.name:
        raise Conflict("packs.carried.other", pack=said.pack, wanted=pack.name)
    taken: list[str] = []
    adapt: list[Adaptation] = []
    settings = {}
    for parameter in pack.settings:
        if parameter.name in said.settings:
            value = said.settings[parameter.name]
            if await missing_names(connection, parameter, value):
                adapt.append(_unknown_name(parameter, value))
            else:
                settings[parameter.name] = value
    await service.put_settings(connection, pack, settings, actor=actor, now=now)
    taken += [f"settings/{name}" for name in settings]
    for body in said.rules:
        missing = [one async for one in _missing(connection, body)]
        adapt += missing
        if not missing and await _publish_rule(connection, actor, body, now, adapt):
            taken.append(f"rules/{body['name']}")
    for body in said.indicators:
        await indicators.publish(connection, actor.tenant, body, by=actor.id, now=now)
        taken.append(f"indicators/{body['code']}")
    adapt += [_address(one) for one in said.sources]
    return Arrival(city=said.city, version=said.version, taken=taken, adapt=adapt)


def _unknown_name(parameter: Parameter, value: Any) -> Adaptation:
    return Adaptation(where=f"settings/{parameter.name}", kind=parameter.names or "", value=str(value)[:200])


async def _rule(connection: Connection, name: str) -> dict[str, Any] | None:
    try:
        newest = (await rules.versions(connection, name))[0]
    except NotFound:
        return None
    body: dict[str, Any] = msgspec.to_builtins(newest.definition)
    return body


async def _publish_rule(
    connection: Connection, actor: Actor, body: dict[str, Any], now: datetime, adapt: list[Adaptation]
) -> bool:
    """A savepoint: a rule that does not fit here leaves the others."""
    try:
        async with connection.transaction():
            await rules.publish(connection, actor.tenant, body, by=actor.id, now=now)
    except Invalid as error:
        adapt += [_of_fault(str(body.get("name", "")), fault) for fault in error.faults]
        return False
    return True


async def _missing(connection: Connection, body: Mapping[str, Any]) -> AsyncIterator[Adaptation]:
    """Classes and organisations that the consequence of a rule names, and its region."""
    case = parse_rule_form(body).case
    if case is None:
        return
    where = f"rules/{body['name']}/case"
    classes = {one.code for one in await _laid_sql.classes(connection)}
    if case.category is not None and case.category not in classes:
        yield Adaptation(where=f"{where}/class", kind="class", value=case.category)
    if case.organisation and case.organisation not in await organisation_names(
        connection, [case.organisation]
    ):
        yield Adaptation(where=f"{where}/organisation", kind="organisation", value=case.organisation)
    if case.region and "{" not in case.region:
        yield Adaptation(where=f"{where}/region", kind="region", value=case.region)


def _open_part(row: Any) -> CarriedSource:
    return CarriedSource(
        name=row["name"], kind=row["kind"], dataset=row["dataset"], settings=row["settings"],
        every_seconds=row["every_seconds"],
    )  # fmt: skip


def _address(source: CarriedSource) -> Adaptation:
    value = next(
        (str(source.settings[name]) for name in ("url", "host", "path") if name in source.settings), ""
    )
    return Adaptation(where=f"sources/{source.name}", kind="address", value=value)


def _of_fault(name: str, fault: Fault) -> Adaptation:
    return Adaptation(where=f"rules/{name}{fault.where}", kind="definition", value=fault.text())
