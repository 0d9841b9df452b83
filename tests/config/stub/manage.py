"""A project so small that it starts at once: the starter is real, everything of Django is played."""

import os
import signal
import sys
import time

import played

if sys.argv[1] == "up":
    from config.up.cli import main

    sys.exit(main(sys.argv[1:]))

played.remember(sys.argv[1])
if sys.argv[1] == "prepare":
    sys.stdout.write("preparing\n")
    sys.stdout.flush()
    time.sleep(float(os.environ.get("STUB_PREPARE_SECONDS", "0")))
    played.write_demo()
else:
    played.live(sys.argv[1])
    signal.pause()
