"""``manage.py mqtt_bridge``: take what Sparkplug B edge nodes publish at an MQTT broker."""

import contextlib
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from devices.actions import replays
from devices.gateway.broker import Broker, Event
from devices.management import patience
from devices.management.bridging import Bridge, Source, unreadable
from devices.models import Device
from devices.rules.readings import Refused
from marketplace.actions.parties import robot
from marketplace.shared import clock


class Command(BaseCommand):
    """Runs until it is stopped; after a restart the nodes are asked for their births."""

    help = "Bridge Sparkplug B edge nodes at an MQTT broker to devices."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--host", required=True, help="the broker")
        parser.add_argument("--port", type=int, default=1883)
        parser.add_argument(
            "--bind",
            action="append",
            required=True,
            metavar="CODE=GROUP/NODE[/DEVICE]",
            help="which source speaks for which device; may be given more than once",
        )
        parser.add_argument("--client-id", default="jijian-bridge", help="must be the broker's only one")
        parser.add_argument("--username", default="")
        parser.add_argument("--password-file", type=Path)
        parser.add_argument("--tls", action="store_true", help="encrypt, and check the broker's certificate")
        parser.add_argument("--create-channels", action="store_true", help="add unknown metrics, as private")

    def handle(self, *args: Any, **options: Any) -> None:
        bound, by = bindings(options["bind"]), robot(name="bridge")
        stop = patience.stopped_by_signals()
        secret = options["password_file"]
        bridge = Bridge(
            devices=bound, by=by, send=lambda *told: None, create_channels=options["create_channels"]
        )
        broker = Broker(
            options["host"],
            options["port"],
            bridge.topics,
            client_id=options["client_id"],
            username=options["username"],
            password=secret.read_text().strip() if secret else "",
            tls=options["tls"],
        )
        bridge.send = broker.send
        with contextlib.closing(broker):
            current: list[Event] = []

            def step() -> bool:
                event = current[0] if current else broker.next(0.5)
                current[:] = [event] if event else []
                if event:
                    self.hear(bridge, event)
                current.clear()
                return True

            patience.keep_on(step, pause=1, stop=stop, say=self.stderr.write)
            bridge.lose(clock.now())

    def hear(self, bridge: Bridge, event: Event) -> None:
        """Take one event; what cannot be read is kept for the node's devices."""
        at = clock.now()
        try:
            bridge.hear(event, at)
        except Refused as refused:
            self.stderr.write(f"{event.text}: {refused}"[:300])
            for source, device in bridge.devices.items():
                if f"/{source.node}" in event.text and event.text.startswith(f"spBv1.0/{source.group}/"):
                    refusals = [unreadable(event, refused)]
                    replays.keep_unreadable(device=device, epoch="", refusals=refusals, by=bridge.by, at=at)


def bindings(told: list[str]) -> dict[Source, Device]:
    """Read which source speaks for which device."""
    found: dict[Source, Device] = {}
    for text in told:
        code, _, name = text.partition("=")
        device = Device.objects.select_related("owner").filter(code=code).first()
        try:
            source = Source.read(name)
        except ValueError as error:
            raise CommandError(f"--bind {text!r}: {error}.") from error
        if device is None:
            raise CommandError(f"There is no device with the code {code!r}.")
        if source in found or device in found.values():
            raise CommandError(f"--bind {text!r}: the source or the device was named before.")
        found[source] = device
    return found
