"""Serve the stand-in until it is stopped: ``python -m config.stand_in --port 12111``."""

import argparse
import json
import threading
import time
import urllib.request
from datetime import datetime

from config.stand_in import FakeStripe


def time_at(address):
    """Return the time of the installation (seconds), or the machine's while that does not answer."""
    try:
        with urllib.request.urlopen(address, timeout=2) as answer:
            return int(datetime.fromisoformat(json.load(answer)["now"]).timestamp())
    except (OSError, ValueError, KeyError):  # also without an address
        return int(time.time())


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int, default=12111)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--address", default="", help="where payers find its pages, if not at host and port")
    parser.add_argument("--webhooks", default="", help="where events are delivered to")
    parser.add_argument("--clock", default="", help="the moved clock of a test installation")
    parser.add_argument("--secret", default="whsec_fake")
    asked = parser.parse_args()
    with FakeStripe(now=int(time.time()), port=asked.port, host=asked.host) as fake:
        fake.url = fake.world.url = asked.address or fake.url
        fake.events.url, fake.events.secret = asked.webhooks, asked.secret
        while not threading.Event().wait(1):
            with fake.world.lock:
                fake.clock.now = max(fake.clock.now, time_at(asked.clock))
            if asked.webhooks and fake.events.outbox:
                fake.events.deliver()


if __name__ == "__main__":
    main()
