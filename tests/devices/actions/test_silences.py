from datetime import timedelta

import pytest

from devices.actions import devices, silences
from devices.models import Head, Silence
from devices.ownership.actions import agreements
from devices.ownership.models import Agreement
from devices.ownership.queries import silences_of
from marketplace.actions.parties import robot
from marketplace.models import AuditEntry
from marketplace.shared.period import Period
from tests.devices.machines import NOON, lathe, take
from tests.factories import marketplace as make

pytestmark = pytest.mark.django_db
MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)
READING = ("2026-11-20T04:00:00Z", "parts", 1)


@pytest.fixture
def clock():
    return robot(name="clock")


@pytest.fixture
def lessee():
    return make.organization()


@pytest.fixture
def device(clock, lessee):
    """A device that speaks for a machine leased since yesterday, and was heard at noon."""
    found = lathe()
    lend(found, lessee, clock)
    take(found, [(1, *READING)], at=NOON)
    return found


def lend(device, lessee, by):
    machine = make.equipment(device.owner)
    devices.bind(device=device, equipment=machine, period=Period(NOON - 9 * DAY, None), by=by, at=NOON)
    agreements.open(
        equipment=machine,
        owner=device.owner,
        lessee=lessee,
        period=Period(NOON - DAY, NOON + 9 * DAY),
        reference="lea_1",
        billing_channels=["execution"],
        by=by,
        at=NOON,
    )


class TestWatch:
    def test_notes_a_silence_once_and_ends_it_when_the_device_speaks(self, device, clock):
        assert silences.watch(by=clock, at=NOON + 5 * MINUTE) == 0
        assert silences.watch(by=clock, at=NOON + 6 * MINUTE) == 1
        assert silences.watch(by=clock, at=NOON + 7 * MINUTE) == 0
        one = Silence.objects.get()
        assert (one.device, one.since, one.noticed_at, one.ended_at) == (
            device,
            NOON,
            NOON + 6 * MINUTE,
            None,
        )

        take(device, [(2, *READING)], at=NOON + 8 * MINUTE)
        silences.watch(by=clock, at=NOON + 9 * MINUTE)

        assert Silence.objects.get().ended_at == NOON + 8 * MINUTE
        actions = AuditEntry.objects.filter(subject=device.public_id).order_by("pk")
        assert list(actions.values_list("action", flat=True))[-2:] == [
            "device.fell_silent",
            "device.heard_again",
        ]

    def test_notes_the_next_silence_as_another(self, device, clock):
        silences.watch(by=clock, at=NOON + 6 * MINUTE)
        take(device, [(2, *READING)], at=NOON + 8 * MINUTE)

        assert silences.watch(by=clock, at=NOON + 20 * MINUTE) == 1
        assert Silence.objects.count() == 2

    def test_keeps_to_the_devices_own_limit(self, device, clock):
        device.silence_limit_seconds = 3600
        device.save()

        assert silences.watch(by=clock, at=NOON + 60 * MINUTE) == 0
        assert silences.watch(by=clock, at=NOON + 61 * MINUTE) == 1

    def test_counts_from_the_begin_of_the_lease_for_a_device_never_heard(self, device, clock):
        Head.objects.update(last_received_at=None)

        silences.watch(by=clock, at=NOON)

        assert Silence.objects.get().since == NOON - DAY

    def test_leaves_devices_alone_that_nobody_leases_or_that_are_out_of_use(self, device, clock):
        take(lathe(), [(1, *READING)], at=NOON)
        device.closed_at = NOON
        device.save()

        assert silences.watch(by=clock, at=NOON + DAY) == 0

    def test_ends_with_the_lease(self, device, clock):
        silences.watch(by=clock, at=NOON + DAY)
        Agreement.objects.update(period=(NOON - DAY, NOON + 2 * DAY))

        silences.watch(by=clock, at=NOON + 3 * DAY)

        assert Silence.objects.get().ended_at == NOON + 3 * DAY

    def test_one_silence_is_one_row_also_when_the_lease_is_taken_up_again(self, device, clock):
        silences.watch(by=clock, at=NOON + DAY)
        whole = Agreement.objects.get().period
        Agreement.objects.update(period=(NOON - DAY, NOON + 2 * DAY))
        silences.watch(by=clock, at=NOON + 3 * DAY)
        Agreement.objects.update(period=whole)

        assert silences.watch(by=clock, at=NOON + 4 * DAY) == 0
        assert Silence.objects.count() == 1

    def test_is_for_the_clock_alone(self, device):
        with pytest.raises(silences.WatchedByClock):
            silences.watch(by=make.member(device.owner), at=NOON + DAY)

        assert not Silence.objects.exists()


class TestWhoSees:
    def test_the_owner_all_and_a_lessee_those_of_its_own_time(self, device, clock, lessee):
        before = Silence.objects.create(device=device, since=NOON - 5 * DAY, noticed_at=NOON, ended_at=NOON)
        silences.watch(by=clock, at=NOON + DAY)
        own = Silence.objects.open().get()

        assert list(silences_of(device, device.owner)) == [own, before]
        assert list(silences_of(device, lessee)) == [own]
        assert list(silences_of(device, make.organization())) == []
