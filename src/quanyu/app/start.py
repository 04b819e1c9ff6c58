"""What comes before a node: port and folder are its own, and its database starts while the node itself is loaded."""

import asyncio
import socket
import tempfile
from collections.abc import Awaitable, Callable
from pathlib import Path

from quanyu.app.memory import be_sparing
from quanyu.app.operations.wanted import is_restoration_wanted
from quanyu.app.settings import Settings
from quanyu.app.stopping import Asked, asked_to_stop
from quanyu.core.errors import Conflict, Unavailable
from quanyu.core.process import undisturbed
from quanyu.store.embedded import EmbeddedPostgres, embedded_in

Say = Callable[[str], None]
Starting = asyncio.Task[EmbeddedPostgres]


async def start(settings: Settings, say: Say, language: str) -> bool:
    """A node, until it is asked to stop; True where it wants to be started again, to bring a backup back.

    Raises Conflict where folder or port is taken, Invalid where the address needs a password first, Unavailable where the folder
    cannot be written to, or the database does not start, or not again.
    """
    be_sparing()
    asked = asked_to_stop()
    _check_port(settings)
    _check_folder(settings.data)
    database = _begin_database(settings)
    with undisturbed():
        serve = await asyncio.to_thread(_loaded)
    return await serve(settings, database, asked, say, language)


def _begin_database(settings: Settings) -> Starting | None:
    """None where another's is used, and where a backup is to be brought back before."""
    if settings.database_url or is_restoration_wanted(settings.data):
        return None
    return asyncio.create_task(embedded_in(settings.data).started())


def _loaded() -> Callable[[Settings, Starting | None, Asked, Say, str], Awaitable[bool]]:
    from quanyu.app.serve import serve  # most of a node's start

    return serve


def _check_port(settings: Settings) -> None:
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((settings.host, settings.port))
        except OSError as error:
            raise Conflict("app.start.port", port=settings.port, reason=str(error)) from error


def _check_folder(data: Path) -> None:
    try:
        data.mkdir(parents=True, exist_ok=True, mode=0o700)
        with tempfile.TemporaryFile(dir=data):
            pass
    except OSError as error:
        raise Unavailable("app.start.folder", folder=str(data), reason=error.strerror) from error
