"""Inspection results arrive later, may be corrected until the contract's deadline, and are never edited."""

from datetime import date, timedelta

import pytest
from django.db import DatabaseError, transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from billing.actions import inspections, metering, reviews
from billing.models import Inspection, ReviewItem, WindowSet
from billing.rules.reviews import Verdict
from devices.rules.increments import Flag
from marketplace.models import AuditEntry
from marketplace.models.parties import Role
from marketplace.permissions import MissingRight
from tests import once
from tests.billing import world
from tests.factories import marketplace as factory

NINE = world.midnight("2026-10-20") + timedelta(hours=9)
DAY = date(2026, 10, 20)


@once.fixture
def made(by_part):
    """Return a lease on which 4 parts came in one quarter-hour and 6 in a later one."""
    counts = [(0, 0), (5, 4), (40, 10)]
    by_part.say(
        *(
            (number, NINE + timedelta(minutes=minute), "ppartcount", count)
            for number, (minute, count) in enumerate(counts, start=1)
        )
    )
    metering.meter_unit(unit=by_part.unit, at=world.LATER, by=by_part.clock)
    return by_part


def report(scene, rejected, **changes):
    given = {
        "unit": scene.unit,
        "local_day": DAY,
        "reference": "QC-7",
        "within": scene.lessee,
        "by": scene.buyer,
        "at": NINE,
    }
    return inspections.report(rejected=rejected, **(given | changes))


def newest(scene):
    return WindowSet.objects.filter(unit=scene.unit).newest().get()


class TestReport:
    def test_holds_what_was_rejected_from_the_end_of_the_day(self, made):
        report(made, 7)

        found = newest(made)
        assert (found.quantity, found.held, found.version) == (3, 7, 2)
        assert [(one.quantity, bool(one.flags & Flag.REJECTED)) for one in found.windows.all()] == [
            (3, False),
            (1, True),
            (6, True),
        ]
        assert ReviewItem.objects.get().reason == "REJECTED"
        assert AuditEntry.objects.get(action="inspection.report").facts["rejected"] == 7

    def test_is_corrected_by_a_later_one_and_taken_back_by_none(self, made):
        report(made, 7)
        report(made, 2)
        assert (newest(made).quantity, newest(made).held) == (8, 2)
        report(made, 0, within=made.lessor, by=made.owner)

        assert (newest(made).quantity, newest(made).held) == (10, 0)
        assert Inspection.objects.count() == 3
        assert set(ReviewItem.objects.values_list("outcome", flat=True)) == {"WITHDRAWN"}

    def test_is_decided_by_both_sides(self, made):
        report(made, 2)
        for within, by in [(made.lessor, made.owner), (made.lessee, made.buyer)]:
            item = ReviewItem.objects.get()
            reviews.decide(item=item, within=within, verdict=Verdict.DROP, reason="scrap", by=by, at=NINE)

        assert (newest(made).quantity, newest(made).held) == (8, 0)

    def test_stands_when_late_readings_come(self, made):
        report(made, 2)
        made.say((4, NINE + timedelta(hours=3), "ppartcount", 15))
        metering.meter_unit(unit=made.unit, at=world.LATER, by=made.clock)

        assert (newest(made).quantity, newest(made).held) == (13, 2)

    def test_is_never_rewritten(self, made):
        report(made, 2)

        with pytest.raises(DatabaseError), transaction.atomic():
            Inspection.objects.update(rejected=1)


class TestRefusals:
    def test_change_nothing(self, made):
        stranger = factory.organization()
        until = world.midnight("2026-10-28")
        for error, changes in [
            (inspections.NothingCounted, {"local_day": date(2026, 10, 21)}),
            (inspections.TooLateToReclassify, {"at": until}),
            (inspections.InspectionInvalid, {"rejected": 11}),
            (inspections.InspectionInvalid, {"rejected": -1}),
            (inspections.InspectionInvalid, {"reference": " "}),
            (inspections.InspectionInvalid, {"reference": "a\x00"}),
            (reviews.NotASide, {"within": stranger, "by": factory.member(stranger)}),
            (MissingRight, {"by": world.member(made.lessee, Role.VIEWER)}),
        ]:
            with pytest.raises(error):
                report(made, **({"rejected": 1} | changes))

        assert (Inspection.objects.count(), newest(made).version) == (0, 1)
        assert report(made, 1, at=until - timedelta(seconds=1)).rejected == 1


class TestDoors:
    def test_over_rest(self, made, keyed, monkeypatch):
        monkeypatch.setattr(timezone, "now", lambda: NINE)
        address = f"/api/v1/leases/{made.lease.public_id}/inspections/"
        client = keyed(made.buyer, made.lessee)
        result = {"unit": made.unit.public_id, "day": "2026-10-20", "rejected": 3, "reference": "QC-9"}

        answer = client.post(address, result, content_type="application/json")
        refused = client.post(address, result | {"rejected": 99}, content_type="application/json")

        assert (answer.status_code, answer.json()["rejected"]) == (201, 3)
        assert refused.status_code == 400
        assert [one["reference"] for one in client.get(address).json()["data"]] == ["QC-9"]

    @pytest.mark.parametrize(("language", "word"), [("en", "Rejected parts"), ("zh-hans", "不合格数")])
    def test_on_the_page(self, made, monkeypatch, language, word):
        monkeypatch.setattr(timezone, "now", lambda: NINE)
        client = Client()
        client.force_login(made.buyer)
        client.cookies["django_language"] = language
        page = reverse("reviews", args=[made.lease.public_id])
        target = reverse("inspection-report", args=[made.lease.public_id])
        given = {"unit": made.unit.public_id, "day": "2026-10-20", "reference": "QC-1"}

        for rejected in ("", "many", "99"):
            assert client.post(target, given | {"rejected": rejected}).status_code == 302
        client.post(target, given | {"rejected": "1", "day": "2026-10-25"})
        assert Inspection.objects.count() == 0
        client.post(target, given | {"rejected": "2"})

        shown = client.get(page).content.decode()
        assert word in shown
        assert "QC-1" in shown
