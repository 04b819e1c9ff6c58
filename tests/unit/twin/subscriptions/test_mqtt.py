"""Notifications over MQTT, through a real broker (ETSI GS CIM 009, clause 7)."""

import asyncio
import json
import shutil
import subprocess
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import paho.mqtt.client as paho
import pytest
import pytest_asyncio
from paho.mqtt.enums import CallbackAPIVersion

from tests.patience import PATIENCE_SECONDS, until
from tests.ports import free_port
from tests.unit.twin.subscriptions.conftest import City

MOSQUITTO = shutil.which("mosquitto", path="/usr/sbin:/usr/bin:/usr/local/sbin:/usr/local/bin")
pytestmark = pytest.mark.skipif(
    MOSQUITTO is None, reason="mosquitto is not installed (apt install mosquitto)"
)


@pytest.fixture(scope="module")
def ports(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[int, int]]:
    """An open listener and one that asks for user and password."""
    folder: Path = tmp_path_factory.mktemp("mosquitto")
    open_port, closed_port = free_port(), free_port()
    passwords = folder / "passwords"
    subprocess.run(
        ["mosquitto_passwd", "-c", "-b", passwords, "lamp", "secret"], check=True, capture_output=True
    )
    passwords.chmod(0o644)
    folder.chmod(0o755)
    (folder / "conf").write_text(
        "per_listener_settings true\n"
        f"listener {open_port} 127.0.0.1\nallow_anonymous true\n"
        f"listener {closed_port} 127.0.0.1\nallow_anonymous false\npassword_file {passwords}\nuser root\n"
    )
    assert MOSQUITTO is not None
    broker = subprocess.Popen(
        [MOSQUITTO, "-c", str(folder / "conf")], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    yield open_port, closed_port
    broker.terminate()
    broker.wait(PATIENCE_SECONDS)


class Listener:
    """Hears one topic of a broker."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._messages: asyncio.Queue[paho.MQTTMessage] = asyncio.Queue()
        self.ready = loop.create_future()
        self._loop = loop

    async def next(self) -> tuple[Any, int]:
        """What is in the next message, and its quality of service."""
        message = await asyncio.wait_for(self._messages.get(), PATIENCE_SECONDS)
        return json.loads(message.payload), message.qos

    @contextmanager
    def listening(self, port: int, topic: str, user: str | None) -> Iterator[None]:
        client = paho.Client(CallbackAPIVersion.VERSION2)
        if user:
            client.username_pw_set(user, "secret")
        client.on_connect = lambda client, *_: client.subscribe(topic, 2)
        client.on_subscribe = lambda *_: self._loop.call_soon_threadsafe(self.ready.set_result, None)
        client.on_message = lambda _c, _d, message: self._loop.call_soon_threadsafe(
            self._messages.put_nowait, message
        )
        until(lambda: _connects(client, port))
        client.loop_start()
        yield
        client.disconnect()
        client.loop_stop()


def _connects(client: paho.Client, port: int) -> bool:
    with suppress(OSError):
        return client.connect("127.0.0.1", port) == paho.MQTT_ERR_SUCCESS
    return False


@pytest_asyncio.fixture
async def listener(ports: tuple[int, int]) -> AsyncIterator[Listener]:
    found = Listener(asyncio.get_running_loop())
    with found.listening(ports[0], "city/lamps", None):
        await found.ready
        yield found


@pytest.mark.parametrize("version", [None, "mqtt3.1.1", "mqtt5.0"])
@pytest.mark.parametrize("quality", [None, "1", "2"])
async def test_a_notification_is_published_with_metadata_and_body(
    city: City, ports: tuple[int, int], listener: Listener, version: str | None, quality: str | None
) -> None:
    named = {"MQTT-Version": version, "MQTT-QoS": quality}
    info = [{"key": key, "value": value} for key, value in named.items() if value]
    endpoint: dict[str, Any] = {
        "uri": f"mqtt://127.0.0.1:{ports[0]}/city/lamps",
        "receiverInfo": [{"key": "X-Who", "value": "me"}],
    }
    id = await city.subscribe(notification={"endpoint": endpoint | ({"notifierInfo": info} if info else {})})
    await city.create(power={"type": "Property", "value": 5})
    message, heard = await listener.next()
    assert heard == int(quality or "0")
    assert (message["metadata"]["Content-Type"], message["metadata"]["X-Who"]) == ("application/json", "me")
    assert "json-ld#context" in message["metadata"]["Link"]
    assert (message["body"]["type"], message["body"]["subscriptionId"]) == ("Notification", id)
    assert message["body"]["data"][0]["power"]["value"] == 5
    await city.told(id, timesSent=1, status="ok")


async def test_user_and_password_stand_in_the_address(city: City, ports: tuple[int, int]) -> None:
    listener = Listener(asyncio.get_running_loop())
    with listener.listening(ports[1], "city/lamps", "lamp"):
        await listener.ready
        wrong = await city.subscribe(
            notification={"endpoint": {"uri": f"mqtt://lamp:no@127.0.0.1:{ports[1]}/city/lamps"}}
        )
        await city.subscribe(
            notification={"endpoint": {"uri": f"mqtt://lamp:secret@127.0.0.1:{ports[1]}/city/lamps"}}
        )
        await city.create(power={"type": "Property", "value": 5})
        assert (await listener.next())[0]["body"]["type"] == "Notification"
    await city.told(wrong, timesFailed=1, status="failed")


async def test_a_broker_that_is_away_is_tried_again(city: City) -> None:
    id = await city.subscribe(notification={"endpoint": {"uri": f"mqtt://127.0.0.1:{free_port()}/a"}})
    await city.create(power={"type": "Property", "value": 5})
    await city.told(id, timesFailed=1, status="failed")
    city.jump(seconds=2)
    await city.told(id, timesFailed=2)
