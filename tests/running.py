"""A real node as a process of its own, for tests that start, cut and kill it."""

import asyncio
import atexit
import os
import shutil
import signal
import ssl
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

import httpx

from quanyu.app.node import PACKAGES
from quanyu.store import EmbeddedPostgres, connect_owner, embedded_address, migrate
from tests.patience import PATIENCE_SECONDS, until
from tests.ports import free_port

QUANYU = Path(sys.executable).with_name("quanyu")
PLAIN = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
"""To `verify` nobody: nodes of tests speak plain HTTP, and to read all authorities of the world takes longer than most requests."""


class RunningNode:
    """Started by `start`, ended by `stop` or `kill`; started again it goes on with the same folder.

    Without a `port` it listens at another each time. One process answers, as most tests ask for no more than one: `--workers 2` where
    something is changed, killed or told from several at once. `wrapper`: a command that starts the one behind it.
    """

    def __init__(
        self,
        data: Path,
        *flags: str,
        environment: Mapping[str, str] | None = None,
        port: int = 0,
        wrapper: Sequence[str] = (),
    ) -> None:
        self.data = data
        self.output = ""
        self._flags = flags
        self._port = port
        self._wrapper = wrapper
        own = {name: value for name, value in os.environ.items() if name != "QUANYU_URL"}
        self._environment = {**own, "LC_ALL": "C.UTF-8", "QUANYU_WORKERS": "1"} | dict(environment or {})
        self._process: subprocess.Popen[str] | None = None
        self._log = data.with_suffix(".log")
        self.url = ""

    def start(self) -> "RunningNode":
        if not self.data.exists() and "QUANYU_DATABASE_URL" not in self._environment:
            self.data.mkdir(mode=0o700)
            subprocess.run(["cp", "-a", _prepared(), self.data / "postgres"], check=True)
        port = self._port or free_port()
        self.url = f"http://127.0.0.1:{port}"
        command = [*self._wrapper, QUANYU, "start", "--data", self.data, "--port", str(port), *self._flags]
        with self._log.open("a") as log:
            self._process = subprocess.Popen(
                command, stdout=log, stderr=log, text=True, env=self._environment
            )
        deadline = time.monotonic() + PATIENCE_SECONDS
        while not self.ready:
            if self._process.poll() is not None or time.monotonic() > deadline:
                raise AssertionError(f"the node does not start: {self._log.read_text()[-3000:]}")
            time.sleep(0.05)
        self.output = self._log.read_text()
        return self

    def start_with(self, environment: Mapping[str, str]) -> "RunningNode":
        """As `start`, with these settings too."""
        self._environment |= environment
        return self.start()

    def stop(self) -> int:
        """As Ctrl-C does; returns the exit code."""
        return self._end(signal.SIGINT)

    def kill(self) -> int:
        return self._end(signal.SIGKILL)

    @property
    def ready(self) -> bool:
        try:
            return httpx.get(f"{self.url}/readyz", timeout=10, verify=PLAIN).status_code == 200
        except httpx.HTTPError:
            return False

    @property
    def pid(self) -> int:
        assert self._process is not None
        return self._process.pid

    def client(self) -> httpx.Client:
        """As the operating-system user that owns the folder."""
        token = (self.data / "run" / "operator.token").read_text()
        return httpx.Client(
            base_url=self.url,
            headers={"authorization": f"Bearer {token}", "accept-language": "en"},
            timeout=60,
            verify=PLAIN,
        )

    def command(self, *arguments: str | Path) -> subprocess.CompletedProcess[str]:
        """`quanyu …` against this node's data folder."""
        command = [QUANYU, *map(str, arguments), "--data", str(self.data)]
        return subprocess.run(
            command,
            capture_output=True,
            text=True,
            check=False,
            env=self._environment,
            timeout=PATIENCE_SECONDS,
        )

    def import_text(self, dataset: str, text: str, name: str = "file.csv") -> dict[str, Any]:
        """Uploads and waits for the end."""
        with self.client() as client:
            answer = client.post(
                f"/api/v1/datasets/{dataset}/imports", params={"filename": name}, content=text.encode()
            )
            assert answer.status_code == 202, answer.text
            return self.finished(answer.json()["import"])

    def finished(self, import_id: str) -> dict[str, Any]:
        with self.client() as client:
            return until(
                lambda: _ended(client.get(f"/api/v1/imports/{import_id}").json()), "that the import ends"
            )

    def _end(self, how: signal.Signals) -> int:
        assert self._process is not None
        self._process.send_signal(how)
        return self._process.wait(PATIENCE_SECONDS)


def _ended(known: dict[str, Any]) -> dict[str, Any]:
    """An import; nothing as long as it goes on."""
    return known if known["state"] in {"done", "failed", "cancelled"} else {}


def clock_off(by: str) -> dict[str, str]:
    """Under which a process has another time, "+31d" or "-2h"; nothing where Debian's faketime is not installed."""
    found = next(iter(Path("/usr/lib").glob("*/faketime/libfaketimeMT.so.1")), None)
    return {"LD_PRELOAD": str(found), "FAKETIME": by, "DONT_FAKE_MONOTONIC": "1"} if found else {}


@cache
def _prepared() -> Path:
    """The database that a first start makes, made once: it takes as long as all the rest of a start.

    A node whose folder is there already makes its own, as in faults/test_start.py.
    """
    folder = Path(tempfile.mkdtemp(prefix="quanyu-prepared-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    with ThreadPoolExecutor(1) as beside_the_tests:
        beside_the_tests.submit(asyncio.run, _make_database(folder / "postgres")).result()
    return folder / "postgres"


async def _make_database(folder: Path) -> None:
    server = EmbeddedPostgres(folder)
    await server.start()
    owner = await connect_owner(embedded_address(server))
    await migrate(owner, PACKAGES)
    await owner.close()
    await server.stop()


@contextmanager
def node_in(
    data: Path,
    *flags: str,
    environment: Mapping[str, str] | None = None,
    port: int = 0,
    wrapper: Sequence[str] = (),
) -> Iterator[RunningNode]:
    node = RunningNode(data, *flags, environment=environment, port=port, wrapper=wrapper)
    try:
        yield node.start()
    finally:
        if node._process is not None and node._process.poll() is None:
            node.kill()
