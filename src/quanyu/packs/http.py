"""Routes of packs: what is installed, switching it, its settings and views, carrying it."""

import asyncio
from collections.abc import Mapping, Sequence
from typing import Annotated, Any

from litestar import Request, Response, get, post, put
from litestar.di import NamedDependency, Provide
from litestar.handlers import HTTPRouteHandler
from litestar.params import JSONBody, PathParameter, QueryParameter, SkipValidation

from quanyu.core.errors import NotFound
from quanyu.core.messages import preferred_language
from quanyu.identity.http.asking import Asker, DataFolder, TheClock, TheDatabase
from quanyu.packs import _sql, carrying, service
from quanyu.packs.answers import (
    Finding,
    PackAnswer,
    PackList,
    Settings,
    Switch,
    VerdictAnswer,
    ViewList,
    all_shown,
    settings_told,
    shown,
    views_for,
)
from quanyu.packs.carrying import Arrival, Carried
from quanyu.packs.checking import judge
from quanyu.packs.finding import Found
from quanyu.packs.meant import meant_for

PackName = NamedDependency[str]
Installed = NamedDependency[SkipValidation[tuple[Found, ...]]]
Asked = Request[Any, Any, Any]

_READ = {"action": "pack.read"}
_MANAGE = {"action": "pack.manage"}


@get("/api/v1/packs", opt=_READ)
async def list_packs(actor: Asker, database: TheDatabase, installed_packs: Installed) -> PackList:
    async with database.tenant(actor.tenant) as connection:
        states = await _sql.states(connection, actor.tenant)
    return await asyncio.to_thread(_all_shown, installed_packs, states)


def _all_shown(found: Sequence[Found], states: Mapping[str, Any]) -> PackList:
    """Judging a pack reads its files and mounts its routes."""
    return PackList(items=all_shown(found, states))


async def get_pack(
    actor: Asker, database: TheDatabase, installed_packs: Installed, pack_name: PackName
) -> PackAnswer:
    async with database.tenant(actor.tenant) as connection:
        row = await _sql.state(connection, actor.tenant, pack_name)
    found = next((one for one in installed_packs if one.name == pack_name), None)
    if found is None:
        raise NotFound("packs.unknown", name=pack_name)
    return await asyncio.to_thread(shown, found, row)


async def switch_pack(
    actor: Asker, database: TheDatabase, folder: DataFolder, clock: TheClock, installed_packs: Installed,
    pack_name: PackName, data: JSONBody[Switch],
) -> PackAnswer:  # fmt: skip
    """Live, and nothing is lost: what was running when it was switched off runs again when it is on. One that is broken or not installed
    any more can be switched off."""
    if data.enabled:
        pack = service.installed(installed_packs, pack_name)
        await service.enable(database, folder, pack, actor=actor, clock=clock)
    else:
        await service.disable(database, folder, installed_packs, pack_name, actor=actor, clock=clock)
    async with database.tenant(actor.tenant) as connection:
        row = await _sql.state(connection, actor.tenant, pack_name)
    gone = Found(name=pack_name, origin="")
    switched = next((one for one in installed_packs if one.name == pack_name), gone)
    return await asyncio.to_thread(shown, switched, row)


async def check_pack(request: Asked, installed_packs: Installed, pack_name: PackName) -> VerdictAnswer:
    pack = service.installed(installed_packs, pack_name)
    verdict = await asyncio.to_thread(judge, pack)
    language = _language(request)
    return VerdictAnswer(
        name=pack_name,
        grade=verdict.grade,
        findings=[
            Finding(check=check, grade=grade, where=fault.where, message=fault.text(language))
            for check, grade, fault in verdict.faults
        ],
    )


async def get_settings(
    actor: Asker, database: TheDatabase, installed_packs: Installed, pack_name: PackName
) -> Settings:
    pack = service.installed(installed_packs, pack_name)
    async with database.tenant(actor.tenant) as connection:
        values = await service.settings_of(connection, actor.tenant, pack)
    return settings_told(pack, values)


async def put_settings(
    actor: Asker, database: TheDatabase, clock: TheClock, installed_packs: Installed, pack_name: PackName,
    data: JSONBody[dict[str, Any]],
) -> Settings:  # fmt: skip
    """Those that differ from the pack's own; what is left out is the pack's own again."""
    pack = service.installed(installed_packs, pack_name)
    async with database.tenant(actor.tenant) as connection:
        await service.put_settings(connection, pack, data, actor=actor, now=clock())
        return settings_told(pack, await service.settings_of(connection, actor.tenant, pack))


@get("/api/v1/pack-views", opt=_READ)
async def list_views(
    request: Asked, actor: Asker, database: TheDatabase, installed_packs: Installed
) -> ViewList:
    """Of the packs that are on, those whose action the asker may do."""
    async with database.tenant(actor.tenant) as connection:
        states = await _sql.states(connection, actor.tenant)
    packs = [
        one.pack for one in installed_packs if one.pack and one.name in states and states[one.name]["enabled"]
    ]
    language = _language(request)
    return ViewList(
        items=[
            view for pack in packs for view in views_for(pack, actor, meant_for(pack.name, states[pack.name]))
        ],
        messages={key: text for pack in packs for key, text in pack.messages.get(language, {}).items()},
    )


async def export_pack(
    actor: Asker, database: TheDatabase, clock: TheClock, installed_packs: Installed, pack_name: PackName
) -> Response[Carried]:
    """As a file to be kept."""
    pack = service.installed(installed_packs, pack_name)
    async with database.tenant(actor.tenant) as connection:
        carried = await carrying.export(connection, actor.tenant, pack, now=clock())
    return Response(carried, headers={"content-disposition": f'attachment; filename="{pack.name}.json"'})


async def import_pack(
    actor: Asker, database: TheDatabase, clock: TheClock, installed_packs: Installed, pack_name: PackName,
    data: JSONBody[Carried], preview: Annotated[bool, QueryParameter()] = False,
) -> Arrival:  # fmt: skip
    """What another city made of the pack, and what must be adapted here; with `?preview=true` it is told and not done."""
    pack = service.installed(installed_packs, pack_name)
    bring = carrying.looked_at if preview else carrying.bring_in
    async with database.tenant(actor.tenant) as connection:
        return await bring(connection, pack, data, actor=actor, now=clock())


def _of_the_path(name: Annotated[str, PathParameter(max_length=40)]) -> str:
    return name


def managing(written: str = "") -> tuple[HTTPRouteHandler, ...]:
    """What looks after one pack: the one that is written in the path, else the one that the path names."""
    base = f"/api/v1/packs/{written or '{name:str}'}"
    named = Provide((lambda: written) if written else _of_the_path, sync_to_thread=False)
    read: dict[str, Any] = {
        "opt": _READ,
        "dependencies": {"pack_name": named},
        "include_in_schema": not written,
    }
    manage = {**read, "opt": _MANAGE}
    return (
        get(base, **read)(get_pack),
        put(f"{base}/state", **manage)(switch_pack),
        get(f"{base}/check", **read)(check_pack),
        get(f"{base}/settings", **read)(get_settings),
        put(f"{base}/settings", **manage)(put_settings),
        get(f"{base}/export", **manage)(export_pack),
        post(f"{base}/import", status_code=200, **manage)(import_pack),
    )


def _language(request: Asked) -> str:
    return preferred_language(request.headers.get("accept-language", ""))


routes = (list_packs, list_views, *managing())
