"""Reminders of what is overdue: one letter a buyer and day, each level once, stopped where it should be."""

from datetime import date, timedelta

import pytest
from django.db import DatabaseError, IntegrityError, transaction

from billing import tasks
from billing.actions import disputes, dunning, dunning_stops, late_interest
from billing.models import DunningHold, DunningItem, DunningLetter, DunningPolicy, Invoice, PaymentPromise
from billing.queries.dunning import overdue_of
from billing.rules.dunning import Level
from leasing.rules.canonical import digest
from marketplace.models import AuditEntry, Notification
from marketplace.permissions import MissingRight
from tests import once
from tests.billing import late, world
from tests.billing.actions.test_corrections import DUE, correct, say, scrap
from tests.billing.late import pay, rent

pytestmark = pytest.mark.django_db
LEVELS = [Level(3, "请付款", "Please pay"), Level(14, "请立即付款", "Pay at once"), Level(30, "最后", "Last")]
THIRD = world.midnight("2026-11-20") + timedelta(hours=9)


def day(number):
    return THIRD + timedelta(days=number - 3)


def build():
    scene = late.billed(world.build("okuma"))
    dunning.set_policy(seller=scene.lessor, levels=LEVELS, by=scene.owner, at=DUE)
    return scene


scene = once.fixture(build)


def run(scene, at=THIRD, **changes):
    return dunning.run(**({"seller": scene.lessor, "by": scene.clock, "at": at} | changes))


def rows(scene, at=THIRD):
    return overdue_of(scene.lessor, at.date())


def hold(scene, at=THIRD, **changes):
    given = {"seller": scene.lessor, "buyer": scene.lessee, "reason": "Talks", "by": scene.owner, "at": at}
    return dunning_stops.hold(**(given | {"through": date(2026, 12, 1)} | changes))


def promise(scene, on=date(2026, 11, 25), **changes):
    given = {"invoice": rent(scene), "promised_on": on, "note": "By phone", "at": THIRD}
    return dunning_stops.promise(**(given | {"within": scene.lessor, "by": scene.owner} | changes))


class TestRun:
    def test_writes_one_letter_with_what_is_open(self, scene):
        [made] = run(scene)

        assert (made.level, made.total_minor, made.on) == (1, 246121, date(2026, 11, 20))
        assert made.digest == digest(made.content)
        assert made.content["items"][0]["late_days"] == 3
        assert made.content["zh"] == "请付款"
        told = Notification.objects.get(kind="dunning_letter")
        assert (told.organization, told.link) == (scene.lessee, f"/dunning/letters/{made.public_id}/")
        assert AuditEntry.objects.filter(action="dunning.letter").count() == 1

    def test_again_writes_nothing_and_the_next_level_later(self, scene):
        run(scene)

        assert run(scene) == run(scene, at=day(13)) == []
        assert [one.level for one in run(scene, at=day(14))] == [2]
        [last] = run(scene, at=day(30))
        assert (last.level, last.content["is_last"]) == (3, True)
        assert run(scene, at=day(90)) == []

    def test_asks_for_what_is_left_after_payments_and_notes(self, scene):
        scrap(scene, 1, DUE + timedelta(days=3))
        correct(scene, at=DUE + timedelta(days=4))
        left = sum(one.gross_minor for one in Invoice.objects.filter(seller=scene.lessor))
        pay(scene, 1000, date(2026, 11, 18), at=THIRD)

        assert [one.total_minor for one in run(scene)] == [left - 1000]

    def test_leaves_a_debit_note_alone_until_it_is_due(self, scene):
        say(scene, 5, start=3)
        correct(scene, at=DUE + timedelta(days=10))

        assert [one.total_minor for one in run(scene)] == [246121]

    def test_leaves_disputed_lines_alone(self, scene):
        line = rent(scene).lines.get(component="parts")
        given = {"within": scene.lessee, "by": scene.buyer, "at": DUE + timedelta(days=1)}
        disputes.dispute(line=line, reason="Counted twice", **given)

        [made] = run(scene)

        assert made.total_minor == 74361
        assert made.content["items"][0]["disputed_minor"] == 171760

    def test_says_nothing_of_what_is_paid(self, scene):
        pay(scene, 246121, date(2026, 11, 18), at=THIRD)

        assert run(scene) == rows(scene) == []

    def test_reminds_of_interest_that_was_claimed(self, scene):
        given = {"within": scene.lessor, "by": scene.owner, "at": day(14)}
        late_interest.claim(invoice=rent(scene), through=date(2026, 12, 1), **given)
        found = rows(scene, at=day(60))

        assert [one.invoice.kind for one in found] == ["INVOICE", "INTEREST"]
        [made] = run(scene, at=day(60))
        assert made.total_minor == 246121 + 1723

    def test_without_a_policy_or_with_one_that_is_off_is_nothing(self, scene):
        assert run(scene, seller=scene.platform) == []
        dunning.set_policy(seller=scene.lessor, levels=LEVELS, is_on=False, by=scene.owner, at=DUE)

        assert run(scene) == []

    def test_needs_the_least_sum(self, scene):
        given = {"levels": LEVELS, "smallest_minor": 246122, "by": scene.owner, "at": DUE}
        made = dunning.set_policy(seller=scene.lessor, **given)

        assert (made.version, run(scene)) == (2, [])

    def test_is_for_those_who_run_invoices(self, scene):
        with pytest.raises(MissingRight):
            run(scene, by=scene.buyer)
        assert DunningLetter.objects.count() == 0

    def test_is_begun_by_the_clock(self, scene, monkeypatch):
        monkeypatch.setattr(tasks.clock, "now", lambda: THIRD)
        monkeypatch.setattr(tasks.remind_one, "delay", lambda **given: tasks.remind_one(**given))
        tasks.remind_all()

        assert DunningLetter.objects.count() == 1


