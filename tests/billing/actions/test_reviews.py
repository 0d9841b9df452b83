"""What is held is decided by both sides, or by the contract's rule; then its day is written anew."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import DatabaseError, transaction
from django.test import Client
from django.urls import reverse

from billing import tasks
from billing.actions import metering, reviews
from billing.models import ReviewDecision, ReviewItem, WindowSet
from billing.queries import reviews_due
from billing.rules.reviews import Verdict
from devices.rules.increments import Flag
from leasing.actions import leases
from marketplace.models import AuditEntry
from marketplace.models.parties import Role
from marketplace.permissions import MissingRight
from tests import once
from tests.billing import world
from tests.factories import marketplace as factory

NINE = world.midnight("2026-10-20") + timedelta(hours=9)
MINUTE = timedelta(minutes=1)
PARTS = {"version": 1, "meter": "parts", "channel": "pexecution", "counter": "ppartcount"}
BILL, DROP = Verdict.BILL, Verdict.DROP


def meter(scene, at=world.LATER):
    return metering.meter_unit(unit=scene.unit, at=at, by=scene.clock)


def counts(*spoken, start=1, day=NINE):
    return [
        (number, day + minute * MINUTE, "ppartcount", count)
        for number, (minute, count) in enumerate(spoken, start=start)
    ]


def decide(scene, side, verdict, item=None, **changes):
    people = {"lessor": (scene.lessor, scene.owner), "lessee": (scene.lessee, scene.buyer)}
    within, by = people[side]
    given = {"within": within, "by": by, "reason": "counted by hand", "at": NINE} | changes
    return reviews.decide(item=item or ReviewItem.objects.get(), verdict=verdict, **given)


def newest(scene):
    return WindowSet.objects.filter(unit=scene.unit).newest().get()


@once.fixture
def held():
    """Return a lease on which 7 parts of 10 came faster than the machine can make them."""
    scene = world.build("okuma", count_rules=[PARTS | {"shortest_cycle_seconds": 60}])
    scene.say(*counts((0, 0), (2, 10)))
    meter(scene)
    return scene


class TestWhatIsHeld:
    def test_opens_an_item_that_both_sides_see(self, held):
        item = ReviewItem.objects.get()

        assert (item.reason, item.quantity, item.outcome) == ("IMPLAUSIBLE", 7, "WAITING")
        assert item.deadline == world.midnight("2026-10-28")
        assert (newest(held).quantity, newest(held).held) == (3, 7)
        for who, sees in [(held.owner, True), (held.buyer, True), (held.finance, False)]:
            assert ReviewItem.objects.visible_to(who).exists() is sees

    def test_opens_it_once(self, held):
        held.say(*counts((60, 10), start=3))
        meter(held)

        assert ReviewItem.objects.count() == 1

    def test_is_withdrawn_when_late_readings_change_it(self, held):
        held.say((3, NINE + 9 * MINUTE, "ppartcount", 11))
        meter(held)
        assert ReviewItem.objects.get().outcome == "WAITING"
        held.say((5, NINE + 10 * MINUTE, "ppartcount", 40))
        meter(held)

        assert sorted(ReviewItem.objects.values_list("outcome", "quantity")) == [
            ("WAITING", 34),
            ("WITHDRAWN", 7),
        ]

    def test_holds_growth_over_the_beginning_of_the_lease(self, by_part):
        start = by_part.unit.active_from
        by_part.say((1, start - MINUTE, "ppartcount", 10), (2, start + 5 * MINUTE, "ppartcount", 14))
        by_part.say((3, start + 9 * MINUTE, "ppartcount", 15))

        (made,) = meter(by_part)

        assert (made.quantity, made.held) == (1, 4)
        assert ReviewItem.objects.get().reason == "EDGE"

    def test_holds_no_growth_where_there_is_a_reading_at_the_edge(self, by_part):
        start = by_part.unit.active_from
        by_part.say((1, start - MINUTE, "ppartcount", 10), (2, start + MINUTE / 2, "ppartcount", 14))
        by_part.say((3, start + 9 * MINUTE, "ppartcount", 15))

        (made,) = meter(by_part)

        assert (made.quantity, made.held, ReviewItem.objects.count()) == (1, 0, 0)

    def test_holds_what_an_open_fall_may_hide_when_the_lease_is_over(self, by_part):
        by_part.say(*counts((0, 40), (5, 3)))
        assert meter(by_part, at=NINE + 9 * MINUTE) == []
        leases.end(lease=by_part.lease, by=by_part.owner, at=NINE + 10 * MINUTE)

        (made,) = meter(by_part)

        assert (made.quantity, made.held) == (0, 3)
        assert ReviewItem.objects.get().reason == "DIP"

    def test_holds_a_fall_at_once_where_a_person_decides(self, db):
        scene = world.build("okuma", count_rules=[PARTS | {"behaviour": {"kind": "HOLD"}}])
        scene.say(*counts((0, 40), (5, 0), (9, 2)))

        (made,) = meter(scene, at=NINE + 10 * MINUTE)

        assert (made.quantity, made.held) == (0, 2)


class TestDecide:
    def test_takes_effect_when_both_say_that_it_counts(self, held):
        decide(held, "lessor", BILL)
        assert (newest(held).quantity, newest(held).version) == (3, 1)

        item = decide(held, "lessee", BILL)

        assert item.outcome == "BILLED"
        made = newest(held)
        assert (made.quantity, made.held, made.version) == (10, 0, 2)
        window = made.windows.get()
        assert (window.quantity, window.flags & (Flag.HELD | Flag.AGREED)) == (10, Flag.AGREED)

    def test_drops_what_both_say_does_not_count_and_leaves_it_to_be_seen(self, held):
        decide(held, "lessee", DROP)
        decide(held, "lessor", DROP)

        made = newest(held)

        assert (made.quantity, made.held, made.version) == (3, 0, 2)
        assert [(one.quantity, bool(one.flags & Flag.DROPPED)) for one in made.windows.all()] == [
            (3, False),
            (7, True),
        ]

    def test_waits_while_they_differ_and_lets_a_side_change_its_mind(self, held):
        decide(held, "lessor", BILL)
        assert decide(held, "lessee", DROP).outcome == "WAITING"

        assert decide(held, "lessee", BILL).outcome == "BILLED"
        assert ReviewDecision.objects.count() == 3

    def test_stands_when_metering_runs_again(self, held):
        decide(held, "lessor", BILL)
        decide(held, "lessee", BILL)
        held.say(*counts((180, 11), start=3))

        (made,) = meter(held)

        assert (made.quantity, made.held) == (11, 0)

    def test_is_written_into_the_audit_trail_with_its_reason(self, held):
        decide(held, "lessor", DROP)
        decide(held, "lessee", DROP)

        said = AuditEntry.objects.filter(action="review.decide").order_by("pk")
        settled = AuditEntry.objects.get(action="review.settle")
        assert [(one.facts["side"], one.facts["reason"]) for one in said] == [
            ("LESSOR", "counted by hand"),
            ("LESSEE", "counted by hand"),
        ]
        assert (settled.facts["quantity"], settled.facts["by_rule"]) == ("7", False)

    def test_needs_a_reason(self, held):
        for reason in ("", " \x00 ", "x" * 501):
            with pytest.raises(reviews.ReasonMissing):
                decide(held, "lessor", BILL, reason=reason)

        assert ReviewDecision.objects.count() == 0

    def test_is_for_the_two_sides_alone(self, held):
        stranger = factory.organization()
        with pytest.raises(reviews.NotASide):
            decide(held, "lessor", BILL, within=stranger, by=factory.member(stranger))
        with pytest.raises(MissingRight):
            decide(held, "lessor", BILL, by=held.buyer)
        with pytest.raises(MissingRight):
            decide(held, "lessor", BILL, by=world.member(held.lessor, Role.VIEWER))

        assert ReviewDecision.objects.count() == 0

    def test_is_over_when_it_is_over(self, held):
        decide(held, "lessor", BILL)
        decide(held, "lessee", BILL)

        with pytest.raises(reviews.ReviewClosed):
            decide(held, "lessor", DROP)

        assert ReviewDecision.objects.count() == 2

    def test_is_never_rewritten(self, held):
        decide(held, "lessor", BILL)

        for change in (
            lambda: ReviewDecision.objects.update(verdict="DROP"),
            ReviewDecision.objects.all().delete,
        ):
            with pytest.raises(DatabaseError), transaction.atomic():
                change()


class TestCloseDue:
    def test_drops_what_was_not_agreed_in_time(self, held):
        item = ReviewItem.objects.get()
        decide(held, "lessor", BILL)
        early, late = item.deadline - MINUTE, item.deadline
        assert (reviews_due(early), reviews_due(late)) == ([], [item.pk])
        assert reviews.close_due(item=item, by=held.clock, at=early).outcome == "WAITING"

        closed = reviews.close_due(item=item, by=held.clock, at=late)

        assert (closed.outcome, closed.by_rule) == ("DROPPED", True)
        assert (newest(held).quantity, newest(held).held) == (3, 0)
        assert reviews.close_due(item=item, by=held.clock, at=late).decided_at == late

    def test_is_for_who_runs_invoices(self, held):
        with pytest.raises(MissingRight):
            reviews.close_due(item=ReviewItem.objects.get(), by=held.buyer, at=world.LATER)

        assert ReviewItem.objects.get().outcome == "WAITING"

    def test_is_done_by_the_clock(self, held):
        ReviewItem.objects.update(deadline=NINE - timedelta(days=400))

        tasks.close_review(item_id=ReviewItem.objects.get().pk)

        assert ReviewItem.objects.get().outcome == "DROPPED"


class TestOverRest:
    def test_both_sides_decide(self, held, keyed):
        address = f"/api/v1/leases/{held.lease.public_id}/reviews/"
        lessor, lessee = keyed(held.owner, held.lessor), keyed(held.buyer, held.lessee)
        (item,) = lessor.get(address).json()["data"]
        assert (item["quantity"], item["reason"], item["decisions"]) == ("7", "IMPLAUSIBLE", [])
        said = {"verdict": "BILL", "reason": "camera"}

        first = lessor.post(f"{address}{item['id']}/decide/", said, content_type="application/json")
        second = lessee.post(f"{address}{item['id']}/decide/", said, content_type="application/json")

        assert (first.json()["outcome"], second.json()["outcome"]) == ("WAITING", "BILLED")
        assert [one["side"] for one in lessee.get(address).json()["data"][0]["decisions"]] == [
            "LESSOR",
            "LESSEE",
        ]
        assert newest(held).quantity == Decimal(10)

    def test_nobody_else_sees_them(self, held, keyed):
        address = f"/api/v1/leases/{held.lease.public_id}/reviews/"

        assert keyed(world.member(held.platform), held.platform).get(address).status_code == 404


class TestPage:
    def test_is_a_file_with_what_both_sides_said(self, held):
        decide(held, "lessor", BILL)
        page, client = (
            reverse("reviews", args=[held.lease.public_id]),
            Client(headers={"accept-language": "en"}),
        )
        client.force_login(held.buyer)

        head, row = client.get(f"{page}?format=csv").content.decode("utf-8-sig").splitlines()

        assert head.startswith("Day,Device,Meter,Quantity,Unit,Why it is held")
        assert ",7," in row
        assert str(ReviewDecision.objects.get().reason) in row
        assert client.get(f"{page}?format=xlsx").content.startswith(b"PK")
        assert "format=csv" in client.get(page).content.decode()
        client.force_login(world.member(held.platform))
        assert client.get(f"{page}?format=csv").status_code == 404

    @pytest.mark.parametrize(("language", "word"), [("en", "It counts"), ("zh-hans", "应计入")])
    def test_shows_and_decides(self, held, language, word):
        client = Client()
        client.force_login(held.buyer)
        client.cookies["django_language"] = language
        item = ReviewItem.objects.get()
        page = reverse("reviews", args=[held.lease.public_id])
        assert word in client.get(page).content.decode()
        usage = client.get(reverse("usage", args=[held.lease.public_id])).content.decode()
        assert page in usage

        target = reverse("review-decide", args=[held.lease.public_id, item.public_id])
        assert client.post(target, {"verdict": "BILL", "reason": ""}).status_code == 302
        assert client.post(target, {"verdict": "?", "reason": "x"}).status_code == 404
        client.post(target, {"verdict": "BILL", "reason": "seen"})

        assert ReviewDecision.objects.get().reason == "seen"
        decide(held, "lessor", BILL)
        assert "seen" in client.get(page).content.decode()


class TestSecondWitness:
    RULE = {
        "version": 1,
        "meter": "run_time",
        "channel": "execution",
        "states": ["ACTIVE"],
        "witness": {"channel": "auto_time", "states": ["ACTIVE"], "seconds": "1"},
    }

    def said(self, scene, *timer):
        scene.say(
            (1, NINE, "execution", "ACTIVE"),
            *((n, NINE + n * MINUTE, "auto_time", seconds) for n, seconds in enumerate(timer, start=2)),
            (90, NINE + 20 * MINUTE, "execution", "READY"),
        )

    def test_holds_run_time_that_the_timer_does_not_confirm(self, db):
        scene = world.build("mazak01", count_rules=[self.RULE])
        self.said(scene, 5000, 5600, 5900)

        (made,) = meter(scene)

        assert (made.quantity, made.held) == (900, 300)
        assert ReviewItem.objects.get().reason == "WITNESS"
        decide(scene, "lessor", BILL)
        decide(scene, "lessee", BILL)
        assert newest(scene).quantity == 1200

    def test_leaves_out_what_the_timer_grew_while_the_source_was_away(self, db):
        scene = world.build("mazak01", count_rules=[self.RULE])
        self.said(scene, 5000, None, 9000, 10190)

        (made,) = meter(scene)

        assert (made.quantity, made.held, ReviewItem.objects.count()) == (1200, 0, 0)
