"""Commands that look after a node, running or not: passwd, regions, trace, evidence, backup, restore."""

import tempfile
from functools import partial
from pathlib import Path
from typing import Annotated

from cyclopts import App, Parameter

from quanyu.app.cli.files import require
from quanyu.app.cli.nodes import verify_proof
from quanyu.app.cli.terminal import language, say, with_known_node, with_node
from quanyu.app.node import Node
from quanyu.core.actor import system_actor
from quanyu.core.clock import city_day
from quanyu.govern.standards.regions import import_regions, read_region_files
from quanyu.govern.trace.service import trace
from quanyu.identity import local_operator, reset_password_by_login, verify
from quanyu.packs.schemas import make_schemas
from quanyu.store.backup import backup, drill, restore

regions_app = App(name="regions", help="Codes of administrative divisions (GB/T 2260).")
evidence_app = App(name="evidence", help="The evidence chain.")
evidence_app.command(verify_proof)


def passwd(login: str = "admin", *, data: Path | None = None) -> None:
    """Give an account a new one-time password; the old one and its sessions end.

    Parameters
    ----------
    login
        Name that the account signs in with.
    data
        Data folder.
    """

    async def work(node: Node) -> None:
        async with node.database.tenant(node.tenant) as connection:
            actor = system_actor(node.tenant, "quanyu passwd")
            new = await reset_password_by_login(connection, actor, login)
        say("app.cli.passwd", login=login, password=new.password)

    with_known_node(data, work)


@regions_app.command(name="import")
def import_region_files(
    files: Annotated[tuple[Path, ...], Parameter(negative=())], /, *, data: Path | None = None
) -> None:
    """Import region codes with their history: revisions (Source, Revision, Code, Name) and lists (code, name).

    Parameters
    ----------
    files
        CSV or TSV, also .gz.
    data
        Data folder.
    """

    require(files)

    async def work(node: Node) -> None:
        spans = read_region_files(files, as_of=city_day(node.clock()))
        async with node.database.tenant(node.tenant) as connection:
            done = await import_regions(connection, spans, node.folder)
        say("app.cli.regions", codes=done.codes, spans=done.spans)

    with_node(data, work)


@evidence_app.command(name="verify")
def verify_evidence(*, roots: Path | None = None, data: Path | None = None) -> int:
    """Check every entry, link and signature of the evidence chain; exit code 1 where a byte is not as it was.

    Parameters
    ----------
    roots
        A copy of evidence/roots.jsonl that was kept elsewhere.
    data
        Data folder.
    """

    if roots is not None:
        require((roots,))

    async def work(node: Node) -> int:
        found = await verify(node.database, node.folder, node.tenant, roots=roots)
        if found.fault is not None:
            say("app.cli.evidence.broken", fault=found.fault.text(language()))
            return 1
        say("app.cli.evidence.whole", entries=found.entries, roots=found.roots, head=found.head)
        return 0

    return with_known_node(data, work)


def trace_entity(entity: str, /, *, data: Path | None = None) -> None:
    """Show where an entity comes from, step by step: dataset, record, import, file, line.

    Parameters
    ----------
    entity
        Id of the entity, e.g. urn:ngsi-ld:Hospital:hospitals:1001.
    data
        Data folder.
    """

    async def work(node: Node) -> None:
        found = await trace(
            node.database, node.folder, local_operator(node.tenant), entity, language=language()
        )
        for step in found.steps:
            print(step.text)

    with_known_node(data, work)


def make_backup(target: Path, /, *, keys: bool = False, data: Path | None = None) -> None:
    """Write database and files into one archive, while the node goes on.

    Parameters
    ----------
    target
        A file, or a folder in which a file with the time in its name is made.
    keys
        Put the node's secret keys into the archive too; without them secrets cannot be read after a restore.
    data
        Data folder.
    """

    async def work(node: Node) -> None:
        done = await backup(node.database, node.folder, target, keys=keys)
        say(
            "app.cli.backup",
            path=done.path,
            tables=done.tables,
            rows=done.rows,
            files=done.files,
            bytes=done.bytes,
        )

    with_known_node(data, work)


def restore_backup(
    source: Path,
    /,
    *,
    drill_only: Annotated[bool, Parameter(name="--drill", negative=())] = False,
    data: Path | None = None,
) -> int:
    """Restore an archive into an empty data folder.

    Parameters
    ----------
    source
        The archive.
    drill_only
        Restore into a scratch folder, compare every row and file with the archive, say how long it took, and remove it.
    data
        Data folder; it must be empty.
    """
    require((source,))
    if drill_only:
        with tempfile.TemporaryDirectory(prefix="quanyu-drill-") as scratch:
            return with_node(Path(scratch) / "data", partial(_drill, source))

    async def work(node: Node) -> int:
        done = await restore(source, node.database, node.folder, schemas=make_schemas)
        say("app.cli.restore", tables=done.tables, rows=done.rows, files=done.files)
        return 0

    return with_node(data, work)


async def _drill(source: Path, node: Node) -> int:
    report = await drill(source, node.database, node.folder, schemas=make_schemas)
    seconds = {"rpo": f"{report.rpo.total_seconds():.0f}", "rto": f"{report.rto.total_seconds():.1f}"}
    if report.differing:
        say("app.cli.drill.differs", names=", ".join(report.differing), **seconds)
        return 1
    say("app.cli.drill.equal", tables=report.tables, rows=report.rows, files=report.files, **seconds)
    return 0
