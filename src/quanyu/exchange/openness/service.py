"""Data is opened through the same enforcement as any delivery, into files that stay as they are."""

import asyncio
import shutil
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from hashlib import sha256
from pathlib import Path
from urllib.parse import quote

import pyarrow as pa
from cryptography.hazmat.primitives import hashes

from quanyu.core.actor import Actor, Resource
from quanyu.core.clock import Clock
from quanyu.core.errors import Invalid, NotFound
from quanyu.core.messages import text
from quanyu.exchange.contracts.onward import check_onward
from quanyu.exchange.delivery.engine import Engines, opened
from quanyu.exchange.delivery.formats import Format, writer
from quanyu.exchange.openness import _sql
from quanyu.exchange.openness.model import File, Plan, Release, opened_columns
from quanyu.exchange.policy import Relation, Terms, govern
from quanyu.exchange.policy.masks import applied
from quanyu.govern.catalogue import service as catalogue
from quanyu.govern.catalogue.open_files import OpenFile
from quanyu.govern.grading.model import Grading
from quanyu.govern.grading.service import find as grading_of
from quanyu.govern.imports import _sql as imports_sql
from quanyu.govern.imports.content import current_sql, paths
from quanyu.govern.imports.export import ExportFormat
from quanyu.govern.imports.model import Part, PartRole
from quanyu.govern.quality.quote import name, names
from quanyu.identity import Outcome, append_evidence
from quanyu.query import rows_of
from quanyu.store import Connection, Database

FORMATS = (Format.CSV, Format.JSON, Format.PARQUET)
PUBLISHED, WITHDRAWN = "published", "withdrawn"
_KEY = b"open data"  # nothing that is opened is masked by a key: see `Plan.masks`


@dataclass(frozen=True, slots=True)
class Made:
    files: tuple[File, ...]
    rows: int
    left_out: int


@dataclass(frozen=True, slots=True)
class Releases:
    database: Database
    folder: Path
    engines: Engines
    clock: Clock

    async def publish(self, actor: Actor, dataset: str, plan: Plan) -> Release:
        """Raises Invalid with everything that keeps it closed: grade, personal columns, groups that are too small."""
        async with self.database.tenant(actor.tenant) as connection:
            entry = await catalogue.find(connection, dataset)
            await check_onward(connection, dataset, entry.description.organisation or "")
            columns = opened_columns(plan, entry, await _grading(connection, dataset))
            parts = await imports_sql.parts(connection, dataset)
            known = await imports_sql.dataset(connection, dataset)
            version = await _sql.next_version(connection, actor.tenant, dataset)
            target = self.path(actor.tenant, dataset, version)
            try:
                made = await asyncio.to_thread(self._made, dataset, plan, columns, parts, target)
                release = Release(
                    dataset=dataset, version=version, dataset_version=known.version if known else 0, files=made.files,
                    anonymity=plan.anonymity, rows=made.rows, left_out=made.left_out, licence=plan.licence,
                    attribution=plan.attribution or entry.description.organisation_name, state=PUBLISHED, at=self.clock(),
                )  # fmt: skip
                await _sql.add(connection, actor.tenant, release, actor.id)
                await self._record(connection, actor, release, "published")
            except BaseException:
                shutil.rmtree(target, ignore_errors=True)
                raise
        return release

    async def withdraw(self, actor: Actor, dataset: str, version: int, reason: str) -> Release:
        async with self.database.tenant(actor.tenant) as connection:
            await _sql.withdraw(connection, actor.tenant, dataset, version, reason)
            found = await _one(connection, dataset, version)
            await self._record(connection, actor, found, "withdrawn")
        return found

    async def download(self, tenant: str, dataset: str, version: int, format: Format) -> tuple[Path, File]:
        """Counted, whoever takes it. Raises NotFound for what is not, or no longer, open."""
        async with self.database.tenant(tenant) as connection:
            entry = await catalogue.find(connection, dataset)
            found = await _one(connection, dataset, version)
            file = next((one for one in found.files if one.format == format), None)
            if file is None or not entry.is_public or found.state != PUBLISHED:
                raise NotFound("exchange.release.unknown", name=dataset)
            await _sql.count(connection, tenant, dataset, version, format, file.bytes, self.clock())
            await catalogue.count_use(connection, tenant, dataset, "download", self.clock())
        return self.path(tenant, dataset, version) / f"{dataset}.{format}", file

    def path(self, tenant: str, dataset: str, version: int) -> Path:
        return _files_of(self.folder, tenant, dataset) / str(version)

    def _made(
        self, dataset: str, plan: Plan, columns: tuple[str, ...], parts: Sequence[Part], target: Path
    ) -> Made:
        source = current_sql(self.folder, parts)
        if source is None:
            raise Invalid("exchange.query.empty", dataset=dataset)
        files = (
            *paths(self.folder, parts, PartRole.ACCEPTED),
            *paths(self.folder, parts, PartRole.SUPERSEDED),
        )
        session = self.engines.session(files)
        target.mkdir(parents=True)
        try:
            relation = Relation(
                dataset=dataset, columns=session.columns(source), terms=_terms(plan, columns, self.clock), key=_KEY, source=source
            )  # fmt: skip
            governed = govern(f"select {names(columns)} from {name(dataset)}", [relation])
            ((total,),) = rows_of(opened(session, f"select count(*) from {source}", {}))
            reader = opened(session, governed.sql, governed.parameters)
            batches = (applied(one, governed.afterwards) for one in reader)
            written, rows = _written(target, dataset, batches)
        finally:
            session.close()
        if total and (total - rows) / total > plan.most_left_out:
            share, k = round(100 * (total - rows) / total, 1), plan.anonymity.k if plan.anonymity else 0
            raise Invalid("exchange.release.small", left=total - rows, k=k, share=share)
        return Made(written, rows, total - rows)

    async def _record(self, connection: Connection, actor: Actor, release: Release, what: str) -> None:
        about = Resource("share", f"{release.dataset}/{release.version}", actor.tenant)
        detail = {
            "rows": release.rows, "left_out": release.left_out, "files": {one.format: one.sm3 for one in release.files},
            "anonymity": release.anonymity and release.anonymity.k,
        }  # fmt: skip
        await append_evidence(connection, actor, f"share.release.{what}", about, Outcome.DONE, detail)


