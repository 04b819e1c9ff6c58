"""The sealer: moves what was written into the chain, numbered and linked, signs the block, exports its root."""

import asyncio
import logging
from dataclasses import replace
from datetime import datetime
from pathlib import Path

from quanyu.core.clock import Clock, utc_now
from quanyu.core.errors import QuanyuError
from quanyu.identity.evidence import _sql
from quanyu.identity.evidence.model import Link, Root, link
from quanyu.identity.evidence.roots import RootsFile, roots_path
from quanyu.identity.keys import Signer, evidence_signer
from quanyu.store import Database

_log = logging.getLogger("quanyu.evidence")

_BLOCK = 2_000
_EXPORTED_AT_ONCE = 1_000


class Sealer:
    """One for a node; `run` seals every tenant's evidence about once a second."""

    def __init__(
        self, database: Database, folder: Path, *, clock: Clock = utc_now, pause: float = 1.0
    ) -> None:
        self._database, self._clock, self._pause = database, clock, pause
        self._signer = evidence_signer(folder)
        self._roots = RootsFile(roots_path(folder))
        self._caught_up: set[str] = set()
        self._turn = asyncio.Lock()

    async def run(self) -> None:
        """Until cancelled; then once more."""
        try:
            while True:
                await self._try_all()
                await asyncio.sleep(self._pause)
        finally:
            await self._try_all()

    async def seal(self, tenant: str) -> int:
        """Seals all that is committed; returns how many entries. Safe beside other sealers."""
        async with self._turn:
            sealed = 0
            while count := await _seal_block(self._database, tenant, self._signer, self._clock()):
                sealed += count
            if sealed or tenant not in self._caught_up:
                await self._export(tenant)
                self._caught_up.add(tenant)
            return sealed

    async def seal_all(self) -> None:
        async with self._database.system() as connection:
            tenants = [row["id"] for row in await connection.fetch("select id from tenant order by id")]
        for tenant in tenants:
            await self.seal(tenant)

    async def _export(self, tenant: str) -> None:
        """Also makes up for roots that a crash kept from the file."""
        number = await asyncio.to_thread(self._roots.last, tenant)
        while True:
            async with self._database.tenant(tenant) as connection:
                roots = await _sql.roots_after(connection, tenant, number, _EXPORTED_AT_ONCE)
            if not roots:
                return
            await asyncio.to_thread(self._roots.append, roots)
            number = roots[-1].number

    async def _try_all(self) -> None:
        try:
            await self.seal_all()
        except (QuanyuError, OSError) as error:
            _log.warning("evidence waits to be sealed: %s", error)


async def seal(database: Database, folder: Path, tenant: str) -> int:
    """Once, for a command or a test; a node keeps a `Sealer`."""
    return await Sealer(database, folder).seal(tenant)


async def _seal_block(database: Database, tenant: str, signer: Signer, at: datetime) -> int:
    async with database.tenant(tenant) as connection:
        if not await _sql.any_pending(connection, tenant):
            return 0
        seq, head, block, block_hash = await _sql.lock_head(connection, tenant)
        entries = await _sql.take_pending(connection, tenant, _BLOCK)
        if not entries:
            return 0
        links: list[Link] = []
        for number, entry in enumerate(entries, seq + 1):
            links.append(link(number, entry, links[-1].hash if links else head))
        await _sql.add_links(connection, links)
        unsigned = Root(
            tenant=tenant, number=block + 1, first=seq + 1, last=links[-1].seq, at=at,
            head=links[-1].hash, previous=block_hash, key=signer.key,
        )  # fmt: skip
        await _sql.add_block(connection, replace(unsigned, signature=signer.sign(unsigned.signed_bytes())))
        return len(links)
