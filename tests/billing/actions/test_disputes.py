"""A disputed line is frozen until its seller has decided; the rest of the invoice stays payable."""

from datetime import timedelta

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction

from billing.actions import disputes, invoices
from billing.models import Invoice, LineDispute
from billing.queries import standing_of, versions_of
from marketplace.models import AuditEntry
from marketplace.models.parties import Role
from marketplace.permissions import MissingRight
from tests import once
from tests.billing import world
from tests.billing.actions.test_corrections import DUE, OCTOBER, correct, notes, say
from tests.factories import marketplace as factory

SOON = DUE + timedelta(days=1)
LAST = world.midnight("2026-11-18")  # due on the 17th


@once.fixture
def billed(by_part):
    say(by_part, 0, 4)
    invoices.bill(lease=by_part.lease, at=DUE, by=by_part.clock)
    return by_part


def rent(scene):
    return Invoice.objects.get(seller=scene.lessor, version=1)


def line_of(scene, component="parts"):
    return rent(scene).lines.get(component=component)


def dispute(scene, component="parts", **changes):
    given = {"reason": "Counted twice", "within": scene.lessee, "by": scene.buyer, "at": SOON} | changes
    return disputes.dispute(line=line_of(scene, component), **given)


def answer(scene, made, conceded, **changes):
    given = {"reason": "See report 7", "within": scene.lessor, "by": scene.owner, "at": SOON} | changes
    return disputes.answer(dispute=made, conceded_minor=conceded, **given)


def standing(scene):
    found = standing_of(versions_of(rent(scene)))
    return found.billed, found.disputed, found.due


class TestDispute:
    def test_freezes_the_line_and_nothing_else(self, billed):
        made = dispute(billed)

        assert standing(billed) == (246121, 171760, 74361)
        assert (made.outcome, made.answer_by) == ("OPEN", SOON + timedelta(days=10))
        assert AuditEntry.objects.get(action="dispute.raise").facts["reason"] == "Counted twice"

    def test_freezes_what_a_note_has_left_of_it(self, billed):
        dispute(billed)
        say(billed, 5, start=3)
        correct(billed)

        assert standing(billed) == (289061, 214700, 74361)

    def test_is_possible_to_the_end_of_the_day_on_which_it_is_due(self, billed):
        with pytest.raises(disputes.NotDisputable):
            dispute(billed, at=LAST)
        assert LineDispute.objects.count() == 0

        dispute(billed, at=LAST - timedelta(seconds=1))

        assert LineDispute.objects.count() == 1

    def test_is_not_possible_for_a_draft_or_a_line_that_asks_for_nothing(self, by_part):
        drafted = invoices.draft(lease=by_part.lease, period=OCTOBER, at=DUE, by=by_part.clock)
        with pytest.raises(disputes.NotDisputable):
            dispute(by_part, component="base")
        for one in drafted:
            invoices.issue(invoice=one, at=DUE, by=by_part.clock)
        with pytest.raises(disputes.NotDisputable):
            dispute(by_part)

        assert LineDispute.objects.count() == 0

    def test_is_possible_once_at_a_time(self, billed):
        made = dispute(billed)
        with pytest.raises(disputes.AlreadyDisputed):
            dispute(billed)
        assert LineDispute.objects.count() == 1
        disputes.withdraw(dispute=made, within=billed.lessee, by=billed.buyer, at=SOON)

        dispute(billed)

        assert LineDispute.objects.count() == 2

    def test_is_the_buyers(self, billed):
        with pytest.raises(disputes.NotTheBuyer):
            dispute(billed, within=billed.lessor, by=billed.owner)
        with pytest.raises(MissingRight):
            dispute(billed, by=factory.member(billed.lessee, Role.VIEWER))
        with pytest.raises(MissingRight):
            dispute(billed, by=billed.owner)

        assert LineDispute.objects.count() == 0

    @pytest.mark.parametrize("reason", ["", " \x00 ", "x" * 501])
    def test_gives_a_reason(self, billed, reason):
        with pytest.raises(disputes.DisputeInvalid) as refusal:
            dispute(billed, reason=reason)

        assert [flaw.pointer for flaw in refusal.value.flaws] == ["/reason"]
        assert LineDispute.objects.count() == 0


