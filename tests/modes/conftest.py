"""A test installation: its row of the clock is there, and nothing is remembered of another test's."""

from datetime import UTC, datetime

import pytest
from django.core.cache import cache
from django.utils import timezone

from marketplace.models import MovedClock
from marketplace.queries.clocks import KEY

MACHINE = datetime(2026, 11, 20, 4, tzinfo=UTC)  # noon in Shanghai


@pytest.fixture
def installation(db, settings, monkeypatch):
    """Let this be a test installation, whose machine stands at one moment; return its row."""
    settings.JIJIAN_MODE = "test"
    monkeypatch.setattr(timezone, "now", lambda: MACHINE)
    cache.delete(KEY)
    yield MovedClock.objects.create()
    cache.delete(KEY)
