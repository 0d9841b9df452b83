"""The register keeps in step with channels, and measures how often they speak."""

from datetime import timedelta

import pytest
from django.db import DatabaseError, transaction
from django.utils import translation

from devices.actions import devices
from devices.models import Binding
from devices.ownership import tasks
from devices.ownership.actions import agreements, assets
from devices.ownership.models import Grading
from devices.rules.readings import microseconds
from marketplace.actions.parties import robot
from marketplace.models import AuditEntry
from marketplace.permissions import MissingRight
from marketplace.shared.period import Period
from tests.devices.machines import LATHE, NOON, lathe, take
from tests.factories.marketplace import equipment, member, organization

pytestmark = pytest.mark.django_db
AT = NOON + timedelta(hours=1)
HEARD = microseconds("2026-11-20T03:00:00Z")
SECOND = 1_000_000


@pytest.fixture
def clock():
    return robot(name="clock")


def of(device, key):
    return device.assets.get(channel__key=key)


def late(device):
    """Give a device channels that came past the action, as those that were there before the register."""
    for number, key in ((91, "a"), (92, "b")):
        device.channels.create(
            number=number, key=key, name=key, kind="COUNTER", category="energy", retention="EVIDENCE"
        )


class TestKeepInStep:
    def test_registers_every_channel_with_the_grade_of_its_category(self):
        device = lathe()

        with translation.override("en"):
            found = {one.label: (one.kind, one.category, one.grade) for one in device.assets.all()}
        assert found == {
            "Execution": ("CHANNEL", "billing_counters", "L2"),
            "Parts": ("CHANNEL", "billing_counters", "L2"),
            "Load": ("CHANNEL", "machine_condition", "L2"),
            "Program": ("CHANNEL", "process_parameters", "L4"),
            "Usage by the quarter-hour": ("USAGE", "billing_counters", "L2"),
        }
        assert {(one.rule, one.grade) for one in Grading.objects.all()} == {
            ("category", "L2"),
            ("category", "L4"),
        }
        assert AuditEntry.objects.get(action="data_asset.register").subject == device.public_id

    def test_usage_comes_from_the_evidence(self):
        usage = lathe().assets.get(kind="USAGE")

        assert {one.label for one in usage.derived_from.all()} == {"Execution", "Parts"}
        assert (usage.per_hour, usage.counts, usage.retention) == (4, True, "EVIDENCE")

    def test_a_channel_added_later_is_registered_too(self):
        device = lathe()
        more = [LATHE[1] | {"key": "more"}]

        devices.add_channels(device=device, channels=more, by=member(device.owner), at=AT)

        assert of(device, "more").registered_at == AT
        assert device.assets.get(kind="USAGE").derived_from.count() == 3

    def test_again_changes_nothing(self):
        device = lathe()
        before = Grading.objects.count()

        assert assets.keep_in_step(device=device, by=member(device.owner), at=AT) == []

        assert (device.assets.count(), Grading.objects.count()) == (5, before)

    def test_a_device_without_evidence_has_no_usage(self):
        assert lathe(channels=LATHE[2:]).assets.filter(kind="USAGE").count() == 0

    def test_is_refused_to_others(self):
        device = lathe()

        with pytest.raises(MissingRight):
            assets.keep_in_step(device=device, by=member(organization()), at=AT)


class TestAtTheLease:
    def test_no_asset_is_missing_of_a_device_under_lease(self, clock):
        device = lathe()
        late(device)
        machine = equipment(device.owner)
        Binding.objects.create(device=device, equipment=machine, period=(NOON, None))

        agreements.open(
            equipment=machine,
            owner=device.owner,
            lessee=organization(),
            period=Period(NOON, None),
            reference="lea_1",
            billing_channels=["parts"],
            by=clock,
            at=AT,
        )

        assert not device.channels.filter(asset=None).exists()
        assert device.assets.get(kind="USAGE").derived_from.count() == 4

    def test_the_clock_finds_what_was_there_before_the_register(self, clock):
        device = lathe()
        late(device)

        tasks.keep_register()

        assert device.assets.count() == 7


class TestMeasure:
    def heard(self, device, *, every, count):
        take(device, [(n, HEARD + n * every, "load", n) for n in range(1, count)])

    def test_notes_a_class_of_pace_and_grades_what_is_fast(self, clock):
        device = lathe()
        self.heard(device, every=5 * SECOND, count=60)

        assets.measure(device=device, by=clock, at=AT)

        load = of(device, "load")
        assert (load.per_hour, load.grade, load.measured_at, load.graded_at) == (3600, "L3", AT, AT)
        assert load.gradings.first().rule == "faster_than_a_minute"
        assert of(device, "parts").per_hour == 1

    def test_of_less_than_a_minute_nothing_is_said(self, clock):
        device = lathe()
        self.heard(device, every=SECOND, count=20)

        assets.measure(device=device, by=clock, at=AT)

        assert of(device, "load").per_hour is None
        assert of(device, "load").grade == "L2"

    def test_never_lowers_a_grade(self, clock):
        device = lathe()
        device.assets.filter(channel__key="load").update(grade="L4")
        self.heard(device, every=600 * SECOND, count=10)

        assets.measure(device=device, by=clock, at=AT)

        assert (of(device, "load").per_hour, of(device, "load").grade) == (60, "L4")

    def test_once_a_day_by_the_clock_alone(self, clock):
        lathe()

        assert assets.keep_register(by=clock, at=AT) == 1
        assert assets.keep_register(by=clock, at=AT + timedelta(hours=23)) == 0
        assert assets.keep_register(by=clock, at=AT + timedelta(hours=25)) == 1
        person = member(organization())
        for act in (assets.keep_register, lambda **how: assets.measure(device=lathe(), **how)):
            with pytest.raises(assets.RegisterKeptByClock):
                act(by=person, at=AT)


def test_the_history_of_grades_cannot_be_rewritten():
    lathe()

    for act in (lambda: Grading.objects.update(grade="L1"), lambda: Grading.objects.all().delete()):
        with pytest.raises(DatabaseError), transaction.atomic():
            act()


def test_an_asset_says_where_and_how_long_it_is_kept(settings):
    settings.DATA_PLACE = "CN-JS"
    device = lathe()

    assert of(device, "load").place == "CN-JS"
    settings.DATA_ERASE_DAYS, settings.EVIDENCE_KEEP_YEARS = 45, 12
    parts, load = of(device, "parts"), of(device, "load")
    assert (parts.kept_days, parts.kept_years, load.kept_days, load.kept_years) == (None, 12, 45, None)
    assert str(of(device, "load")) == "Lathe Load"
