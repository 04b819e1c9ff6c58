"""What-if branches for the portal and the command line: made, compared with the live state, dropped.

Inside a branch the NGSI-LD door works as ever, with the header `NGSILD-Snapshot: urn:ngsi-ld:Snapshot:{name}`.
"""

import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import msgspec
from litestar import delete, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody

from quanyu.core.actor import Actor
from quanyu.core.errors import Denied, Invalid
from quanyu.store import Connection, Database
from quanyu.twin.branches import PREFIX, Branch, Branches
from quanyu.twin.http.entities import GivenSight
from quanyu.twin.http.sight import WholeTenant, shown_to
from quanyu.twin.model import Stored
from quanyu.twin.service import Twin

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._\-]{0,79}")


class NewBranch(msgspec.Struct, kw_only=True, frozen=True, forbid_unknown_fields=True):
    name: str


class BranchShown(msgspec.Struct, kw_only=True, frozen=True):
    """`snapshot` is what the NGSI-LD door knows it by; `frozen` ones are snapshots of that door."""

    name: str
    snapshot: str
    frozen: bool
    status: str
    created: datetime
    expires: datetime | None


class BranchList(msgspec.Struct, kw_only=True, frozen=True):
    items: tuple[BranchShown, ...]
    next: str | None = None


class DifferenceShown(msgspec.Struct, kw_only=True, frozen=True):
    """`change` is created, changed or deleted; `attributes` as the branch has them, null for one that is gone there."""

    id: str
    change: str
    attributes: Mapping[str, Any]


class DifferenceList(msgspec.Struct, kw_only=True, frozen=True):
    items: tuple[DifferenceShown, ...]
    next: str | None = None


@get("/api/v1/branches", opt={"action": "entity.read"})
async def list_branches(
    actor: NamedDependency[Actor], database: NamedDependency[Database], twin: NamedDependency[Twin]
) -> BranchList:
    found = await Branches(database, twin.writer).listed(actor.tenant)
    return BranchList(items=tuple(map(_shown, found)))


@post("/api/v1/branches", opt={"action": "entity.write"})
async def create_branch(
    data: JSONBody[NewBranch],
    actor: NamedDependency[Actor],
    database: NamedDependency[Database],
    twin: NamedDependency[Twin],
) -> BranchShown:
    """It differs from the live state in nothing until something is written in it."""
    if not _NAME.fullmatch(data.name):
        raise Invalid("twin.branch.name", name=data.name[:80])
    return _shown(await Branches(database, twin.writer).create(actor.tenant, PREFIX + data.name))


@get("/api/v1/branches/{name:str}/changes", opt={"action": "entity.read"})
async def list_branch_changes(
    name: FromPath[str],
    actor: NamedDependency[Actor],
    database: NamedDependency[Database],
    twin: NamedDependency[Twin],
    sight: GivenSight = WholeTenant(),  # noqa: B008 (it has no state)
) -> DifferenceList:
    """Against the live state as it is now, for those who see all of it; personal values are hidden as ever."""
    branches = Branches(database, twin.writer)
    async with database.tenant(actor.tenant) as connection:
        if (await sight.seen(connection, actor, "entity.read")).datasets is not None:
            raise Denied("twin.branch.denied")

    async def shown(connection: Connection, entities: Sequence[Stored]) -> Sequence[Stored]:
        return await shown_to(connection, actor, sight, entities)

    found = await branches.differences(await branches.find(actor.tenant, PREFIX + name), shown)
    items = (DifferenceShown(id=one.id, change=one.fate.value, attributes=one.attributes) for one in found)
    return DifferenceList(items=tuple(items))


@delete("/api/v1/branches/{name:str}", opt={"action": "entity.write"})
async def drop_branch(
    name: FromPath[str],
    actor: NamedDependency[Actor],
    database: NamedDependency[Database],
    twin: NamedDependency[Twin],
) -> None:
    branches = Branches(database, twin.writer)
    await branches.drop(await branches.find(actor.tenant, PREFIX + name))


def _shown(branch: Branch) -> BranchShown:
    return BranchShown(
        name=branch.id.removeprefix(PREFIX),
        snapshot=branch.id,
        frozen=branch.frozen,
        status=branch.status.value,
        created=branch.created,
        expires=branch.expires,
    )
