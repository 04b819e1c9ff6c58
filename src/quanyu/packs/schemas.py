"""Tables of packs when a node starts: a newer pack that some city has switched on gets what is new, before anybody asks it."""

import logging
from collections.abc import Collection

from quanyu.store import Connection, migrate_folder

_log = logging.getLogger("quanyu.packs")


async def keep_schemas(owner: Connection) -> None:
    """A pack that fails is named in the log and stops nobody else."""
    rows = await owner.fetch("select distinct pack from pack_state where version<>''")
    used = {row["pack"] for row in rows}
    if not used:
        return
    from quanyu.packs.finding import installed_packs  # loads every pack, which a node that uses none need not

    for one in installed_packs():
        if one.pack is None or one.pack.migrations is None or one.name not in used:
            continue
        try:
            await migrate_folder(owner, f"pack:{one.name}", one.pack.migrations)
        except Exception as error:
            _log.error("the tables of pack %s are not brought up to date: %r", one.name, error)


async def make_schemas(owner: Connection, packages: Collection[str]) -> None:
    """The tables of those packs that a backup names, before it is brought back; a pack that is not installed makes none."""
    wanted = {name for name in packages if name.startswith("pack:")}
    if not wanted:
        return
    from quanyu.packs.finding import installed_packs

    for one in installed_packs():
        if one.pack is not None and one.pack.migrations is not None and f"pack:{one.name}" in wanted:
            await migrate_folder(owner, f"pack:{one.name}", one.pack.migrations)