class TestAnswer:
    def test_rejects_and_the_line_is_due_again(self, billed):
        made = answer(billed, dispute(billed), 0)

        assert (made.outcome, made.answer, made.conceded_minor) == ("REJECTED", "See report 7", 0)
        assert standing(billed) == (246121, 0, 246121)
        assert correct(billed) is None

    def test_concedes_what_the_next_correction_credits(self, billed):
        made = answer(billed, dispute(billed), 38000)
        assert (made.outcome, standing(billed)) == ("CONCEDED", (246121, 42940, 203181))

        correct(billed)

        (note,) = notes()
        assert (note.seller, note.gross_minor, standing(billed)[2]) == (billed.lessor, -42940, 203181)

    def test_adds_up_over_disputes_and_never_below_nothing(self, billed):
        answer(billed, dispute(billed), 100_000)
        answer(billed, dispute(billed), 100_000)
        correct(billed)

        assert notes()[0].net_minor == -152_000

    @pytest.mark.parametrize("conceded", [-1, 152_001])
    def test_gives_back_no_more_than_the_line(self, billed, conceded):
        made = dispute(billed)
        with pytest.raises(disputes.DisputeInvalid) as refusal:
            answer(billed, made, conceded)

        made.refresh_from_db()
        assert refusal.value.flaws[0].facts == {"most": "¥1,520.00"}
        assert made.outcome == "OPEN"

    def test_is_the_sellers_and_final(self, billed):
        made = dispute(billed)
        with pytest.raises(disputes.NotTheSellerOfLine):
            answer(billed, made, 0, within=billed.platform, by=billed.finance)
        with pytest.raises(MissingRight):
            answer(billed, made, 0, by=factory.member(billed.lessor, Role.OPERATOR))
        made.refresh_from_db()
        assert made.outcome == "OPEN"
        answer(billed, made, 0)

        with pytest.raises(disputes.DisputeClosed):
            answer(billed, made, 1)
        with pytest.raises(disputes.DisputeClosed):
            disputes.withdraw(dispute=made, within=billed.lessee, by=billed.buyer, at=SOON)


class TestWithdraw:
    def test_is_the_buyers(self, billed):
        made = dispute(billed)
        with pytest.raises(disputes.NotTheBuyer):
            disputes.withdraw(dispute=made, within=billed.lessor, by=billed.owner, at=SOON)
        assert standing(billed)[1] == 171760

        disputes.withdraw(dispute=made, within=billed.lessee, by=billed.buyer, at=SOON)

        assert standing(billed)[1] == 0
        assert AuditEntry.objects.get(action="dispute.close").facts["outcome"] == "WITHDRAWN"


class TestDatabase:
    def test_decides_once_and_about_issued_lines(self, billed):
        made = answer(billed, dispute(billed), 0)
        other = dispute(billed, component="base")

        for change in (
            lambda: LineDispute.objects.filter(pk=made.pk).update(answer="No"),
            lambda: LineDispute.objects.filter(pk=other.pk).update(reason="No"),
            lambda: LineDispute.objects.filter(pk=other.pk).update(outcome="REJECTED"),
            lambda: LineDispute.objects.filter(pk=other.pk).update(
                outcome="CONCEDED", conceded_minor=10**9, decided_at=SOON, decided_by=billed.owner
            ),
        ):
            with pytest.raises(DatabaseError), transaction.atomic():
                change()
        with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("DELETE FROM billing_linedispute")

    def test_takes_no_dispute_of_a_draft_and_no_second_open_one(self, by_part):
        rents, _ = invoices.draft(lease=by_part.lease, period=OCTOBER, at=DUE, by=by_part.clock)
        about = {"reason": "x", "raised_by": by_part.buyer, "raised_at": SOON, "answer_by": SOON}
        line = rents.lines.get(component="base")
        with pytest.raises(DatabaseError, match="issued line"), transaction.atomic():
            LineDispute.objects.create(line=line, **about)
        invoices.issue(invoice=rents, at=DUE, by=by_part.clock)
        LineDispute.objects.create(line=line, **about)

        with pytest.raises(IntegrityError), transaction.atomic():
            LineDispute.objects.create(line=line, **about)
