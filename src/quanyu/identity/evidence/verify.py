"""Is the chain whole? Every entry is hashed again, every link, signature and exported root compared, page by page.

What is found, and what cannot be: docs/decisions/0010-evidence-chain.md.
"""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from quanyu.core.errors import Invalid
from quanyu.core.messages import DEFAULT_LANGUAGE, text
from quanyu.identity.evidence import _sql
from quanyu.identity.evidence.model import EMPTY, Link, Root, canonical, sm3
from quanyu.identity.evidence.roots import BrokenLine, read_roots, roots_path
from quanyu.identity.evidence.seal import seal
from quanyu.identity.keys import Trust, evidence_trust
from quanyu.store import Connection, Database

_PAGE = 2_000


@dataclass(frozen=True, slots=True)
class ChainFault:
    """The first thing found wrong: at entry `seq`, or in block `block` where no entry can be named."""

    reason: str
    seq: int | None = None
    block: int | None = None

    def text(self, language: str = DEFAULT_LANGUAGE) -> str:
        return text(f"identity.evidence.fault.{self.reason}", language, seq=self.seq, block=self.block)


@dataclass(frozen=True, slots=True)
class Verification:
    entries: int
    roots: int
    head: str
    pending: int
    fault: ChainFault | None = None

    @property
    def whole(self) -> bool:
        return self.fault is None


class _Broken(Exception):
    def __init__(self, reason: str, *, seq: int | None = None, block: int | None = None) -> None:
        super().__init__(reason)
        self.fault = ChainFault(reason, seq, block)


@dataclass(slots=True)
class _Progress:
    """How far the chain has been found whole."""

    seq: int = 0
    head: bytes = EMPTY
    block: int = 0
    block_hash: bytes = EMPTY
    pending: int = 0
    page: list[Link] = field(default_factory=list)


async def verify(database: Database, folder: Path, tenant: str, *, roots: Path | None = None) -> Verification:
    """Seals what is pending and checks all of it. `roots` names a copy of roots.jsonl that was kept elsewhere.

    Raises Invalid for a copy that holds nothing of this chain: whatever was cut off would agree with it.
    """
    await seal(database, folder, tenant)
    found = await verify_sealed(database, tenant, roots or roots_path(folder), evidence_trust(folder))
    if roots is not None and found.whole and not any(read_roots(roots, tenant)):
        raise Invalid("identity.evidence.roots_none", file=roots.name)
    return found


async def verify_sealed(database: Database, tenant: str, roots: Path, trust: Trust) -> Verification:
    """Reads only. The file is read first: what it holds then, the snapshot of the database must hold."""
    try:
        exported = _last_exported(roots, tenant, trust)
    except BrokenLine as broken:
        return Verification(0, 0, "", 0, ChainFault("roots_line", block=broken.line))
    async with _snapshot(database, tenant) as connection:
        return await verify_rows(
            connection, tenant, read_roots(roots, tenant), exported=exported, trust=trust
        )


async def verify_rows(
    connection: Connection, tenant: str, exported_roots: Iterator[Root], *, exported: int, trust: Trust
) -> Verification:
    """The check itself; `exported` is the last block that `exported_roots` must hold."""
    progress = _Progress(pending=await _sql.count_pending(connection, tenant))
    fault = None
    try:
        await _walk(connection, tenant, progress, trust, exported_roots, exported)
    except _Broken as broken:
        fault = broken.fault
    return Verification(progress.seq, progress.block, progress.head.hex(), progress.pending, fault)


@asynccontextmanager
async def _snapshot(database: Database, tenant: str) -> AsyncIterator[Connection]:
    """One unmoving view of the tenant's rows."""
    async with database.system() as connection:
        await connection.execute("set transaction isolation level repeatable read, read only")
        await connection.execute("select set_config('quanyu.tenant', $1, true)", tenant)
        yield connection


async def _walk(
    connection: Connection,
    tenant: str,
    progress: _Progress,
    trust: Trust,
    exported_roots: Iterator[Root],
    exported: int,
) -> None:
    async for root in _blocks(connection, tenant):
        _check_root(root, progress, trust)
        if root.number <= exported:
            _compare(root, next(exported_roots, None))
        await _check_entries(connection, tenant, root, progress)
        progress.block, progress.block_hash = root.number, root.hash()
    if progress.block < exported:
        raise _Broken("cut_off", seq=progress.seq + 1, block=progress.block + 1)
    if next((root for root in exported_roots if root.number <= exported), None) is not None:
        raise _Broken("roots_differ", block=exported)
    if progress.page or await _sql.links_after(connection, tenant, progress.seq, 1):
        raise _Broken("unsigned_tail", seq=progress.seq + 1)
    head = await _sql.read_head(connection, tenant)
    if (head or (0, EMPTY, 0, EMPTY)) != (progress.seq, progress.head, progress.block, progress.block_hash):
        raise _Broken("head", seq=progress.seq, block=progress.block)


def _check_root(root: Root, progress: _Progress, trust: Trust) -> None:
    if root.number != progress.block + 1:
        raise _Broken("block_missing", seq=progress.seq + 1, block=progress.block + 1)
    if not trust.knows(root.key, root.signature, root.signed_bytes()):
        raise _Broken("signature", seq=progress.seq + 1, block=root.number)
    if root.previous != progress.block_hash or root.first != progress.seq + 1 or root.last < root.first:
        raise _Broken("block_link", seq=progress.seq + 1, block=root.number)


def _compare(root: Root, exported: Root | None) -> None:
    if exported != root:
        raise _Broken("roots_differ", seq=root.first, block=root.number)


async def _check_entries(connection: Connection, tenant: str, root: Root, progress: _Progress) -> None:
    while progress.seq < root.last:
        if not progress.page:
            progress.page = await _sql.links_after(connection, tenant, progress.seq, _PAGE)
            progress.page.reverse()
        if not progress.page:
            raise _Broken("missing", seq=progress.seq + 1, block=root.number)
        _check_link(progress.page.pop(), progress, root.number)
    if progress.head != root.head:
        raise _Broken("changed", seq=progress.seq, block=root.number)


def _check_link(link: Link, progress: _Progress, block: int) -> None:
    if link.seq != progress.seq + 1:
        raise _Broken("missing", seq=progress.seq + 1, block=block)
    if link.previous != progress.head or link.hash != sm3(progress.head + canonical(link.seq, link.entry)):
        raise _Broken("changed", seq=link.seq, block=block)
    progress.seq, progress.head = link.seq, link.hash


async def _blocks(connection: Connection, tenant: str) -> AsyncIterator[Root]:
    number = -1
    while page := await _sql.roots_after(connection, tenant, number, _PAGE):
        for root in page:
            yield root
        number = page[-1].number


def _last_exported(path: Path, tenant: str, trust: Trust) -> int:
    """Looks at every line, whosever it is: one whose tenant was changed would otherwise be nobody's."""
    number = 0
    for line, root in enumerate(read_roots(path), 1):
        if not trust.knows(root.key, root.signature, root.signed_bytes()):
            raise BrokenLine(line)
        if root.tenant == tenant:
            number = max(number, root.number)
    return number
