"""MQTT endpoints (ETSI GS CIM 009, clause 7): mqtt[s]://[user[:password]@]host[:port]/topic, versions 3.1.1 and 5."""

import asyncio
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote, urlsplit

import paho.mqtt.client as paho
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion

from quanyu.connect.outgoing import Outgoing
from quanyu.connect.sources.mqtt import named_context
from quanyu.core.errors import Invalid, Unavailable
from quanyu.twin.subscriptions.model import Endpoint

_PORTS = {"mqtt": 1883, "mqtts": 8883}


@dataclass(frozen=True, slots=True)
class Address:
    """An endpoint's URI in its parts."""

    host: str
    port: int
    topic: str
    secure: bool
    user: str | None
    password: str | None


def address_of(uri: str) -> Address:
    parts = urlsplit(uri)
    return Address(
        host=parts.hostname or "",
        port=parts.port or _PORTS[parts.scheme],
        topic=unquote(parts.path.removeprefix("/")),
        secure=parts.scheme == "mqtts",
        user=unquote(parts.username) if parts.username else None,
        password=unquote(parts.password) if parts.password else None,
    )


async def publish(outgoing: Outgoing, endpoint: Endpoint, payload: bytes, *, wait: float) -> None:
    """Comes back when the broker has it: with QoS 0 when it is written. Raises Unavailable, Invalid, Denied."""
    where = address_of(endpoint.uri)
    if any(sign in where.topic for sign in "#+\0"):
        raise Invalid("twin.notification.topic", topic=where.topic[:80])
    checked = await outgoing.check(where.host, where.port)
    client = _client(where, endpoint)
    line = _Line(asyncio.get_running_loop())
    line.wire(client, where.topic, payload, int(endpoint.notifier_info.get("MQTT-QoS", "0")))
    try:
        async with asyncio.timeout(wait):
            await asyncio.to_thread(client.connect, checked, where.port, 30)
            client.loop_start()
            await line.done
    except TimeoutError:
        raise Unavailable("twin.notification.timeout", seconds=wait) from None
    except (OSError, ValueError) as error:
        raise Unavailable("twin.notification.broker", host=where.host, reason=str(error)) from error
    finally:
        client.on_disconnect = None
        client.disconnect()
        client.loop_stop()


class _Line:
    """Between paho's thread and ours."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self.done: asyncio.Future[None] = loop.create_future()

    def wire(self, client: paho.Client, topic: str, payload: bytes, quality: int) -> None:
        def on_connect(client: paho.Client, _data: Any, _flags: Any, reason: Any, _properties: Any) -> None:
            if reason.is_failure:
                self._tell(OSError(str(reason)))
            else:
                client.publish(topic, payload, qos=quality)

        def on_publish(_client: Any, _data: Any, _mid: int, reason: Any, _properties: Any) -> None:
            self._tell(OSError(str(reason)) if reason.is_failure else None)

        def on_disconnect(_client: Any, _data: Any, _flags: Any, reason: Any, _properties: Any) -> None:
            self._tell(OSError(str(reason)))

        client.on_connect = on_connect
        client.on_publish = on_publish
        client.on_disconnect = on_disconnect

    def _tell(self, error: Exception | None) -> None:
        self._loop.call_soon_threadsafe(_settle, self.done, error)


def _client(where: Address, endpoint: Endpoint) -> paho.Client:
    five = endpoint.notifier_info.get("MQTT-Version", "mqtt5.0") == "mqtt5.0"  # Table 7.2-1
    client = paho.Client(
        CallbackAPIVersion.VERSION2,
        protocol=MQTTProtocolVersion.MQTTv5 if five else MQTTProtocolVersion.MQTTv311,
        reconnect_on_failure=False,
    )
    if where.user is not None:
        client.username_pw_set(where.user, where.password)
    if where.secure:
        client.tls_set_context(named_context(where.host))
    return client


def _settle(future: asyncio.Future[None], error: Exception | None) -> None:
    if future.done():
        return
    if error is None:
        future.set_result(None)
    else:
        future.set_exception(error)
