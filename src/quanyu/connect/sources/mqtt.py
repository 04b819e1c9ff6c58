"""MQTT sources: a message is stored in the database before it is acknowledged to the broker.

paho runs its own thread; it waits while our store is slow, so memory stays bounded and the broker keeps the rest.
"""

import asyncio
import logging
import ssl
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

import paho.mqtt.client as paho
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion

from quanyu.connect.outgoing import Outgoing
from quanyu.connect.sources.model import MqttSettings, Source
from quanyu.core.errors import Unavailable

Store = Callable[[Sequence[tuple[str, bytes]]], Awaitable[None]]

_GROUP = 1_000
_WAITING = 5_000

_log = logging.getLogger("quanyu.sources")


async def listen(source: Source, settings: MqttSettings, store: Store, outgoing: Outgoing) -> None:
    """Until cancelled. Raises Unavailable where the broker refuses or goes away."""
    address = await outgoing.check(settings.host, settings.port)
    loop = asyncio.get_running_loop()
    messages: asyncio.Queue[paho.MQTTMessage] = asyncio.Queue(_WAITING)
    lost: asyncio.Future[str] = loop.create_future()
    client = _client(source, settings)

    def on_connect(client: paho.Client, _data: Any, _flags: Any, reason: Any, _properties: Any) -> None:
        if reason.is_failure:
            loop.call_soon_threadsafe(_settle, lost, str(reason))
        else:
            client.subscribe([(topic, int(settings.qos)) for topic in settings.topics])

    def on_message(_client: paho.Client, _data: Any, message: paho.MQTTMessage) -> None:
        asyncio.run_coroutine_threadsafe(messages.put(message), loop).result()

    def on_disconnect(_client: paho.Client, _data: Any, _flags: Any, reason: Any, _properties: Any) -> None:
        loop.call_soon_threadsafe(_settle, lost, str(reason))

    client.on_connect = on_connect
    client.on_message = on_message
    client.on_disconnect = on_disconnect
    try:
        await asyncio.to_thread(client.connect, address, settings.port, 30)
    except OSError as error:
        raise Unavailable("connect.source.broker", host=settings.host, reason=str(error)) from error
    client.loop_start()
    try:
        await _pump(client, messages, lost, store, settings)
    finally:
        client.on_disconnect = None
        client.disconnect()
        _release(messages)
        await asyncio.to_thread(client.loop_stop)


async def _pump(
    client: paho.Client,
    messages: asyncio.Queue[paho.MQTTMessage],
    lost: asyncio.Future[str],
    store: Store,
    settings: MqttSettings,
) -> None:
    while True:
        first = asyncio.ensure_future(messages.get())
        waiting: list[asyncio.Future[Any]] = [first, lost]
        await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
        if not first.done():
            first.cancel()
            raise Unavailable("connect.source.broker", host=settings.host, reason=lost.result())
        group = [first.result()]
        while len(group) < _GROUP and not messages.empty():
            group.append(messages.get_nowait())
        await store([(message.topic, bytes(message.payload)) for message in group])
        for message in group:
            client.ack(message.mid, message.qos)


def _client(source: Source, settings: MqttSettings) -> paho.Client:
    version = MQTTProtocolVersion.MQTTv5 if settings.version == "5" else MQTTProtocolVersion.MQTTv311
    name = settings.client_id or f"quanyu-{source.tenant}-{source.name}"
    client = paho.Client(
        CallbackAPIVersion.VERSION2,
        client_id=name,
        protocol=version,
        manual_ack=True,
        reconnect_on_failure=False,
        clean_session=None if settings.version == "5" else False,
    )
    if settings.user is not None:
        client.username_pw_set(settings.user, settings.password)
    if settings.tls:
        client.tls_set_context(ssl.create_default_context())
    return client


def _settle(lost: asyncio.Future[str], reason: str) -> None:
    if not lost.done():
        lost.set_result(reason)


def _release(messages: asyncio.Queue[paho.MQTTMessage]) -> None:
    """Lets paho's thread finish if it waits for a place; what is thrown away here was never acknowledged."""
    while not messages.empty():
        messages.get_nowait()
