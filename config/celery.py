"""The Celery application, and the heartbeat files by which probes see that worker and beat live."""

import os
from pathlib import Path
from typing import Any

from celery import Celery, bootsteps, platforms
from celery.apps.beat import Beat
from celery.beat import PersistentScheduler

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

app = Celery("config")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


def touch(name: str) -> None:
    """Say that the process ``name`` is alive, by the age of its file."""
    from django.conf import settings

    folder = Path(settings.HEARTBEAT_DIR)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{name}.alive").touch()


class Heartbeat(bootsteps.StartStopStep):
    """Touch a file every five seconds while the worker's consumer runs."""

    requires = ("celery.worker.components:Timer",)

    def __init__(self, parent: Any, **kwargs: Any) -> None:
        self.entry: Any = None
        super().__init__(parent, **kwargs)

    def start(self, parent: Any) -> None:
        touch("worker")
        self.entry = parent.timer.call_repeatedly(5.0, touch, ("worker",))

    def stop(self, parent: Any) -> None:
        if self.entry:
            self.entry.cancel()


class BeatScheduler(PersistentScheduler):
    """Celery's own scheduler, touching a file at every tick."""

    max_interval = 5
    sends = asked_to_stop = False

    def tick(self, *args: Any, **kwargs: Any) -> float:
        touch("beat")
        self.sends = True
        try:
            wait: float = super().tick(*args, **kwargs)
        finally:
            self.sends = False
        if self.asked_to_stop:
            raise SystemExit
        return min(wait, 5.0)

    def _ensure_connected(self) -> Any:
        """Wait for the broker, as long as it takes: that is no sending which has to be ended first."""
        self.sends = False
        found = super()._ensure_connected()  # type: ignore[misc]
        self.sends = True
        return found

    def stop(self, *_: Any) -> None:
        """End beat, after what it is sending: Celery closes its file in the midst of it, and fails."""
        self.asked_to_stop = True
        if not self.sends:
            raise SystemExit


class LightBeat(Beat):
    """
    Celery's own beat, without the rooms: it sends tasks by their names (``config.beat``), and loads none.

    What a task says of itself is therefore unknown here: when it expires stands in the schedule as well.
    """

    def install_sync_handler(self, service: Any) -> None:
        platforms.signals.update(SIGTERM=service.scheduler.stop, SIGINT=service.scheduler.stop)

    def init_loader(self) -> None:
        self.app.finalize()  # type: ignore[union-attr]


app.steps["worker"].add(Heartbeat)
app.Beat = app.subclass_with_self(LightBeat)  # type: ignore[misc]  # a cached property
