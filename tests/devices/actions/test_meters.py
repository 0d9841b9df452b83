from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import DatabaseError, transaction

from devices.actions import meters
from devices.models import MeterChange, meter_changes_of
from devices.ownership.queries import meter_changes_seen
from marketplace.actions.parties import robot
from marketplace.models import AuditEntry
from marketplace.models.parties import Role
from marketplace.permissions import MissingRight
from tests.devices.actions.test_silences import lend
from tests.devices.machines import NOON, lathe
from tests.factories import marketplace as make

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)
CHANGE = meters.Change("parts", NOON - DAY / 2, Decimal(1841), Decimal(3), "COUNTER_REPLACED", "new one")


@pytest.fixture
def device():
    return lathe()


@pytest.fixture
def owner(device):
    return make.member(device.owner, name="Ada")


class TestRecord:
    def test_keeps_both_readings_and_who_said_so(self, device, owner):
        made = meters.record(device=device, change=CHANGE, by=owner, at=NOON)

        (found,) = meter_changes_of(device)
        assert found == made
        assert (found.channel.key, found.final, found.first, found.recorded_by) == ("parts", 1841, 3, "Ada")
        assert AuditEntry.objects.latest("pk").action == "device.change_meter"

    def test_a_correction_stands_in_the_place_of_what_was_wrong_and_both_stay(self, device, owner):
        wrong = meters.record(device=device, change=CHANGE, by=owner, at=NOON)

        right = meters.record(
            device=device, change=replace(CHANGE, final=Decimal(1840)), corrects=wrong, by=owner, at=NOON
        )

        assert list(meter_changes_of(device)) == [right]
        assert MeterChange.objects.get(pk=wrong.pk).final == 1841

    def test_what_was_corrected_is_not_corrected_again(self, device, owner):
        wrong = meters.record(device=device, change=CHANGE, by=owner, at=NOON)
        meters.record(device=device, change=CHANGE, corrects=wrong, by=owner, at=NOON)

        with pytest.raises(meters.CorrectedAlready):
            meters.record(device=device, change=CHANGE, corrects=wrong, by=owner, at=NOON)

        assert MeterChange.objects.count() == 2

    @pytest.mark.parametrize("write", ["update", "delete"])
    def test_the_database_refuses_to_rewrite_one(self, write, device, owner):
        meters.record(device=device, change=CHANGE, by=owner, at=NOON)
        found = MeterChange.objects.all()

        with pytest.raises(DatabaseError), transaction.atomic():
            found.update(final=1) if write == "update" else found.delete()

        assert MeterChange.objects.get().final == 1841

    @pytest.mark.parametrize("channel", ["execution", "load", "nothing"])
    def test_is_of_a_counter_alone(self, channel, device, owner):
        with pytest.raises(meters.BadMeterChange) as refused:
            meters.record(device=device, change=replace(CHANGE, channel=channel), by=owner, at=NOON)

        assert [flaw.pointer for flaw in refused.value.flaws] == ["/channel"]
        assert not MeterChange.objects.exists()

    def test_is_not_for_viewers_or_strangers(self, device):
        for person in (make.member(device.owner, Role.VIEWER), make.member(make.organization())):
            with pytest.raises(MissingRight):
                meters.record(device=device, change=CHANGE, by=person, at=NOON)

        assert not MeterChange.objects.exists()


class TestWhoSees:
    def test_the_owner_all_and_a_lessee_those_of_its_own_time(self, device, owner):
        lessee = make.organization()
        lend(device, lessee, robot(name="clock"))  # since a day before noon
        early = meters.record(device=device, change=replace(CHANGE, at=NOON - 2 * DAY), by=owner, at=NOON)
        own = meters.record(device=device, change=CHANGE, by=owner, at=NOON)

        assert list(meter_changes_seen(device, device.owner)) == [own, early]
        assert list(meter_changes_seen(device, lessee)) == [own]
        assert list(meter_changes_seen(device, make.organization())) == []
