"""MQTT sources: a message is stored in the database before it is acknowledged to the broker.

Subscriptions ask for at most QoS 1. With QoS 2 the receiver takes a message over (PUBREC) before it is stored, so that
a crash in between would lose it; with QoS 1 the broker sends it again instead, and a repetition is recognised by its
packet identifier. The session outlives the connection: while the node is away the broker keeps what comes.

paho runs its own thread; it waits while our store is slow, so memory stays bounded and the broker keeps the rest.
"""

import asyncio
import ssl
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

import paho.mqtt.client as paho
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties
from paho.mqtt.subscribeoptions import SubscribeOptions

from quanyu.connect.outgoing import Outgoing
from quanyu.connect.sources.model import Source
from quanyu.connect.sources.settings import MqttSettings
from quanyu.core.errors import Unavailable

SESSION_SECONDS = 7 * 86_400

_GROUP = 1_000
_WAITING = 2_000
_KEEPALIVE = 30
_LARGEST = 16 * 1024**2


@dataclass(frozen=True, slots=True)
class Message:
    """`packet`: identifier of the delivery, null with QoS 0; `repeated`: the broker says that it sends it once more."""

    topic: str
    payload: bytes
    packet: int | None = None
    repeated: bool = False

    @property
    def digest(self) -> bytes:
        return sha256(self.topic.encode() + b"\0" + self.payload).digest()[:16]


Store = Callable[[Sequence[Message]], Awaitable[None]]


async def listen(
    source: Source,
    settings: MqttSettings,
    outgoing: Outgoing,
    *,
    store: Store,
    linked: Callable[[], Awaitable[None]],
) -> None:
    """Until cancelled; `linked` is awaited once the broker has granted the topics.

    Raises Unavailable where the broker refuses or goes away, and whatever `store` raises.
    """
    address = await outgoing.check(settings.host, settings.port)
    line = _Line(asyncio.get_running_loop())
    client = _client(source, settings)
    _wire(client, settings, line)
    try:
        await asyncio.to_thread(_connect, client, address, settings)
    except (OSError, ValueError) as error:
        raise Unavailable("connect.source.broker", host=settings.host, reason=str(error)) from error
    client.loop_start()
    try:
        await _pump(client, line, store, linked, settings.host)
    finally:
        line.close()
        client.on_disconnect = None
        client.disconnect()
        await asyncio.to_thread(client.loop_stop)


class _Line:
    """Between paho's thread and ours."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self.messages: asyncio.Queue[paho.MQTTMessage] = asyncio.Queue(_WAITING)
        self.granted: asyncio.Future[None] = loop.create_future()
        self.lost: asyncio.Future[str] = loop.create_future()
        self._closed = False

    def put(self, message: paho.MQTTMessage) -> None:
        """Called in paho's thread, which waits here while the queue is full."""
        if not self._closed:
            asyncio.run_coroutine_threadsafe(self.messages.put(message), self._loop).result()

    def grant(self) -> None:
        self._loop.call_soon_threadsafe(_settle, self.granted, None)

    def lose(self, reason: str) -> None:
        self._loop.call_soon_threadsafe(_settle, self.lost, reason)

    def close(self) -> None:
        """Frees paho's thread if it waits for a place; what is thrown away here was never acknowledged."""
        self._closed = True
        while not self.messages.empty():
            self.messages.get_nowait()


def _wire(client: paho.Client, settings: MqttSettings, line: _Line) -> None:
    def on_connect(client: paho.Client, _data: Any, _flags: Any, reason: Any, _properties: Any) -> None:
        if reason.is_failure:
            line.lose(str(reason))
        else:
            client.subscribe(_subscriptions(settings))

    def on_subscribe(_client: paho.Client, _data: Any, _mid: int, reasons: Any, _properties: Any) -> None:
        refused = [
            f"{topic}: {reason}"
            for topic, reason in zip(settings.topics, reasons, strict=False)
            if reason.is_failure
        ]
        if refused:
            line.lose("; ".join(refused))
        else:
            line.grant()

    def on_message(_client: paho.Client, _data: Any, message: paho.MQTTMessage) -> None:
        line.put(message)

    def on_disconnect(_client: paho.Client, _data: Any, _flags: Any, reason: Any, _properties: Any) -> None:
        line.lose(str(reason))

    client.on_connect = on_connect
    client.on_subscribe = on_subscribe
    client.on_message = on_message
    client.on_disconnect = on_disconnect


