"""Tables of packs when a node starts: a newer pack that some city has switched on gets what is new, before anybody asks it."""

import logging
from collections.abc import Collection

import msgspec
from asyncpg import PostgresError

from quanyu.core.clock import utc_now
from quanyu.core.errors import Invalid, QuanyuError
from quanyu.packs import _sql
from quanyu.packs.model import Pack
from quanyu.packs.trouble import Trouble
from quanyu.store import Connection, migrate_folder

_log = logging.getLogger("quanyu.packs")


async def keep_schemas(owner: Connection) -> None:
    """A pack that fails is named in the log, shown with what is wrong where it is on, and stops nobody else."""
    rows = await owner.fetch("select distinct pack from pack_state where version<>''")
    used = {row["pack"] for row in rows}
    if not used:
        return
    from quanyu.packs.finding import installed_packs  # loads every pack, which a node that uses none need not

    for one in installed_packs():
        if one.pack is None or one.pack.migrations is None or one.name not in used:
            continue
        try:
            await bring_tables(owner, one.pack)
            await _sql.forget_refusal(owner, one.name)
        except QuanyuError as error:
            _log.error("the tables of pack %s are not brought up to date: %s", one.name, error)
            trouble = Trouble(reason="tables", where=error.text("en")[:400], at=utc_now())
            await _sql.put_refusal(owner, one.name, msgspec.to_builtins(trouble))


async def bring_tables(owner: Connection, pack: Pack) -> None:
    """Each file is done wholly or not at all; what was done stays. Raises Invalid with the file that the database refuses and why,
    Conflict where one that was done has changed since."""
    if pack.migrations is None:
        return
    try:
        await migrate_folder(owner, f"pack:{pack.name}", pack.migrations)
    except PostgresError as error:
        raise Invalid(
            "packs.tables", name=pack.name, reason="; ".join([str(error), *_notes(error)])
        ) from error


def _notes(error: Exception) -> list[str]:
    return list(getattr(error, "__notes__", ()))


async def make_schemas(owner: Connection, packages: Collection[str]) -> None:
    """The tables of those packs that a backup names, before it is brought back; a pack that is not installed makes none."""
    wanted = {name for name in packages if name.startswith("pack:")}
    if not wanted:
        return
    from quanyu.packs.finding import installed_packs

    for one in installed_packs():
        if one.pack is not None and f"pack:{one.name}" in wanted:
            await bring_tables(owner, one.pack)
