"""QUANYU_DATABASE_URL: a database that somebody else runs, whose user is no superuser, or that does not fit."""

import asyncio
import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import asyncpg
import pytest

from quanyu.store import EmbeddedPostgres
from tests.faults.ended import refused
from tests.faults.slow import slow
from tests.running import node_in

OLD = sorted(Path("/usr/lib/postgresql").glob("1[0-7]/bin/postgres"))


@pytest.fixture
def server(tmp_path: Path) -> Iterator[str]:
    """Socket folder of a server with the users `officer` (may make roles), `plain` (may not), who own databases."""
    running = EmbeddedPostgres(tmp_path / "their" / "postgres")
    asyncio.run(_started(running))
    yield str(tmp_path / "their" / "postgres")
    asyncio.run(running.stop())


async def _started(server: EmbeddedPostgres) -> None:
    await server.start()
    connection = await asyncpg.connect(host=server.host, user="quanyu", database="quanyu")
    for statement in (
        "create role officer login createrole", "create role plain login", "create role guest login createrole",
        "create database city owner officer", "create database town owner plain",
    ):  # fmt: skip
        await connection.execute(statement)
    await connection.close()


def url(socket: str, user: str, database: str) -> dict[str, str]:
    return {"QUANYU_DATABASE_URL": f"postgresql://{user}@/{database}?host={socket}"}


def test_a_user_who_is_no_superuser_but_may_make_roles_is_enough(server: str, tmp_path: Path) -> None:
    with node_in(tmp_path / "data", environment=url(server, "officer", "city")) as node:
        assert node.import_text("lots", "id,name\n1,a\n2,b\n")["state"] == "done"
        assert node.stop() == 0
        node.start()
        with node.client() as client:
            assert client.get("/api/v1/datasets/lots").json()["records"] == 2


@slow
def test_what_a_user_may_not_is_said_with_the_statement_that_helps(server: str, tmp_path: Path) -> None:
    code, last = refused(tmp_path / "data", url(server, "plain", "town"))
    assert (code, "grant quanyu_app to plain" in last) == (3, True)
    code, last = refused(tmp_path / "data", url(server, "guest", "city"))
    assert (code, "owner to guest" in last) == (3, True)


def test_a_database_that_is_not_there_is_one_line(tmp_path: Path) -> None:
    code, last = refused(tmp_path / "data", url(str(tmp_path), "officer", "city"))
    assert (code, last.startswith("The database is away:")) == (3, True)


@slow
@pytest.mark.skipif(
    not OLD or os.geteuid() != 0, reason="no older PostgreSQL is installed, or this user may not start it"
)
def test_an_older_postgresql_is_refused_with_the_version_that_is_needed(tmp_path: Path) -> None:
    programs, folder = OLD[-1].parent, Path("/tmp") / f"quanyu-old-{os.getpid()}"
    as_user = ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups"]
    folder.mkdir(mode=0o777)
    shutil.chown(folder, "postgres")
    control = [
        *as_user,
        programs / "pg_ctl",
        "-D",
        folder / "db",
        "-w",
        "-o",
        f"-k {folder} -c listen_addresses=''",
        "-l",
        folder / "log",
    ]
    try:
        subprocess.run(
            [*as_user, programs / "initdb", "-D", folder / "db", "--auth=trust"],
            check=True,
            capture_output=True,
            cwd=folder,
        )
        subprocess.run([*control, "start"], check=True, capture_output=True, cwd=folder)
        code, last = refused(tmp_path / "data", url(str(folder), "postgres", "postgres"))
        subprocess.run([*control, "-m", "fast", "stop"], check=True, capture_output=True, cwd=folder)
    finally:
        shutil.rmtree(folder)
    assert (code, "Quanyu needs PostgreSQL 18 or newer" in last) == (3, True)
