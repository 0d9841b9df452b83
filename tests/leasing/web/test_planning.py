"""Order book and plan on pages: typed, taken from a file, read, accepted; works without script."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from leasing.actions import leases
from leasing.models import Lease, OrderBook, ProductionOrder
from tests.leasing.shop import CATEGORY, Shop
from tests.leasing.world import ASKED, HANDOVER

pytestmark = pytest.mark.django_db


@pytest.fixture
def shop(world, monkeypatch):
    monkeypatch.setattr(timezone, "now", lambda: ASKED)
    return Shop(world)


@pytest.fixture
def buyer(shop):
    return visitor(shop.world.buyer)


def visitor(person):
    found = Client(headers={"accept-language": "en"})
    found.force_login(person)
    return found


def text(answer):
    return answer.content.decode()


def typed(**changes):
    given = {"reference": "A-1", "part": "Housing", "quantity": "60", "cycle_seconds": "3600"}
    given |= {
        "category": CATEGORY,
        "due_before": "2026-03-09",
        "earliest_start": "2026-03-02",
        "state": "OPEN",
    }
    return given | changes


class TestOrders:
    def test_are_typed_listed_and_changed(self, buyer):
        assert "No orders here" in text(buyer.get(reverse("orders")))
        assert "Save the order" in text(buyer.get(reverse("order-new")))
        done = buyer.post(reverse("order-new"), typed(), follow=True)
        assert "Order A-1 is in the book" in text(done)
        assert "Housing" in text(done)
        assert "Nothing changed" in text(buyer.post(reverse("order-new"), typed(), follow=True))
        made = ProductionOrder.objects.get()
        url = reverse("order-edit", args=[made.public_id])
        assert 'value="60"' in text(buyer.get(url))

        stale = buyer.post(url, typed(quantity="7", version="9"))
        assert stale.status_code == 400
        assert "Somebody has changed this order" in text(stale)
        wrong = buyer.post(url, typed(quantity="0", version="1"))
        assert (wrong.status_code, "more than zero" in text(wrong)) == (400, True)
        buyer.post(url, typed(state="DONE", version="1"))

        made.refresh_from_db()
        assert (made.state, made.version) == ("DONE", 2)
        assert "Housing" in text(buyer.get(reverse("orders"), {"state": "DONE"}))
        assert "No orders here" in text(buyer.get(reverse("orders")))

    def test_say_at_the_field_what_is_wrong(self, buyer):
        answer = buyer.post(reverse("order-new"), typed(quantity="1e9", due_before="2026-03-01"))

        assert answer.status_code == 400
        assert "Write a number with up to 9 digits" in text(answer)
        assert "must lie before the day" in text(answer)
        assert not ProductionOrder.objects.exists()

    def test_come_from_a_file_all_or_none(self, buyer):
        url = reverse("orders-import")
        assert "订单号" in text(buyer.get(url))
        header = "reference,part,quantity,due_before,cycle_seconds,category\n"

        def send(body):
            file = SimpleUploadedFile("orders.csv", body.encode("gb18030"), "text/csv")
            return buyer.post(url, {"file": file}, follow=True)

        bad = send(header + "A-1,壳体,0,2026-03-09,60,M1-MC\n" + "x,,,,,\n" * 100)
        assert bad.status_code == 400
        assert "This must be more than zero." in text(bad)
        assert "more faults" in text(bad)
        assert not ProductionOrder.objects.exists()
        assert "1 orders are new" in text(send(header + "A-1,壳体,1,2026-03-09,60,M1-MC"))
        assert buyer.post(url, {}).status_code == 400

    def test_are_shown_to_viewers_and_written_by_others(self, shop, world, buyer):
        made = shop.put()
        guest = visitor(world.guest)

        assert "Add an order" not in text(guest.get(reverse("orders")))
        assert "A-1" in text(guest.get(reverse("orders")))
        for url in (
            reverse("order-new"),
            reverse("orders-import"),
            reverse("order-edit", args=[made.public_id]),
        ):
            assert guest.get(url).status_code == 403
        assert visitor(world.outsider).get(reverse("order-edit", args=[made.public_id])).status_code == 404
        assert "A-1" not in text(visitor(world.outsider).get(reverse("orders")))


class TestPlanning:
    def test_shows_weeks_reasons_and_cost_and_asks_for_what_is_ticked(self, shop, buyer):
        assert "Nothing to plan yet" in text(buyer.get(reverse("planning")))
        shop.put(quantity="60")
        shown = text(buyer.get(reverse("planning")))
        made = shop.plan()

        assert f"Lease one machine: {shop.world.listing.title}" in shown
        assert "2026-W10" in shown
        assert "the cheapest that is enough" in shown
        assert "What is proposed above is enough." in shown
        assert "not done in these weeks" in shown
        body = {"digest": made.digest, "proposal": [made.proposals[0].key], "note": "soon"}
        done = text(buyer.post(reverse("planning-accept"), body, follow=True))
        lease = Lease.objects.get()
        assert f"Asked for: {lease.number}" in done
        assert "Every order can be finished in time." in done
        assert "Accepted plans" in done
        assert "accepted already" in text(buyer.post(reverse("planning-accept"), body, follow=True))
        assert Lease.objects.count() == 1

    def test_says_what_stays_short_late_and_behind(self, shop, buyer):
        for number in range(22):
            shop.put(f"A-{number}", quantity="60")
        shop.put("B-1", due_before="2027-03-09")
        shown = text(buyer.get(reverse("planning")))

        assert "stay short even with all that is proposed" in shown
        assert "One order is due after these weeks" in shown
        assert "And 2 more orders." in shown

    def test_says_when_a_request_is_refused(self, shop, buyer, monkeypatch):
        shop.put(quantity="60")
        made = shop.plan()

        def refuse(**given):
            raise leases.RequestInvalid(flaws=[])

        monkeypatch.setattr(leases, "request", refuse)
        body = {"digest": made.digest, "proposal": [made.proposals[0].key]}
        assert "cannot be sent like this" in text(buyer.post(reverse("planning-accept"), body, follow=True))

    def test_keeps_how_machines_are_worked(self, buyer, world):
        url = reverse("planning-settings")
        assert "Saved" in text(
            buyer.post(url, {"shift": "ONE", "availability": "0.75", "weeks": "4"}, follow=True)
        )
        assert OrderBook.objects.get().weeks == 4
        answer = buyer.post(url, {"shift": "ONE", "availability": "2", "weeks": "4"}, follow=True)
        assert "Availability is above 0" in text(answer)
        assert "One shift" in text(visitor(world.guest).get(reverse("planning")))

    def test_proposes_the_earlier_end_of_a_lease(self, shop, buyer, world, monkeypatch):
        lease = world.active()
        shop.put(quantity="10")
        monkeypatch.setattr(timezone, "now", lambda: HANDOVER)
        shown = text(buyer.get(reverse("planning")))

        assert f"Give the machine of lease {lease.number} back early" in shown
        assert reverse("lease", args=[lease.public_id]) in shown
        (one,) = shop.plan(HANDOVER).proposals
        given = {"digest": shop.plan(HANDOVER).digest, "proposal": one.key}
        done = text(buyer.post(reverse("planning-accept"), given, follow=True))
        assert f"Asked for: {lease.number}" in done
        assert lease.annexes.get().kind == "SHORTEN"
        assert "Accepted plans" in done

    def test_needs_somebody(self, shop):
        for name in ("planning", "orders", "order-new", "orders-import"):
            assert Client().get(reverse(name)).status_code == 302
