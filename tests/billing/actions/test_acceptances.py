"""Run ten, compare: the meter of record beside what people counted by hand."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import DatabaseError, transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from billing.actions import acceptances
from billing.actions.acceptances import AcceptanceInvalid, MeterTest, NobodyCounts, TimeOfOthers
from billing.actions.reviews import NotASide
from billing.models import Acceptance
from devices.actions import devices
from devices.models import Binding
from devices.ownership.models import AccessEvent
from leasing.actions import leases
from leasing.models import LeaseUnit
from marketplace.models import AuditEntry
from marketplace.permissions import MissingRight
from tests import once
from tests.billing import world
from tests.factories import marketplace as factory

NINE = world.midnight("2026-10-20") + timedelta(hours=9)
MINUTE = timedelta(minutes=1)
LATER = world.LATER


def test_of(scene, meter="parts", expected="10", **changes):
    given = {"start": NINE, "end": NINE + 60 * MINUTE, "expected": Decimal(expected)} | changes
    about = {"within": scene.lessor, "by": scene.owner, "at": LATER}
    about |= {name: given.pop(name) for name in list(given) if name in about}
    return acceptances.record(unit=given.pop("unit", scene.unit), test=MeterTest(meter, **given), **about)


test_of.__test__ = False


@once.fixture
def ten(by_part):
    """Return a lease whose counter stood at 100 before and at 110 at the end of an hour."""
    counts = [(-30, 100), (5, 101), (50, 110), (70, 115)]
    by_part.say(*((n, NINE + at * MINUTE, "ppartcount", count) for n, (at, count) in enumerate(counts)))
    return by_part


class TestRecord:
    def test_passes_where_the_meter_counts_the_same(self, ten):
        made = test_of(ten)

        assert (made.counted, made.held, made.passed, made.arrival) == (10, 0, True, 1)
        assert Acceptance.objects.visible_to(ten.buyer).get() == made
        assert not Acceptance.objects.visible_to(ten.finance).exists()
        assert AuditEntry.objects.filter(action="meter.test", subject=made.public_id).exists()
        assert AccessEvent.objects.filter(reference=ten.lease.public_id).exists()

    def test_fails_beyond_the_allowed_difference(self, ten):
        assert not test_of(ten, expected="12", tolerance=Decimal(1)).passed
        assert test_of(ten, expected="11", tolerance=Decimal(1)).passed

    def test_may_be_recorded_by_the_lessee(self, ten):
        assert test_of(ten, within=ten.lessee, by=ten.buyer).organization == ten.lessee

    def test_may_lie_before_the_handover(self, ten):
        LeaseUnit.objects.update(active_from=NINE + 90 * MINUTE)

        assert test_of(ten).counted == 10

    def test_counts_time_from_states_inside(self, by_hour):
        by_hour.say(
            (1, NINE + MINUTE, "execution", "ACTIVE"),
            (2, NINE + 31 * MINUTE, "execution", "READY"),
            (3, NINE + 40 * MINUTE, "execution", "ACTIVE"),
            (4, NINE + 50 * MINUTE, "Cload", 7),
            (5, NINE + 80 * MINUTE, "execution", "READY"),
        )

        made = test_of(by_hour, "run_time", "2400")

        assert (made.counted, made.passed) == (40 * 60, True)

    def test_takes_off_what_the_machine_calls_bad(self, db):
        parts = {"version": 1, "meter": "parts", "channel": "pexecution", "counter": "ppartcount"}
        good = parts | {"meter": "good_parts", "bad": {"channel": "bad"}}
        scene = world.build("okuma", count_rules=[parts, good])
        about = {"kind": "COUNTER", "category": "billing_counters", "retention": "EVIDENCE"}
        devices.add_channels(
            device=scene.device, channels=[{"key": "bad", "name": "bad"} | about], by=scene.owner, at=NINE
        )
        scene.say((1, NINE - MINUTE, "ppartcount", 5), (2, NINE - MINUTE, "bad", 0))
        scene.say((3, NINE + MINUTE, "ppartcount", 15), (4, NINE + 2 * MINUTE, "bad", 2))

        assert test_of(scene, "good_parts", "8").passed

    def test_shows_what_the_meter_would_hold(self, db):
        rule = {"version": 1, "meter": "parts", "channel": "pexecution", "counter": "ppartcount"}
        scene = world.build("okuma", count_rules=[rule | {"shortest_cycle_seconds": 60}])
        scene.say((1, NINE, "ppartcount", 0), (2, NINE + MINUTE, "ppartcount", 10))

        made = test_of(scene)

        assert (made.counted, made.held, made.passed) == (2, 8, False)

    def test_of_a_machine_that_said_nothing_fails(self, by_part):
        assert (test_of(by_part).counted, test_of(by_part).passed) == (0, False)

    def test_is_never_changed_and_the_last_one_stands(self, ten):
        first, second = test_of(ten, expected="12"), test_of(ten)

        assert list(Acceptance.objects.newest()) == [second]
        with pytest.raises(DatabaseError), transaction.atomic():
            Acceptance.objects.filter(pk=first.pk).update(passed=True)


class TestRefusals:
    @pytest.mark.parametrize(
        ("changes", "fault"),
        [
            ({"meter": "cycles"}, ("/meter", "not_counted")),
            ({"at": NINE + 30 * MINUTE}, ("/to", "test_not_over")),
            ({"end": NINE}, ("/to", "test_too_long")),
            ({"end": NINE + timedelta(days=3)}, ("/to", "test_too_long")),
            ({"expected": "0"}, ("/expected", "nothing_expected")),
            ({"expected": "-1"}, ("/expected", "bad_quantity")),
            ({"expected": "NaN"}, ("/expected", "bad_quantity")),
            ({"tolerance": Decimal("0.0000001")}, ("/tolerance", "bad_quantity")),
            ({"tolerance": Decimal(10) ** 15}, ("/tolerance", "bad_quantity")),
            ({"note": "n" * 201}, ("/note", "note_too_long")),
        ],
    )
    def test_point_at_the_field(self, ten, changes, fault):
        with pytest.raises(AcceptanceInvalid) as refused:
            test_of(ten, **changes)

        assert [(one.pointer, one.code) for one in refused.value.flaws] == [fault]
        assert all(one.text.format(**one.facts) for one in refused.value.flaws)
        assert not Acceptance.objects.exists()

    def test_nobody_who_is_no_side(self, ten):
        with pytest.raises(MissingRight):
            test_of(ten, by=factory.user())
        with pytest.raises(NotASide):
            test_of(ten, within=ten.platform, by=world.member(ten.platform))
        assert not Acceptance.objects.exists()

    def test_no_time_of_another_lessee(self, ten):
        leases.end(lease=ten.lease, by=ten.owner, at=NINE + 90 * MINUTE)
        LeaseUnit.objects.update(active_from=NINE - 90 * MINUTE)
        other = LeaseUnit.objects.get()
        other.pk, other.public_id = None, "lun_other"
        other.active_from, other.active_to = NINE + 90 * MINUTE, None
        other.claim = _claim_like(other.claim)
        other.save()

        with pytest.raises(TimeOfOthers):
            test_of(ten, unit=other)
        assert not Acceptance.objects.exists()

    def test_no_machine_of_which_no_device_spoke_all_the_time(self, ten):
        Binding.objects.update(period=(NINE + 10 * MINUTE, None))

        with pytest.raises(NobodyCounts):
            test_of(ten)
        assert not Acceptance.objects.exists()


def _claim_like(claim):
    claim.pk, claim.public_id, claim.active = None, "clm_other", False
    claim.save()
    return claim


class TestDoors:
    def page(self, scene, who, monkeypatch, **typed):
        monkeypatch.setattr(timezone, "now", lambda: LATER)
        client = Client()
        client.cookies["django_language"] = "en"
        client.force_login(who)
        if typed:
            url = reverse("acceptance-record", args=[scene.lease.public_id])
            return client.post(url, typed, follow=True).content.decode()
        return client.get(reverse("acceptances", args=[scene.lease.public_id])).content.decode()

    def test_what_was_typed_into_a_refused_form_stays_in_it(self, ten, monkeypatch):
        typed = self.typed(ten, expected="many", note="first shift")

        said = self.page(ten, ten.buyer, monkeypatch, **typed)

        assert "fill in both times" in said
        for value in ("many", "first shift", typed["from"], typed["to"]):
            assert f'value="{value}"' in said
        assert not Acceptance.objects.exists()

    def typed(self, scene, **changes):
        times = {"from": "2026-10-20T09:00:00", "to": "2026-10-20T10:00:00"}
        named = {"unit": scene.unit.public_id, "meter": "parts", "expected": "12", "tolerance": "0"}
        return times | named | changes

    def test_the_page_compares_and_the_lease_shows_a_failure(self, ten, monkeypatch):
        said = self.page(ten, ten.buyer, monkeypatch, **self.typed(ten))

        assert "The meter does not agree" in said
        assert Acceptance.objects.get().expected == 12
        client = Client()
        client.cookies["django_language"] = "en"
        client.force_login(ten.owner)
        summary = reverse("lease-usage-summary", args=[ten.lease.public_id])
        shown = client.get(summary).content.decode()
        assert "did not agree with what was counted by hand" in shown
        assert "The meter agrees" in self.page(ten, ten.owner, monkeypatch, **self.typed(ten, expected="10"))
        shown = client.get(summary).content.decode()
        assert "did not agree" not in shown
        page = client.get(reverse("lease", args=[ten.lease.public_id])).content.decode()
        assert reverse("acceptances", args=[ten.lease.public_id]) in page

    def test_the_page_takes_hours_where_it_shows_hours(self, by_hour, monkeypatch):
        by_hour.say((1, NINE, "execution", "ACTIVE"), (2, NINE + 30 * MINUTE, "execution", "READY"))

        said = self.page(
            by_hour, by_hour.owner, monkeypatch, **self.typed(by_hour, meter="run_time", expected="0.5")
        )

        assert "The meter agrees" in said
        assert Acceptance.objects.get().expected == 1800

    @pytest.mark.parametrize(
        ("changes", "told"),
        [
            ({"unit": "lun_x"}, "Choose a machine and a meter"),
            ({"from": "soon"}, "Choose a machine and a meter"),
            ({"expected": "ten"}, "Choose a machine and a meter"),
            ({"expected": "0"}, "Count at least one by hand"),
            ({"meter": "smiles"}, "The contract has no count rule for this meter"),
        ],
    )
    def test_the_page_says_what_is_wrong(self, ten, monkeypatch, changes, told):
        assert told in self.page(ten, ten.owner, monkeypatch, **self.typed(ten, **changes))
        assert not Acceptance.objects.exists()

    def test_the_page_says_that_nobody_counts(self, ten, monkeypatch):
        Binding.objects.update(period=(NINE + 10 * MINUTE, None))

        assert "No device spoke for" in self.page(ten, ten.owner, monkeypatch, **self.typed(ten))

    def test_rest_records_and_lists(self, ten, keyed):
        address = f"/api/v1/leases/{ten.lease.public_id}/meter-tests/"
        client = keyed(ten.buyer, ten.lessee)
        sent = {
            "unit": ten.unit.public_id,
            "meter": "parts",
            "from": NINE.isoformat(),
            "to": (NINE + 60 * MINUTE).isoformat(),
            "expected": "10",
            "note": "ten housings",
        }

        made = client.post(address, sent, format="json")

        assert made.status_code == 201, made.content
        assert (made.json()["counted"], made.json()["passed"]) == ("10", True)
        assert made.json()["from"] == "2026-10-20T09:00:00+08:00"
        assert client.get(address).json()["data"] == [made.json()]
        assert client.post(address, sent | {"expected": "0"}, format="json").status_code == 400
        assert keyed(world.member(ten.platform), ten.platform).get(address).status_code == 404
