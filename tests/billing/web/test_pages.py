"""The pages of usage and invoices, as each side sees them."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.test import Client
from django.urls import reverse

from billing.actions import invoices, metering
from billing.models import Invoice, ReviewItem, UsageWindow
from tests import once
from tests.billing import world
from tests.factories import marketplace as factory

BILLED = world.midnight("2026-11-02") + timedelta(minutes=5)
NINE = world.midnight("2026-10-20") + timedelta(hours=9)


@once.fixture
def billed(by_hour):
    minutes = [0, 10, 20]
    states = ["READY", "ACTIVE", "READY"]
    by_hour.say(
        *(
            (number, NINE + timedelta(minutes=minute), "execution", state)
            for number, (minute, state) in enumerate(zip(minutes, states, strict=True), start=1)
        )
    )
    invoices.bill(lease=by_hour.lease, at=BILLED, by=by_hour.clock)
    return by_hour


def client(person):
    found = Client()
    found.force_login(person)
    return found


def addresses(scene):
    paper = Invoice.objects.get(seller=scene.lessor)
    window = UsageWindow.objects.first()
    line = paper.lines.exclude(meter="").get()
    return [
        reverse("usage", args=[scene.lease.public_id]),
        reverse("lease-usage-summary", args=[scene.lease.public_id]),
        reverse("invoice", args=[paper.public_id]),
        reverse("invoice-line", args=[paper.public_id, line.position]),
        reverse("invoice-readings", args=[paper.public_id, line.position, window.pk]),
    ]


class TestPages:
    @pytest.mark.parametrize("language", ["zh-hans", "en"])
    @pytest.mark.parametrize("who", ["buyer", "owner", "finance"])
    def test_open_for_every_side(self, billed, who, language):
        looking = client(getattr(billed, who))
        looking.cookies["django_language"] = language

        for address in [*addresses(billed), reverse("invoices")]:
            answer = looking.get(address)

            assert answer.status_code == 200, address

    def test_do_not_exist_for_a_stranger(self, billed):
        looking = client(factory.member(factory.organization()))

        assert [looking.get(address).status_code for address in addresses(billed)] == [404] * 5
        assert billed.lease.number not in looking.get(reverse("invoices")).content.decode()

    def test_show_the_way_down_to_the_readings(self, billed):
        *_, readings = addresses(billed)

        page = client(billed.buyer).get(readings, headers={"accept-language": "en"}).content.decode()

        assert "ACTIVE" in page
        assert "execution" in page

    def test_show_both_sides_the_same_readings(self, billed):
        *_, readings = addresses(billed)

        mine, theirs = (
            client(person).get(readings).context["rows"] for person in (billed.buyer, billed.owner)
        )

        assert mine
        assert mine == theirs

    def test_mark_a_draft(self, by_hour):
        metering.meter_unit(unit=by_hour.unit, at=BILLED, by=by_hour.clock)
        drafted, _ = invoices.draft(
            lease=by_hour.lease, period=by_hour.lease.period, at=BILLED, by=by_hour.clock
        )

        page = client(by_hour.buyer).get(
            reverse("invoice", args=[drafted.public_id]), headers={"accept-language": "en"}
        )

        assert "This is a draft" in page.content.decode()


class TestCsv:
    def test_holds_what_is_shown_with_a_mark_for_spreadsheets(self, billed):
        billed.lessor.name = "=HYPERLINK(1)"
        billed.lessor.save()

        answer = client(billed.finance).get(reverse("invoices"), {"format": "csv", "status": "ISSUED"})

        content = answer.content.decode("utf-8")
        assert content.startswith("\ufeff")
        assert "'=HYPERLINK(1)" in content
        assert len(content.strip().splitlines()) == 3

    def test_follows_the_filter(self, billed):
        answer = client(billed.finance).get(reverse("invoices"), {"format": "csv", "period": "2026-09"})

        assert len(answer.content.decode("utf-8").strip().splitlines()) == 1

    def test_finds_nothing_with_a_filter_that_cannot_be_read(self, billed):
        answer = client(billed.finance).get(reverse("invoices"), {"period": "soon"})

        assert answer.status_code == 200
        assert billed.lease.number not in answer.content.decode()


@pytest.mark.django_db
class TestWhatIsHeldOfADevice:
    def test_is_listed_for_both_sides_and_nobody_else(self, by_hour):
        item = ReviewItem.objects.create(
            device=by_hour.device,
            unit=by_hour.unit,
            meter="run_time",
            local_day=NINE.date(),
            reason=ReviewItem.Reason.values[0],
            digest="0" * 64,
            quantity=Decimal(3),
            starts_at=NINE,
            ends_at=NINE + timedelta(hours=1),
            deadline=NINE + timedelta(days=7),
            opened_at=NINE,
        )
        address = f"/devices/{by_hour.device.public_id}/held/"

        for person in (by_hour.owner, by_hour.buyer):
            assert f"#{item.public_id}" in client(person).get(address).content.decode()
        stranger = factory.member(factory.organization("Stranger"))
        assert client(stranger).get(address).status_code == 404
