"""A worker or a beat that only lives."""

import signal
import sys

import played

name = "worker" if "worker" in sys.argv else "beat"
played.remember(name)
played.live(name)
signal.pause()
