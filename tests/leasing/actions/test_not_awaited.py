"""A database that is older than returns does not find every machine late that it ever let."""

from importlib import import_module

import pytest
from django.apps import apps
from django.db import connection
from django.db.migrations.recorder import MigrationRecorder

from leasing.models import AtRisk, LeaseUnit, Overdue
from leasing.queries.overdue import units_to_attend
from marketplace.models import Notification
from tests import once
from tests.leasing import world as worlds
from tests.leasing.lateness import DAY, LATE, Late
from tests.leasing.world import END

pytestmark = pytest.mark.django_db
migration = import_module("leasing.migrations.0035_awaited_since_returns")


@once.fixture
def late():
    return Late(worlds.make(machines=1))


def returns_since(moment):
    """Let the database have learned of returns at a moment, and then bring in what marks units."""
    found = MigrationRecorder(connection).migration_qs.filter(app="leasing", name=migration.RETURNS)
    assert found.update(applied=moment) == 1
    with connection.schema_editor() as editor:
        migration.let_go(apps, editor)


def test_what_ended_before_is_never_late_and_nobody_is_told(late):
    returns_since(END + DAY)
    assert not late.unit.awaited
    assert not units_to_attend(LATE).exists()
    assert late.tick() is None
    assert not AtRisk.objects.exists()
    assert not Notification.objects.filter(kind="machine_overdue").exists()


def test_what_was_called_late_before_is_put_right(late):
    late.tick()
    returns_since(END + DAY)
    assert list(units_to_attend(LATE + DAY)) == [late.unit]
    assert late.tick(at=LATE + DAY) is None
    assert Overdue.objects.get().until == LATE + DAY
    assert not AtRisk.objects.open().exists()
    assert Notification.objects.filter(kind="machine_overdue").count() == 2
    assert not Notification.objects.filter(kind="lease_safe").exists()


def test_what_ended_since_is_late_as_ever(late):
    returns_since(END)
    assert not LeaseUnit.objects.filter(awaited=False).exists()
    assert late.tick() is not None
