"""docs/operations.md knows every variable that the settings read."""

import re

from config.up.places import ROOT

SOURCES = (
    "settings.py",
    "mode.py",
    "beat.py",
    "rest_settings.py",
    "gunicorn_conf.py",
    "probe.py",
    "up/places.py",
    "up/cli.py",
)
READS = re.compile(r"(?:\benv\.\w+|required|environ\.get|setdefault)\(\s*\"([A-Z_]+)\"")


class TestVariables:
    def test_each_one_is_explained(self):
        read = {name for source in SOURCES for name in READS.findall((ROOT / "config" / source).read_text())}
        table = (ROOT / "docs" / "operations.md").read_text().partition("## Variables")[2]
        explained = set(re.findall(r"`([A-Z_]+)`", table))
        assert len(read) > 20
        assert read - explained - {"DJANGO_SETTINGS_MODULE"} == set()
