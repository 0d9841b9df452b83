"""``manage.py mtconnect_poll``: read an MTConnect agent and deliver what it says of one device."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from devices.gateway.agents import Agent
from devices.management import patience
from devices.management.following import Follower
from devices.models import Device
from marketplace.actions.parties import robot
from marketplace.shared import clock


class Command(BaseCommand):
    """Runs until it is stopped; starting it again goes on where the database ends."""

    help = "Follow an MTConnect agent (current, then sample) and deliver the readings of one device."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--url", required=True, help="the agent, such as http://192.0.2.7:5000")
        parser.add_argument("--device", required=True, help="the device's code")
        parser.add_argument("--stream", default="", help="name or uuid of the machine at the agent")
        parser.add_argument("--count", type=int, default=1000, help="observations to ask for at once")
        parser.add_argument("--pause", type=float, default=1, help="seconds between requests")
        parser.add_argument("--once", action="store_true", help="read what is there, then end")
        parser.add_argument("--create-channels", action="store_true", help="add unknown keys, as private")

    def handle(self, *args: Any, **options: Any) -> None:
        device = Device.objects.select_related("owner").filter(code=options["device"]).first()
        if device is None:
            raise CommandError(f"There is no device with the code {options['device']!r}.")
        if not 1 <= options["count"] <= 5000 or not 0 < options["pause"] <= 3600:
            raise CommandError("--count is 1 to 5000, --pause is more than 0 and at most 3600 seconds.")
        try:
            agent = Agent(options["url"])
        except ValueError as error:
            raise CommandError(f"--url: {error}.") from error
        follower = Follower(
            agent=agent,
            device=device,
            by=robot(name="poller"),
            stream=options["stream"],
            count=options["count"],
            create_channels=options["create_channels"],
        )
        if options["once"]:
            self.once(follower)
            return
        patience.keep_on(
            lambda: follower.step(clock.now()),
            pause=options["pause"],
            stop=patience.stopped_by_signals(),
            say=self.stderr.write,
        )

    def once(self, follower: Follower) -> None:
        """Read until nothing is waiting."""
        try:
            while follower.step(clock.now()):
                pass
        except patience.TROUBLE as trouble:
            raise CommandError(f"The agent was not read to its end: {trouble}") from trouble
        self.stdout.write(f"read up to {follower.next} of {follower.epoch}")
