"""A real MQTT broker in a thread, and a publisher."""

import asyncio
import contextlib
import socket
import threading
import time

import paho.mqtt.client as mqtt
from amqtt.broker import Broker
from paho.mqtt.enums import CallbackAPIVersion

PLUGINS = {"amqtt.plugins.authentication.AnonymousAuthPlugin": {"allow_anonymous": True}}


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as server:
        return server.getsockname()[1]


class RunningBroker:
    """A broker on a port of its own; ``stop`` and ``start`` may be called again and again."""

    def __init__(self):
        self.port = free_port()

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *error):
        with contextlib.suppress(RuntimeError):
            self.stop()

    def start(self):
        ready = threading.Event()
        self.thread = threading.Thread(target=self.run, args=(ready,), daemon=True)
        self.thread.start()
        assert ready.wait(20)

    def run(self, ready):
        async def serve():
            self.loop, self.ending = asyncio.get_running_loop(), asyncio.Event()
            broker = Broker(
                {
                    "listeners": {"default": {"type": "tcp", "bind": f"127.0.0.1:{self.port}"}},
                    "plugins": PLUGINS,
                }
            )
            await broker.start()
            ready.set()
            await self.ending.wait()
            await broker.shutdown()

        asyncio.run(serve())

    def stop(self):
        self.loop.call_soon_threadsafe(self.ending.set)
        self.thread.join(20)


class Publisher:
    """Publishes as an edge node and notes which commands it gets; ``will`` is its NDEATH."""

    def __init__(self, port, *, will=None, name="edge"):
        self.commands, self.up = [], threading.Event()
        self.client = mqtt.Client(CallbackAPIVersion.VERSION2, client_id=f"node-{name}")
        if will is not None:
            self.client.will_set(f"spBv1.0/plant/NDEATH/{name}", will, qos=1)
        self.client.on_connect = lambda *told: self.up.set()
        self.client.on_message = lambda client, data, message: self.commands.append(message.payload)
        self.client.connect("127.0.0.1", port)
        self.client.loop_start()
        assert self.up.wait(10)
        self.client.subscribe(f"spBv1.0/plant/NCMD/{name}", 1)
        self.name = name

    def say(self, kind, message, device=""):
        topic = f"spBv1.0/plant/{kind}/{self.name}" + (f"/{device}" if device else "")
        self.client.publish(topic, message, qos=1).wait_for_publish(10)

    def vanish(self):
        """Break the connection without a word, so that the broker sends the will."""
        self.client._sock.shutdown(socket.SHUT_RDWR)
        self.client.loop_stop()

    def close(self):
        self.client.disconnect()
        self.client.loop_stop()


def until(true, seconds=20):
    """Wait until something holds."""
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, "it never came true"
        time.sleep(0.02)
