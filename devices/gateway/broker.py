"""An MQTT broker, through a bounded queue: what comes, and whether the way to it stands."""

import contextlib
import queue
from typing import Any, NamedTuple

import paho.mqtt.client as mqtt
from paho.mqtt.enums import CallbackAPIVersion

UP, DOWN, MESSAGE = "up", "down", "message"
KEEPALIVE = 30


class Event(NamedTuple):
    """The way stands, is lost (``text`` says why), or a message came on the topic ``text``."""

    kind: str
    text: str = ""
    payload: bytes = b""


class Broker:
    """
    One connection that is made again by itself, after 1 to 60 seconds.

    When ``most`` events wait, the network waits too: what comes faster than it is stored is not held here.
    """

    def __init__(
        self,
        host: str,
        port: int,
        topics: list[str],
        *,
        client_id: str,
        username: str = "",
        password: str = "",
        tls: bool = False,
        most: int = 1000,
    ) -> None:
        self._waiting: queue.Queue[Event] = queue.Queue(most)
        self._topics, self._closing = topics, False
        self._client = mqtt.Client(CallbackAPIVersion.VERSION2, client_id=client_id, clean_session=True)
        if username:
            self._client.username_pw_set(username, password)
        if tls:
            self._client.tls_set()
        self._client.reconnect_delay_set(1, 60)
        self._client.on_connect = self._up
        self._client.on_disconnect = self._down
        self._client.on_message = self._message
        self._client.connect_async(host, port, KEEPALIVE)
        self._client.loop_start()

    def next(self, seconds: float) -> Event | None:
        """Return the next event, ``None`` if there is none for so long."""
        with contextlib.suppress(queue.Empty):
            return self._waiting.get(timeout=seconds)
        return None

    def send(self, topic: str, payload: bytes) -> None:
        """Publish a command; one that cannot be sent now is not kept."""
        self._client.publish(topic, payload, qos=0)

    def close(self) -> None:
        """Hang up and stop the thread behind this."""
        self._closing = True
        self._client.disconnect()
        with contextlib.suppress(queue.Empty):
            while True:
                self._waiting.get_nowait()
        self._client.loop_stop()

    def _put(self, event: Event) -> None:
        while not self._closing:
            with contextlib.suppress(queue.Full):
                self._waiting.put(event, timeout=0.5)
                return

    def _up(self, client: mqtt.Client, data: Any, flags: Any, reason: Any, properties: Any) -> None:
        if reason.is_failure:
            self._put(Event(DOWN, str(reason)))
            return
        client.subscribe([(topic, 1) for topic in self._topics])
        self._put(Event(UP))

    def _down(self, client: mqtt.Client, data: Any, flags: Any, reason: Any, properties: Any) -> None:
        self._put(Event(DOWN, str(reason)))

    def _message(self, client: mqtt.Client, data: Any, message: mqtt.MQTTMessage) -> None:
        self._put(Event(MESSAGE, message.topic, bytes(message.payload)))
