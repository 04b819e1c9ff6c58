"""The embedded server: gone with its parent, one owner a folder, any path."""

import asyncio
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import asyncpg
import pytest

from quanyu.core.errors import Conflict
from quanyu.store import EmbeddedPostgres
from tests.patience import PATIENCE_SECONDS

_HOLDER = """
import asyncio, sys
from pathlib import Path
from quanyu.store import EmbeddedPostgres
async def main():
    server = EmbeddedPostgres(Path(sys.argv[1]))
    await server.start()
    print("ready", flush=True)
    await asyncio.sleep(60)
asyncio.run(main())
"""


async def _answer(server: EmbeddedPostgres) -> int:
    connection = await asyncpg.connect(host=server.host, user="quanyu", database="quanyu")
    try:
        return int(await connection.fetchval("select 1"))
    finally:
        await connection.close()


async def test_a_deep_path_with_blanks_works(tmp_path: Path) -> None:
    server = EmbeddedPostgres(tmp_path / ("a folder with blanks " * 4) / ("deep" * 30) / "postgres")
    await server.start()
    assert await _answer(server) == 1
    await server.stop()


async def test_a_second_owner_is_refused_in_plain_words(tmp_path: Path) -> None:
    first = EmbeddedPostgres(tmp_path / "postgres")
    await first.start()
    with pytest.raises(Conflict, match="in use by another node"):
        await EmbeddedPostgres(tmp_path / "postgres").start()
    await first.stop()


async def test_the_server_is_gone_with_a_killed_parent_and_starts_again(tmp_path: Path) -> None:
    holder = subprocess.Popen([sys.executable, "-c", _HOLDER, tmp_path / "postgres"], stdout=subprocess.PIPE)
    assert holder.stdout is not None
    assert await asyncio.to_thread(holder.stdout.readline) == b"ready\n"
    postmaster = int((tmp_path / "postgres" / "postmaster.pid").read_text().split()[0])
    holder.kill()
    holder.wait()
    holder.stdout.close()
    await _until_gone(postmaster)
    again = EmbeddedPostgres(tmp_path / "postgres")
    await again.start()
    assert await _answer(again) == 1
    await again.stop()


async def test_a_stale_pid_file_does_not_stop_the_start(tmp_path: Path) -> None:
    server = EmbeddedPostgres(tmp_path / "postgres")
    await server.start()
    await server.stop()
    (tmp_path / "postgres" / "postmaster.pid").write_text(f"{os.getpid()}\n{tmp_path}\n")
    await server.start()
    assert await _answer(server) == 1
    await server.stop()


async def _until_gone(process: int) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < deadline:
        try:
            os.kill(process, signal.SIG_DFL)
        except ProcessLookupError:
            return
        if _is_zombie(process):
            return
        await asyncio.sleep(0.02)
    raise AssertionError("the server outlives its parent")


def _is_zombie(process: int) -> bool:
    return "\nState:\tZ" in Path(f"/proc/{process}/status").read_text()
