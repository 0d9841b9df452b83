"""A short storm; ``make storm`` runs a long one."""

import os
import subprocess
import sys

import pytest

from config.up.places import ROOT


@pytest.mark.slow
def test_what_is_stored_is_what_was_sent_though_a_sender_is_killed_and_the_database_crashes():
    command = [sys.executable, "-m", "tests.devices.storm", "--processes", "4"]
    given = {
        key: value for key, value in os.environ.items() if not key.startswith(("DATABASE", "REDIS", "PYTEST"))
    }

    ran = subprocess.run(
        [*command, "--recording", "cppagent-demo/okuma.txt"],
        cwd=ROOT,
        env=given,
        capture_output=True,
        text=True,
        timeout=300,
    )

    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert ran.stdout.count("ok ") == 6
