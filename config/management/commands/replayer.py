"""``manage.py replayer``: the demonstration's machine that runs now."""

import signal
import threading
from typing import Any

from django.core.management.base import BaseCommand
from django.db import close_old_connections

from config.celery import touch
from config.demo.live import CODE, ZONE, send_until
from devices.models import Device
from marketplace.actions.parties import robot
from marketplace.shared import clock


class Command(BaseCommand):
    """Every few seconds delivers what the recorded machine said up to this time of day; until SIGTERM."""

    help = "Replay a recorded working day onto today, in real time."
    requires_system_checks: list[str] = []  # they load every address, which a replayer never needs

    def add_arguments(self, parser: Any) -> None:
        parser.add_argument("--every", type=float, default=5.0, help="seconds between deliveries")

    def handle(self, *args: Any, **options: Any) -> None:
        stop = threading.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: stop.set())
        touch("replayer")
        device = Device.objects.select_related("owner").filter(code=CODE).first()
        by, day, sent = robot(name="replayer"), None, 0
        while device is not None and not stop.is_set():
            now = clock.now()
            today = now.astimezone(ZONE).date()
            if day is not None and day != today:  # what was left of the day that has ended
                send_until(device, day=day, now=now, sent=sent, by=by)
            if day != today:
                day, sent = today, 0
            sent = send_until(device, day=today, now=now, sent=sent, by=by)
            touch("replayer")
            close_old_connections()
            stop.wait(options["every"])
