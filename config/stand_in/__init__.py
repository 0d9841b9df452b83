"""
A stateful stand-in for Stripe over real HTTP: what it answers has the shape of Stripe's published examples.

Objects live in memory, time stands still until it is moved on, and ``/_fake/…`` plays the customer, the bank,
the card network and bad luck. ``FakeStripe`` serves it on a port of its own; ``python -m config.stand_in``
does so until it is stopped.
"""

from config.stand_in.server import FakeStripe

__all__ = ["FakeStripe"]
