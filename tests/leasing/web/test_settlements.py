"""The settlement on its page: what is open, the statement, its answer, the deposit; works without script."""

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from leasing.models import DepositOrder, Settlement
from tests.leasing.damage import DAY
from tests.leasing.settling import READY, Settling

pytestmark = pytest.mark.django_db


class Pages(Settling):
    """Everybody signed in, with English pages, when the machine is ready again."""

    def __init__(self, world, monkeypatch):
        super().__init__(world)
        self.people |= {"finance": world.clerk}
        self.at = READY
        monkeypatch.setattr(timezone, "now", lambda: self.at)

    def client(self, who):
        found = Client(headers={"accept-language": "en"})
        found.force_login(self.people[who])
        return found

    def see(self, who):
        answer = self.client(who).get(reverse("lease-settlement", args=(self.lease.public_id,)))
        return answer.content.decode() if answer.status_code == 200 else answer.status_code

    def do(self, who, name, *args, **given):
        url = reverse(name, args=(self.lease.public_id, *args))
        answer = self.client(who).post(url, given, follow=True)
        return answer.content.decode() if answer.status_code == 200 else answer.status_code

    def acts(self, who, act, **given):
        last = Settlement.objects.order_by("-number").first()
        named = {"settlement": last.public_id, "digest": last.digest} if last else {}
        return self.do(who, "lease-settlement-act", act, **(named | given))


@pytest.fixture
def pages(world, monkeypatch):
    return Pages(world, monkeypatch)


class TestTheWay:
    def test_says_what_is_open_first(self, pages, world):
        page = pages.see(world.lessor)
        assert "VMC-1 is not back yet. Either side writes down its return" in page
        assert "Propose it" not in page
        assert "VMC-1 is not back yet. Either side writes down its return" in pages.acts(
            world.lessor, "propose"
        )
        assert not Settlement.objects.exists()

    def test_agreed_and_set_off_by_two_persons(self, pages, world):
        pages.back()
        page = pages.see(world.lessor)
        assert "nobody has proposed it yet" in page
        assert "¥3,200.00" in page
        assert "Proposed." in pages.acts(world.lessor, "propose", text="Please check")
        page = pages.see(world.lessee)
        assert "Agree to this statement" in page
        assert "Please check" in page
        assert "The lease is settled" in pages.acts(world.lessee, "agree")

        given = {"kind": "SET_OFF", "amount": "3200.00", "reason": "Damage"}
        assert "A second person approves it" in pages.do(world.lessor, "lease-deposit-order", **given)
        order = DepositOrder.objects.get()
        assert "Order it" in pages.see(world.lessor)
        assert "Approve" in pages.see("finance")
        pages.do("finance", "lease-deposit-order-act", order.public_id, "approve")
        assert pages.deposit().set_off_minor == 320_000
        assert "Order it" not in pages.see(world.lessee)

    def test_a_line_at_less(self, pages, world):
        pages.back()
        source = pages.damage.public_id
        assert "two decimals" in pages.acts(world.lessor, "propose", **{f"at-{source}": "1,5"})
        assert "two decimals" in pages.acts(world.lessor, "propose", **{f"at-{source}": "1.555"})
        assert "at less than it says" in pages.acts(world.lessor, "propose", **{f"at-{source}": "3200.01"})
        pages.acts(world.lessee, "propose", **{f"at-{source}": "3000"})
        made = Settlement.objects.get()
        assert made.document["lines"][1]["settled_minor"] == 300_000
        assert "<s>" in pages.see(world.lessor)

    def test_referred_and_decided(self, pages, world):
        pages.back()
        pages.propose()
        assert "Ask the platform" not in pages.see(world.lessor)
        pages.at = READY + 7 * DAY
        assert "Ask the platform" in pages.see(world.lessor)
        assert "asked to decide" in pages.acts(world.lessor, "refer", text="No answer")
        page = pages.see(pages.platform)
        assert "No answer" in page
        assert "Decide for good" in page
        assert "both sides are told" in pages.acts(pages.platform, "decide", text="As recorded")
        assert pages.now().status == "SETTLED"


class TestRefusals:
    def test_are_said_or_forbidden(self, pages, world):
        pages.back()
        pages.propose()
        assert "The other side answers" in pages.acts(world.lessor, "agree")
        assert pages.acts(world.lessor, "decide", text="x") == 403
        assert pages.acts(pages.platform, "agree") == 403
        assert pages.see(world.stranger) == 404
        assert pages.do(world.lessee, "lease-deposit-order", kind="RELEASE", amount="1", reason="x") == 403
        assert pages.now().status == "ENDED"

    def test_of_orders(self, pages, world):
        given = {"kind": "RELEASE", "amount": "99999999", "reason": "x"}
        assert "is left and not on order" in pages.do(world.lessor, "lease-deposit-order", **given)
        assert "two decimals" in pages.do(world.lessor, "lease-deposit-order", **(given | {"amount": "x"}))
        unknown = given | {"amount": "1", "kind": "KEEP"}
        assert "Choose what is to be done" in pages.do(world.lessor, "lease-deposit-order", **unknown)
        assert not DepositOrder.objects.exists()
        pages.do(world.lessor, "lease-deposit-order", **(given | {"amount": "1"}))
        order = DepositOrder.objects.get()
        pages.do(world.lessor, "lease-deposit-order-act", order.public_id, "drop")
        again = pages.do(world.lessor, "lease-deposit-order-act", order.public_id, "drop")
        assert "has decided this order already" in again
        order.refresh_from_db()
        assert order.stage == "DROPPED"
