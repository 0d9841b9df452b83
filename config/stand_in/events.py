"""
Events and their delivery: signed, and as unreliable as over a real network.

Deliveries wait in ``outbox`` until ``deliver`` is called, or go out at once if ``is_prompt``. ``lose``,
``duplicate`` and ``shuffle`` say what happens to those that wait.
"""

import hashlib
import hmac
import json
import random
import time
import urllib.error
import urllib.request
from copy import deepcopy

from config.stand_in.shapes import made

VERSION = "2026-10-28.endive"


def signed(body, secret, at):
    """Return the header that Stripe would send with these bytes at a moment (seconds)."""
    seal = hmac.new(secret.encode(), f"{at}.".encode() + body, hashlib.sha256).hexdigest()
    return f"t={at},v1={seal}"


class Events:
    """All events, and which of them have arrived."""

    def __init__(self, world):
        self.world, self.all, self.outbox, self.arrived = world, {}, [], set()
        self.url, self.secret, self.version = "", "whsec_fake", VERSION
        self.is_prompt, self.tries = False, []

    def tell(self, kind, item):
        """Make an event about an object as it is now."""
        event = made(
            "event",
            id=self.world.new_id("evt"),
            type=kind,
            created=self.world.clock.now,
            api_version=self.version,
            data={"object": deepcopy(item)},
            pending_webhooks=1,
        )
        return self._add(event)

    def tell_thin(self, kind, ref):
        """Make a thin event about an account of ``/v2``."""
        related = {"id": ref, "type": "v2.core.account", "url": f"/v2/core/accounts/{ref}"}
        event = {
            "id": self.world.new_id("evt"),
            "object": "v2.core.event",
            "type": kind,
            "created": time.strftime("%Y-%m-%dT%H:%M:%S.000Z", time.gmtime(self.world.clock.now)),
            "livemode": False,
            "context": None,
            "related_object": related,
            "reason": None,
        }
        return self._add(event)

    def _add(self, event):
        self.all[event["id"]] = event
        self.outbox.append(event["id"])
        return event

    def undelivered(self):
        return [event for ref, event in self.all.items() if ref not in self.arrived]

    def lose(self):
        """Forget what waits; the list of undelivered events still has it."""
        self.outbox.clear()

    def duplicate(self):
        self.outbox = [ref for ref in self.outbox for _ in range(2)]

    def shuffle(self, seed=0):
        random.Random(seed).shuffle(self.outbox)

    def deliver(self):
        """Send what waits, each at the time of now; what is not answered 2xx waits again."""
        with self.world.lock:
            waiting, self.outbox = self.outbox, []
        answers = [(ref, self._sent(ref)) for ref in waiting]
        with self.world.lock:
            for ref, status in answers:
                if 200 <= status < 300:
                    self.arrived.add(ref)
                    self.all[ref].update(pending_webhooks=0) if "pending_webhooks" in self.all[ref] else None
                else:
                    self.outbox.append(ref)
        self.tries += answers
        return answers

    def _sent(self, ref):
        body = json.dumps(self.all[ref]).encode()
        head = {
            "Content-Type": "application/json",
            "Stripe-Signature": signed(body, self.secret, int(time.time())),
        }
        try:
            request = urllib.request.Request(self.url, body, head, method="POST")
            with urllib.request.urlopen(request, timeout=20) as answer:
                return answer.status
        except urllib.error.HTTPError as refusal:
            return refusal.code
        except OSError:
            return 0
