"""The page at the machine: what a phone shows to whom after the QR code was scanned, and the label."""

from datetime import timedelta

import pytest
from django.utils import timezone

from leasing.actions import leases, offers
from leasing.models import ConditionRecord, LeaseUnit
from marketplace.models import Listing
from marketplace.shared.period import Period
from tests.factories.leasing import read_notice, recorded, secure
from tests.leasing.web.test_tickets import Pages

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


@pytest.fixture
def pages(world, monkeypatch):
    return Pages(world, monkeypatch)


def here(pages, who):
    return pages.see(who, "equipment-here", pages.unit.equipment.public_id)


class TestARunningLease:
    def test_lets_the_lessee_report_and_see(self, pages, world):
        shown = here(pages, world.lessee)

        machine = pages.unit.equipment.public_id
        for link in (f"/equipment/{machine}/report/", f"/leases/{pages.lease.public_id}/usage/"):
            assert link in shown
        assert f"/leases/{pages.lease.public_id}/changes/" in shown
        assert "Label with QR code" not in shown

    def test_offers_a_viewer_nothing_to_do(self, pages, world):
        pages.people[world.lessee] = world.guest

        assert "Report a fault" not in here(pages, world.lessee)

    def test_shows_the_owner_lease_and_tickets(self, pages, world):
        pages.told(text="Spindle hums")

        shown = here(pages, world.lessor)

        assert pages.lease.number in shown
        assert "waits for you" in shown
        assert "Label with QR code" in shown
        assert "Return the machine" not in shown

    def test_leaves_out_what_works_again(self, pages, world):
        pages.confirmed()

        assert "No fault is open" in here(pages, world.lessor)


class TestBeforeTheBeginning:
    @pytest.fixture
    def coming(self, world):
        now = timezone.now()
        asked = world.ask(period=Period(now - DAY, now + 30 * DAY), at=now - DAY)
        made = offers.accept(lease=asked, by=world.owner, at=now - DAY)
        read_notice(made, by=world.buyer, at=now)
        secure(made, by=world.owner, at=now)
        return made

    def see(self, client, coming, who):
        unit = LeaseUnit.objects.get(lease=coming)
        client.force_login(who)
        answer = client.get(f"/equipment/{unit.equipment.public_id}/here/", HTTP_ACCEPT_LANGUAGE="en")
        return answer.content.decode()

    def test_the_lessor_has_a_record_to_write(self, world, coming, client):
        assert f"/leases/{coming.public_id}/hand-over/" in self.see(client, coming, world.owner)
        assert "Report a fault" not in self.see(client, coming, world.owner)
        assert "hand-over/" not in self.see(client, coming, world.buyer)

    def test_then_the_lessee_has_one_to_confirm(self, world, coming, client):
        recorded(coming, by=world.owner, at=timezone.now())
        record = ConditionRecord.objects.get()

        assert "Read and confirm the record" in self.see(client, coming, world.buyer)
        assert "Read and confirm the record" not in self.see(client, coming, world.guest)
        owner = self.see(client, coming, world.owner)
        assert f"/records/{record.public_id}/" in owner
        assert "Read and confirm" not in owner
        assert "hand-over/" not in owner


class TestAnybodyElse:
    def test_is_led_to_the_offer(self, pages, world):
        answer = pages.client(world.stranger).get(f"/equipment/{pages.unit.equipment.public_id}/here/")

        assert answer.headers["Location"] == f"/listings/{world.listing.public_id}/"

    def test_finds_nothing_where_nothing_is_offered(self, pages, world):
        Listing.objects.update(status=Listing.Status.PAUSED)

        assert here(pages, world.stranger) == 404
        assert here(pages, world.lessee) != 404

    def test_signs_in_first_and_comes_back(self, pages, world, client):
        url = f"/equipment/{pages.unit.equipment.public_id}/here/"
        world.buyer.set_password("a long pass-phrase")
        world.buyer.save()

        asked = client.get(url)
        assert asked.headers["Location"] == f"/login/?next={url}"
        form = {"username": world.buyer.email, "password": "a long pass-phrase", "next": url}
        assert client.post(asked.headers["Location"], form).headers["Location"] == url

    def test_sees_that_the_owner_has_no_lease(self, pages, world):
        other = world.machines[1].public_id

        assert "No lease of this machine runs" in pages.see(world.lessor, "equipment-here", other)

    def test_leads_both_sides_on_when_the_use_is_over(self, pages, world):
        leases.end(lease=pages.lease, by=world.buyer, at=timezone.now())

        for side in (world.lessor, world.lessee):
            assert f"/leases/{pages.lease.public_id}/return/?unit=" in here(pages, side)


class TestTheLabel:
    def test_is_drawn_for_the_owner_with_its_address(self, pages, world):
        machine = pages.unit.equipment

        shown = pages.see(world.lessor, "equipment-label", machine.public_id)

        assert "<svg" in shown.split('class="qr"')[1][:20]
        assert f"testserver/equipment/{machine.public_id}/here" in shown
        assert machine.serial_number in shown

    def test_is_not_for_others(self, pages, world):
        for who in (world.lessee, world.stranger):
            assert pages.see(who, "equipment-label", pages.unit.equipment.public_id) == 404