async def withdraw_all(connection: Connection, folder: Path, tenant: str, dataset: str) -> None:
    """Of a dataset that is removed: nobody takes its files any more, also where a later dataset has its name."""
    await _sql.withdraw_all(connection, tenant, dataset, text("exchange.release.removed"))
    await asyncio.to_thread(shutil.rmtree, _files_of(folder, tenant, dataset), ignore_errors=True)


def _files_of(folder: Path, tenant: str, dataset: str) -> Path:
    return folder / "releases" / tenant / dataset


async def open_files(connection: Connection, datasets: Collection[str]) -> list[OpenFile]:
    """What the catalogue tells clients of DCAT and CKAN."""
    found = await _sql.newest_open(connection, datasets)
    return [_told(release, file) for release in found for file in release.files]


def _told(release: Release, file: File) -> OpenFile:
    path = f"/api/v1/catalogue/{quote(release.dataset)}/releases/{release.version}/{file.format}"
    return OpenFile(
        dataset=release.dataset, version=release.version, format=ExportFormat(file.format), path=path, bytes=file.bytes,
        sha256=file.sha256, licence=release.licence, attribution=release.attribution, downloads=release.downloads, at=release.at,
    )  # fmt: skip


async def _one(connection: Connection, dataset: str, version: int) -> Release:
    found = await _sql.release(connection, dataset, version)
    if found is None:
        raise NotFound("exchange.release.unknown", name=dataset)
    return found


async def _grading(connection: Connection, dataset: str) -> Grading | None:
    try:
        return await grading_of(connection, dataset)
    except NotFound:
        return None


def _terms(plan: Plan, columns: tuple[str, ...], clock: Clock) -> Terms:
    now = clock()
    return Terms(
        columns=columns, purpose="open data", basis=plan.licence, starts=now, ends=now + timedelta(days=1),
        masks={one: mask for one, mask in plan.masks.items() if one in columns}, anonymity=plan.anonymity,
    )  # fmt: skip


def _written(target: Path, dataset: str, batches: Iterable[pa.RecordBatch]) -> tuple[tuple[File, ...], int]:
    """All formats in one go, so that however much there is takes no more memory; with the number of rows."""
    rows, sheets = 0, list[_Sheet]()
    for batch in batches:
        sheets = sheets or [_Sheet(target / f"{dataset}.{one}", one, batch.schema) for one in FORMATS]
        rows += batch.num_rows
        for sheet in sheets:
            sheet.write(sheet.writer.batch(batch))
    return tuple(sheet.closed() for sheet in sheets), rows


class _Sheet:
    """A file with its checksums."""

    def __init__(self, path: Path, format: Format, schema: pa.Schema) -> None:
        self.writer = writer(format, schema, {})
        self._format, self._file, self._size = format, path.open("wb"), 0
        self._sha256, self._sm3 = sha256(), hashes.Hash(hashes.SM3())

    def write(self, content: bytes) -> None:
        self._file.write(content)
        self._sha256.update(content)
        self._sm3.update(content)
        self._size += len(content)

    def closed(self) -> File:
        self.write(self.writer.end())
        self._file.close()
        return File(
            format=self._format,
            bytes=self._size,
            sha256=self._sha256.hexdigest(),
            sm3=self._sm3.finalize().hex(),
        )
