"""Sources of the demonstration: sensors over MQTT from a broker of its own, and a folder that the hotline exports to."""

import logging
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from quanyu.app.demo.files.feeds import AIR_TOPIC, MANHOLE_TOPIC
from quanyu.connect.sources import _sql, service
from quanyu.connect.sources.model import SourceInput
from quanyu.connect.sources.places import Places
from quanyu.store import Connection

HOTLINE = "demo-hotline"
_SENSORS = (("demo-air", "air-quality", AIR_TOPIC, 60), ("demo-manholes", "manholes", MANHOLE_TOPIC, 60))
"""Source, dataset, topic, and the seconds that messages are gathered before they are imported."""
SOURCES = (HOTLINE, *(name for name, *_ in _SENSORS))


@asynccontextmanager
async def broker(host: str, port: int) -> AsyncIterator[int]:
    """Gives the port that it listens on, a free one for 0."""
    from amqtt.broker import Broker  # slow to load, and a node that is no demonstration never does

    logging.getLogger("amqtt").setLevel(logging.ERROR)  # it warns of every acknowledgement that comes twice
    port = port or _free_port(host)
    settings = {
        "listeners": {"default": {"type": "tcp", "bind": f"{host}:{port}"}},
        "plugins": {"amqtt.plugins.authentication.AnonymousAuthPlugin": {"allow_anonymous": True}},
    }
    running = Broker(settings)
    await running.start()
    try:
        yield port
    finally:
        await running.shutdown()


async def add_sensors(connection: Connection, tenant: str, folder: Path, *, host: str, port: int) -> None:
    for name, dataset, topic, seconds in _SENSORS:
        settings = {"host": host, "port": port, "version": "3.1.1", "topics": [f"{topic}/#"]}
        source = SourceInput(
            name=name, kind="mqtt", dataset=dataset, settings=settings, every_seconds=seconds
        )
        await service.add(connection, tenant, Places(own=folder), source)
        await _sql.set_state(connection, tenant, name, "active")


async def pause_sensors(connection: Connection, tenant: str) -> None:
    """Until the broker runs again, on another port."""
    for name, *_ in _SENSORS:
        await _sql.set_state(connection, tenant, name, "paused")


async def add_hotline(connection: Connection, tenant: str, folder: Path, watched: Path) -> None:
    settings = {"path": str(watched), "pattern": "*.csv"}
    source = SourceInput(name=HOTLINE, kind="folder", dataset="service-requests", settings=settings)
    await service.add(connection, tenant, Places(own=folder), source)


def _free_port(host: str) -> int:
    with socket.socket() as probe:
        probe.bind((host, 0))
        port: int = probe.getsockname()[1]
        return port
