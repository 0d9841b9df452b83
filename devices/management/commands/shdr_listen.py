"""``manage.py shdr_listen``: listen to an SHDR adapter and deliver what it says of one device."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from devices.gateway.adapters import Adapter
from devices.management import patience
from devices.management.listening import Listener
from devices.models import Device
from marketplace.actions.parties import robot
from marketplace.shared import clock


class Command(BaseCommand):
    """Runs until it is stopped; the numbers go on where the database ends."""

    help = "Connect to an SHDR adapter, number its lines, and deliver them as readings of one device."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--host", required=True, help="where the adapter listens")
        parser.add_argument("--port", type=int, default=7878)
        parser.add_argument("--device", required=True, help="the device's code")
        parser.add_argument("--epoch", default="shdr", help="name of the numbering")
        parser.add_argument("--every", type=float, default=0.5, help="seconds a line waits for its commit")
        parser.add_argument("--create-channels", action="store_true", help="add unknown keys, as private")

    def handle(self, *args: Any, **options: Any) -> None:
        device = Device.objects.select_related("owner").filter(code=options["device"]).first()
        if device is None:
            raise CommandError(f"There is no device with the code {options['device']!r}.")
        if not 1 <= options["port"] <= 65_535 or not 0 < options["every"] <= 60:
            raise CommandError("--port is 1 to 65535, --every is more than 0 and at most 60 seconds.")
        if not options["epoch"].strip() or len(options["epoch"]) > 80:
            raise CommandError("--epoch is a name of 1 to 80 characters.")
        stop = patience.stopped_by_signals()
        listener = Listener(
            connect=lambda: Adapter(options["host"], options["port"]),
            device=device,
            epoch=options["epoch"],
            by=robot(name="listener"),
            clock=clock.now,
            stop=stop,
            every=options["every"],
            create_channels=options["create_channels"],
        )
        patience.keep_on(listener.step, pause=1, stop=stop, say=self.stderr.write)
