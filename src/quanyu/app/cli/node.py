"""Commands that run a node: start, passwd."""

import logging
import os
import sys
from pathlib import Path

import uvloop

from quanyu.app import settings as node_settings
from quanyu.app.cli.terminal import language
from quanyu.app.start import start as start_node


def start(
    *,
    data: Path | None = None,
    host: str | None = None,
    port: int | None = None,
    workers: int | None = None,
    dev: bool = False,
    demo: bool = False,
) -> None:
    """Start a node in the foreground: database, API, portal and worker.

    Parameters
    ----------
    data
        The data folder, the only place the node writes to.
    host
        Address to listen on. Beyond this machine only once the administrator has set a password.
    port
        Port to listen on.
    workers
        Processes that answer requests: as many as there are cores, at most 4 where you do not say.
    dev
        Development mode, on this machine only: the twin is open to everybody without signing in, addresses on this
        machine may be called, every request is logged.
    demo
        Make a small demonstration city and keep it moving.
    """
    logging.basicConfig(
        level=logging.INFO if dev else logging.WARNING,
        format="%(asctime)s %(levelname)s %(name)s: %(message)s",
    )
    settings = node_settings.parse(
        data=data, host=host, port=port, workers=workers, dev=dev or None, demo=demo or None
    )
    if uvloop.run(start_node(settings, lambda line: print(line, flush=True), language())):
        os.execv(sys.executable, sys.orig_argv)  # noqa: S606 - the same process, begun anew