class TestPolicy:
    @pytest.mark.parametrize(
        ("levels", "pointers"),
        [
            ([], ["/levels"]),
            ([Level(number, "一", "a") for number in range(1, 7)], ["/levels"]),
            ([Level(3, "一", "a"), Level(3, "一", "a")], ["/levels/1/days"]),
            (
                [Level(0, "一", " \x00"), Level(400, "", "a")],
                ["/levels/0/days", "/levels/0/en", "/levels/1/days", "/levels/1/zh"],
            ),
        ],
    )
    def test_names_what_cannot_be(self, scene, levels, pointers):
        with pytest.raises(dunning.DunningPolicyInvalid) as refused:
            dunning.set_policy(seller=scene.lessor, levels=levels, by=scene.owner, at=DUE)
        assert [flaw.pointer for flaw in refused.value.flaws] == pointers
        with pytest.raises(dunning.DunningPolicyInvalid):
            dunning.set_policy(seller=scene.lessor, levels=LEVELS, smallest_minor=-1, by=scene.owner, at=DUE)
        assert DunningPolicy.objects.count() == 1


class TestStops:
    def test_a_promise_holds_through_its_day(self, scene):
        promise(scene)

        assert run(scene) == run(scene, at=day(8)) == []
        assert len(run(scene, at=day(9))) == 1

    def test_the_newest_promise_counts(self, scene):
        promise(scene)
        promise(scene, on=date(2026, 11, 28))

        assert run(scene, at=day(9)) == []

    @pytest.mark.parametrize(
        ("changes", "pointer"),
        [
            ({"on": date(2026, 11, 19)}, "/promised_on"),
            ({"on": date(2028, 1, 1)}, "/promised_on"),
            ({"note": "x" * 301}, "/note"),
        ],
    )
    def test_a_promise_names_what_cannot_be(self, scene, changes, pointer):
        with pytest.raises(dunning_stops.StopInvalid) as refused:
            promise(scene, **changes)
        assert [flaw.pointer for flaw in refused.value.flaws] == [pointer]
        assert PaymentPromise.objects.count() == 0

    def test_a_promise_is_noted_by_the_seller_at_an_issued_invoice(self, scene):
        with pytest.raises(dunning_stops.NotTheSellerOfReminder):
            promise(scene, within=scene.lessee, by=scene.buyer)
        scrap(scene, 1, DUE + timedelta(days=3))
        correct(scene, at=DUE + timedelta(days=4))
        with pytest.raises(dunning_stops.NothingToPromise):
            promise(scene, invoice=Invoice.objects.get(kind="CREDIT_NOTE", seller=scene.lessor))

    def test_a_pause_holds_until_it_ends(self, scene):
        made = hold(scene)

        assert run(scene) == []
        with pytest.raises(dunning_stops.AlreadyHeld):
            hold(scene)
        dunning_stops.end_hold(hold=made, by=scene.owner, at=THIRD)
        with pytest.raises(dunning_stops.HoldEnded):
            dunning_stops.end_hold(hold=made, by=scene.owner, at=THIRD)
        assert len(run(scene)) == 1

    def test_a_pause_that_ran_out_makes_room(self, scene):
        hold(scene, through=date(2026, 11, 20))
        hold(scene, at=day(4))

        assert DunningHold.objects.filter(ended_at=None).count() == 1

    @pytest.mark.parametrize(
        ("changes", "pointer"),
        [({"reason": " "}, "/reason"), ({"through": date(2026, 11, 1)}, "/through")],
    )
    def test_a_pause_names_what_cannot_be(self, scene, changes, pointer):
        with pytest.raises(dunning_stops.StopInvalid) as refused:
            hold(scene, **changes)
        assert [flaw.pointer for flaw in refused.value.flaws] == [pointer]
        with pytest.raises(dunning_stops.StopInvalid):
            hold(scene, buyer=scene.platform)
        assert DunningHold.objects.count() == 0


class TestDatabase:
    def test_keeps_letters_and_each_level_once(self, scene):
        [made] = run(scene)
        with pytest.raises(DatabaseError), transaction.atomic():
            DunningLetter.objects.update(level=2)
        with pytest.raises(IntegrityError), transaction.atomic():
            DunningItem.objects.create(letter=made, invoice=rent(scene), level=1, asked_minor=1)

    def test_reminds_nobody_of_what_another_bought(self, scene):
        [made] = run(scene)
        fee = Invoice.objects.exclude(seller=scene.lessor).get()
        with pytest.raises(IntegrityError, match="its buyer"), transaction.atomic():
            DunningItem.objects.create(letter=made, invoice=fee, level=1, asked_minor=1)
