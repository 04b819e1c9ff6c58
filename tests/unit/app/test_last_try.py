"""The last try of an import while the database comes and goes."""

import dataclasses
from pathlib import Path
from typing import Any

import pytest

from quanyu.app import jobs
from quanyu.app.node import Node
from quanyu.app.settings import Settings
from quanyu.connect.outgoing import Outgoing
from quanyu.core.actor import system_actor
from quanyu.core.clock import utc_now
from quanyu.core.errors import Unavailable
from quanyu.govern.imports import service
from quanyu.govern.imports.model import About, ImportState, Options
from quanyu.govern.imports.upload import hash_file
from quanyu.identity import EvidenceWriter, IdentitySettings
from quanyu.store import Database, Job
from quanyu.store.jobs import MAX_TRIES
from quanyu.twin import Twin, Writer


class AwayAtFirst:
    """A database that cannot be reached the first few times."""

    def __init__(self, database: Database, times: int) -> None:
        self._database, self._times = database, times

    def tenant(self, tenant: str) -> Any:
        self._times -= 1
        if self._times >= 0:
            raise Unavailable("store.away", reason="")
        return self._database.tenant(tenant)


async def test_an_import_is_closed_when_the_database_is_back(
    database: Database, tenant: str, folder: Path
) -> None:
    node = Node(
        settings=Settings(data=folder, tenant=tenant), identity=IdentitySettings(), database=database, postgres=None,
        evidence=EvidenceWriter(database), twin=Twin(Writer(database)), outgoing=Outgoing(), clock=utc_now,
    )  # fmt: skip
    file = folder / "lots.csv"
    file.write_text("a,b\n1,2\n")
    async with database.tenant(tenant) as connection:
        begun = await service.begin_import(
            connection, actor=system_actor(tenant, "zhang"), dataset="lots", files=[await hash_file(file, file.name)],
            options=Options(), about=About(), now=utc_now(),
        )  # fmt: skip
    away: Any = AwayAtFirst(database, 3)
    job = Job(1, tenant, service.JOB, {"import": begun.import_id}, MAX_TRIES)
    with pytest.raises(Unavailable):
        await jobs.do_import(dataclasses.replace(node, database=away), job)
    async with database.tenant(tenant) as connection:
        assert (await service.import_(connection, begun.import_id)).state is ImportState.FAILED
