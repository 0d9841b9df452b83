"""How long data are kept can be set, within bounds that the certificates and notices can live with."""

import os
import subprocess
import sys

import pytest

from config.up.places import ROOT


def loaded(**changes):
    """Load the settings in a process of their own; return what it complained of."""
    given = {"SECRET_KEY": "x", "DATABASE_URL": "postgres://a/b", "REDIS_URL": "redis://a"}
    run = [sys.executable, "-c", "import config.settings"]
    environment = {"PATH": os.environ["PATH"], **given, **changes}
    done = subprocess.run(run, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    return done.stderr if done.returncode else ""


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("DATA_NOTICE_DAYS", "0"),
        ("DATA_NOTICE_DAYS", "31"),
        ("DATA_ERASE_DAYS", "366"),
        ("DATA_POSTPONE_DAYS", "-1"),
        ("DATA_GRACE_DAYS", "-1"),
        ("BACKUP_KEEP_DAYS", "-1"),
        ("EVIDENCE_KEEP_YEARS", "9"),
    ],
)
def test_what_makes_no_sense_is_refused(name, value):
    assert name in loaded(**{name: value})


def test_other_periods_are_taken():
    assert loaded(DATA_ERASE_DAYS="60", DATA_NOTICE_DAYS="14", EVIDENCE_KEEP_YEARS="10") == ""