async def _pump(
    client: paho.Client, line: _Line, store: Store, linked: Callable[[], Awaitable[None]], host: str
) -> None:
    answers: set[asyncio.Future[Any]] = {line.granted, line.lost}
    await asyncio.wait(answers, return_when=asyncio.FIRST_COMPLETED)
    if line.granted.done():
        await linked()
    while True:
        first = asyncio.ensure_future(line.messages.get())
        try:
            waiting: set[asyncio.Future[Any]] = {first, line.lost}
            await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
            if line.lost.done():
                raise Unavailable("connect.source.broker", host=host, reason=line.lost.result())
            group = [first.result()]
        finally:
            first.cancel()
        while len(group) < _GROUP and not line.messages.empty():
            group.append(line.messages.get_nowait())
        await store([_message(one) for one in group])
        for message in group:
            client.ack(message.mid, message.qos)


def _message(message: paho.MQTTMessage) -> Message:
    try:
        topic = message.topic
    except UnicodeDecodeError:
        topic = "\N{REPLACEMENT CHARACTER}"
    packet = message.mid if message.qos else None
    return Message(topic, bytes(message.payload), packet, message.dup)


def _client(source: Source, settings: MqttSettings) -> paho.Client:
    five = settings.version == "5"
    client = paho.Client(
        CallbackAPIVersion.VERSION2,
        client_id=settings.client_id or client_name(source, settings),
        protocol=MQTTProtocolVersion.MQTTv5 if five else MQTTProtocolVersion.MQTTv311,
        manual_ack=True,
        reconnect_on_failure=False,
        clean_session=None if five else False,
    )
    if settings.user is not None:
        client.username_pw_set(settings.user, settings.password)
    if settings.tls:
        client.tls_set_context(named_context(settings.host))
    return client


def client_name(source: Source, settings: MqttSettings) -> str:
    """Differs between nodes, so that none throws another off its broker, and with the topics, so that a session never
    brings what is no longer wanted."""
    mark = f"{source.tenant}/{source.created.isoformat()}/{settings.topics}/{settings.qos}"
    return f"quanyu-{source.name}-{sha256(mark.encode()).hexdigest()[:10]}"


def _connect(client: paho.Client, address: str, settings: MqttSettings) -> None:
    if settings.version == "3.1.1":
        client.connect(address, settings.port, _KEEPALIVE)
        return
    properties = Properties(PacketTypes.CONNECT)  # type: ignore[no-untyped-call]
    properties.SessionExpiryInterval = SESSION_SECONDS
    properties.ReceiveMaximum = _GROUP
    properties.MaximumPacketSize = _LARGEST
    client.connect(address, settings.port, _KEEPALIVE, clean_start=False, properties=properties)


def _subscriptions(settings: MqttSettings) -> list[tuple[str, Any]]:
    """MQTT 5 can say that what is retained comes with the first subscription only."""
    quality = min(settings.qos, 1)
    if settings.version == "3.1.1":
        return [(topic, quality) for topic in settings.topics]
    options = SubscribeOptions(qos=quality, retainHandling=SubscribeOptions.RETAIN_SEND_IF_NEW_SUB)
    return [(topic, options) for topic in settings.topics]


def named_context(host: str) -> ssl.SSLContext:
    """Judges the certificate by the host's name, though the connection goes to its checked address."""

    class Named(ssl.SSLContext):
        def wrap_socket(self, *args: Any, **call: Any) -> ssl.SSLSocket:
            return super().wrap_socket(*args, **(call | {"server_hostname": host}))

    context = Named(ssl.PROTOCOL_TLS_CLIENT)
    context.load_default_certs()
    return context


def _settle(future: asyncio.Future[Any], value: Any) -> None:
    if not future.done():
        future.set_result(value)
