"""Serve the stand-in until it is stopped: ``python -m config.stand_in --port 12111 --webhooks URL``."""

import argparse
import threading
import time

from config.stand_in import FakeStripe


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int, default=12111)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--webhooks", default="", help="where events are delivered to")
    parser.add_argument("--secret", default="whsec_fake")
    asked = parser.parse_args()
    with FakeStripe(now=int(time.time()), port=asked.port, host=asked.host) as fake:
        fake.events.url, fake.events.secret = asked.webhooks, asked.secret
        while not threading.Event().wait(1):
            with fake.world.lock:
                fake.clock.now = max(fake.clock.now, int(time.time()))
            if asked.webhooks and fake.events.outbox:
                fake.events.deliver()


if __name__ == "__main__":
    main()
