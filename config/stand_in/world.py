"""What the stand-in remembers: its clock, its objects, its events."""

import itertools
import threading

from config.stand_in.errors import missing
from config.stand_in.events import Events
from config.stand_in.keys import Keys
from config.stand_in.money import Balance

START = 1_764_576_000  # 2025-12-01 08:00:00 UTC


class Clock:
    """Whole seconds, as ``created`` has them; it stands still until somebody moves it on."""

    def __init__(self, now=START):
        self.now = now

    def advance(self, seconds):
        self.now += int(seconds)


class World:
    """Everything there is; changes happen one at a time under ``lock``."""

    def __init__(self, *, now=START):
        self.clock, self.lock = Clock(now), threading.RLock()
        self._numbers, self.url = itertools.count(1), "https://pay.invalid"
        # Of a world that is made anew beside a database that remembers, ids differ from those before.
        self._life = "" if now == START else f"{now:x}"
        self.objects, self.accounts, self.links = {}, {}, {}
        self.balance = Balance(self.clock, self.new_id)
        self.events = Events(self)
        self.keys = Keys(self.clock)
        self.troubles, self.calls = [], []

    def new_id(self, prefix):
        return f"{prefix}_fake{self._life}{next(self._numbers):08d}"

    def keep(self, item):
        self.objects[item["id"]] = item
        return item

    def get(self, kind, ref):
        """:raises Refused: 404, if there is no such object"""
        item = self.objects.get(ref)
        if item is None or item["object"] != kind:
            raise missing(kind, ref)
        return item

    def all(self, kind):
        """Return all objects of a kind, the newest first, as lists are answered."""
        return [item for item in reversed(list(self.objects.values())) if item["object"] == kind]
