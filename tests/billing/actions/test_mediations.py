"""The platform mediates a disputed line: what both sides accept is settled, and nothing else is."""

from datetime import date, timedelta
from unittest.mock import patch

import pytest
from django.conf import settings
from django.db import DatabaseError, connection, transaction
from django.db.models import Sum

from billing import tasks
from billing.actions import corrected_days, corrections, disputes, mediations
from billing.actions.mediation_steps import DisputeBeforePlatform
from billing.models import Invoice, JournalLine, LineDispute, LineMediation, MediationStep
from billing.queries import standing_of, versions_of, with_open
from billing.queries.dunning import overdue_of
from billing.rules.corrections import Brake
from leasing.actions import mediators
from marketplace.models import AuditEntry, Event, Membership, Notification, Organization
from marketplace.models.parties import Role
from marketplace.permissions import MissingRight
from marketplace.shared.period import Period
from tests import once
from tests.billing import world
from tests.billing.fleet import FEBRUARY, MARCH, NOON
from tests.billing.mediated import ANSWER_ON, ANSWERED, ASKED, LATE, PROPOSED, Mediated
from tests.factories import marketplace as factory

pytestmark = pytest.mark.django_db
APRIL = date(2026, 4, 20)


@once.fixture
def scene():
    return Mediated()


@once.fixture
def asked(scene):
    scene.ask()
    return scene


@once.fixture
def proposed(asked):
    asked.propose()
    return asked


def standing(scene):
    found = standing_of(versions_of(scene.rent))
    return found.billed, found.disputed, found.due


def left(scene):
    """Return what stands of the case and its dispute, to see that nothing happened."""
    case, dispute = scene.case, scene.dispute
    steps = MediationStep.objects.count()
    return case.state, case.amount_minor, sorted(case.accepted), steps, dispute.outcome, Event.objects.count()


def test_an_accountant_reads_it_from_the_dispute_to_the_open_amount(scene):
    # 4 March: the invoice asks for 2,034.00; 1,130.00 of it, the parts, are disputed and not due
    assert (scene.rent.net_minor, scene.rent.tax_minor, scene.rent.gross_minor) == (180_000, 23_400, 203_400)
    assert standing(scene) == (203_400, 113_000, 90_400)

    # 5 March: the lessee asks the platform; 7 March: it proposes to give back 320.00 of 1,000.00
    case = scene.ask()
    assert (case.state, case.due_at) == (
        "ASKED",
        world.midnight("2026-03-26"),
    )  # in 20 days
    scene.propose()
    assert (scene.case.state, scene.case.due_at, str(scene.case.amount.amount)) == (
        "PROPOSED",
        LATE,
        "320.00",
    )

    # 8 March: the lessee accepts, and nothing is settled yet; the lessor accepts, and all of it is
    scene.act("accept", "buyer")
    assert (scene.case.state, scene.dispute.outcome, standing(scene)[1]) == ("PROPOSED", "OPEN", 113_000)
    scene.act("accept", "seller")
    dispute = scene.dispute
    assert (scene.case.state, scene.case.closed_at) == ("AGREED", ANSWERED)
    assert (dispute.outcome, dispute.conceded_minor, dispute.answer) == ("CONCEDED", 32_000, "十六件没有记录")

    # the next correction credits it: 320.00 and 13 % of it
    corrections.correct(lease=scene.lease, period=Period(FEBRUARY, MARCH), at=NOON, by=scene.fleet.clock)
    note = Invoice.objects.get(kind="CREDIT_NOTE", seller=scene.lessor)
    assert (note.net_minor, note.tax_minor, note.gross_minor) == (-32_000, -4_160, -36_160)
    assert (note.corrects, note.status) == (scene.rent, "ISSUED")

    # the invoice with its note comes to 1,672.40, nothing of it is disputed, and the books say the same
    assert standing(scene) == (167_240, 0, 167_240)
    series = with_open(Invoice.objects.filter(lease=scene.lease, seller=scene.lessor, period_start=FEBRUARY))
    assert sum(one.open_minor for one in series) == 167_240
    booked = JournalLine.objects.filter(invoice=note, account__code="1122.02")
    assert booked.aggregate(total=Sum("amount_minor"))["total"] == -36_160
    totals = JournalLine.objects.values("journal").annotate(total=Sum("amount_minor"))
    assert {row["total"] for row in totals} == {0}


class TestAsk:
    def test_tells_the_other_side_and_the_platform_and_leaves_a_trail(self, asked):
        told = Notification.objects.filter(kind="mediation_asked").values_list("organization", flat=True)
        events = Event.objects.filter(type="mediation.asked").values_list("organization", flat=True)

        assert set(told) == {asked.lessor.pk, asked.platform.pk}
        assert set(events) == {asked.lessor.pk, asked.lessee.pk, asked.platform.pk}
        (step,) = asked.case.steps.all()
        assert (step.act, step.side, step.text, step.at) == ("ask", "buyer", "十二件是废品", ASKED)
        assert AuditEntry.objects.get(action="mediation.ask").facts["dispute"] == asked.dispute.public_id

    def test_is_possible_for_the_seller_too(self, scene):
        assert scene.ask("seller").side == "seller"

    def test_is_possible_once_even_after_it_was_taken_back(self, asked):
        for side in ("buyer", "seller"):
            with pytest.raises(mediations.AlreadyMediated):
                asked.ask(side)
        asked.act("withdraw", "buyer")
        with pytest.raises(mediations.AlreadyMediated):
            asked.ask()
        assert (LineMediation.objects.count(), asked.case.state) == (1, "WITHDRAWN")

    def test_needs_an_open_dispute(self, scene):
        scene.answer(0)
        with pytest.raises(disputes.DisputeClosed):
            scene.ask()
        assert not LineMediation.objects.exists()

    @pytest.mark.parametrize("text", ["", " \x00 ", "x" * 501])
    def test_needs_words(self, scene, text):
        with pytest.raises(mediations.MediationInvalid) as refusal:
            scene.ask(text=text)
        assert [one.pointer for one in refusal.value.flaws] == ["/text"]
        assert not LineMediation.objects.exists()

    def test_is_a_matter_of_the_two_sides_and_of_whom_they_let(self, scene):
        stranger = factory.organization()
        for within, by in (
            (scene.platform, scene.judge),
            (stranger, factory.member(stranger)),
            (scene.lessee, factory.member(scene.lessee, Role.VIEWER)),
            (scene.lessor, factory.member(scene.lessor, Role.OPERATOR)),
        ):
            with pytest.raises(MissingRight):
                scene.ask(within=within, by=by)
        assert not LineMediation.objects.exists()

    def test_is_not_possible_where_the_platform_is_a_side(self, scene):
        fee = Invoice.objects.get(seller=scene.platform).lines.get()
        given = {"reason": "Fee", "within": scene.lessee, "by": scene.buyer, "at": ASKED}
        made = disputes.dispute(line=fee, **given)
        with pytest.raises(mediators.PlatformIsParty):
            mediations.ask(dispute=made, text="Fee", **scene.who("buyer", ASKED))
        assert not LineMediation.objects.exists()


class TestPropose:
    @pytest.mark.parametrize("amount", [-1, 100_001])
    def test_is_between_nothing_and_the_line(self, asked, amount):
        before = left(asked)
        with pytest.raises(mediations.MediationInvalid) as refusal:
            asked.propose(amount)
        assert [(one.pointer, one.facts) for one in refusal.value.flaws] == [
            ("/amount_minor", {"most": "¥1,000.00"})
        ]
        assert left(asked) == before

    @pytest.mark.parametrize("day", [date(2026, 3, 9), date(2026, 4, 7)])
    def test_leaves_three_to_thirty_days_to_answer(self, asked, day):
        before = left(asked)
        with pytest.raises(mediations.MediationInvalid) as refusal:
            asked.propose(answer_on=day, text="")
        assert [one.pointer for one in refusal.value.flaws] == ["/answer_on", "/text"]
        assert left(asked) == before

    def test_is_made_once_and_in_time(self, asked):
        before = left(asked)
        with pytest.raises(mediations.MediationOverdue):
            asked.propose(at=world.midnight("2026-03-26"), answer_on=date(2026, 4, 1))
        assert left(asked) == before
        asked.propose()
        with pytest.raises(mediations.MediationRefused):
            asked.propose(1)
        assert asked.case.amount_minor == 32_000

    def test_is_for_people_of_the_platform_who_belong_to_no_side(self, asked):
        before = left(asked)
        Membership.objects.create(user=asked.judge, organization=asked.lessor, role=Role.VIEWER)
        with pytest.raises(mediators.MediatorIsParty):
            asked.propose()
        for within, by in (
            (asked.lessor, asked.seller),
            (asked.platform, factory.member(asked.platform, Role.FINANCE)),
        ):
            with pytest.raises(MissingRight):
                asked.propose(within=within, by=by)
        assert left(asked) == before


class TestAnswers:
    def test_nothing_given_back_makes_the_line_due_again(self, asked):
        asked.propose(0)
        asked.act("accept", "seller")
        asked.act("accept", "buyer")

        assert (asked.case.state, asked.dispute.outcome, standing(asked)[1]) == ("AGREED", "REJECTED", 0)

    @pytest.mark.parametrize("side", ["buyer", "seller"])
    def test_a_refusal_of_either_ends_the_case_and_not_the_dispute(self, proposed, side):
        other = {"buyer": "seller", "seller": "buyer"}[side]
        proposed.act("accept", other)

        proposed.act("refuse", side, text="Too little")

        assert (proposed.case.state, proposed.dispute.outcome) == ("REFUSED", "OPEN")
        with pytest.raises(mediations.MediationRefused):
            proposed.act("accept", side)
        assert proposed.answer(10_000, at=ANSWERED).outcome == "CONCEDED"  # the seller decides again

    def test_nobody_goes_back_on_an_acceptance(self, proposed):
        proposed.act("accept", "buyer")
        before = left(proposed)
        for name, given in (("accept", {}), ("refuse", {"text": "No"})):
            with pytest.raises(mediations.MediationRefused) as refusal:
                proposed.act(name, "buyer", **given)
            assert refusal.value.facts["allowed"] == ["write"]
        assert left(proposed) == before

    def test_come_too_late_after_the_last_day(self, proposed):
        proposed.act("accept", "buyer")
        before = left(proposed)
        with pytest.raises(mediations.MediationOverdue):
            proposed.act("accept", "seller", at=LATE)
        assert left(proposed) == before

        proposed.act("accept", "seller", at=LATE - timedelta(seconds=1))

        assert proposed.case.state == "AGREED"

    def test_are_those_of_the_sides(self, proposed):
        before = left(proposed)
        for side, by in (
            ("platform", proposed.judge),
            ("buyer", factory.member(proposed.lessee, Role.VIEWER)),
            ("buyer", factory.member(proposed.lessee, Role.OPERATOR)),  # it reads invoices, and binds nobody
            ("seller", factory.member(proposed.lessor, Role.OPERATOR)),
        ):
            with pytest.raises(MissingRight):
                proposed.act("accept", side, by=by)
        assert left(proposed) == before


def brake_run(scene, at=NOON):
    given = {"lease": scene.lease, "start": FEBRUARY, "by": scene.fleet.clock}
    return corrections.correct_due(at=at, brake=Brake(**settings.CORRECTION_BRAKE), **given)


def dunned(scene):
    return [(row.item.open_minor, row.item.asked_minor) for row in overdue_of(scene.lessor, APRIL)]


class TestWhatBothAgreedToGiveBack:
    @pytest.fixture
    def agreed(self, asked):
        asked.propose(100_000)
        asked.act("accept", "buyer")
        asked.act("accept", "seller")
        return asked

    def test_is_not_asked_for_before_the_note_and_passes_the_brake(self, agreed):
        assert standing(agreed) == (203_400, 113_000, 90_400)
        assert dunned(agreed) == [(203_400, 90_400)]

        assert brake_run(agreed).outcome == "NOTED"  # more than half of the invoice

        assert standing(agreed) == (90_400, 0, 90_400)
        assert dunned(agreed) == [(90_400, 90_400)]

    def test_stops_at_the_brake_together_with_what_a_seller_gave_back_alone(self, agreed):
        base = agreed.rent.lines.exclude(component="parts").get()
        given = {"reason": "Base", "within": agreed.lessee, "by": agreed.buyer, "at": ANSWERED}
        other = disputes.dispute(line=base, **given)
        who = agreed.who("seller", ANSWERED)
        disputes.answer(dispute=other, conceded_minor=100, reason="Yes", **who)

        assert brake_run(agreed).outcome == "WAITING"
        assert standing(agreed) == (203_400, 113_113, 90_287)

    def test_is_not_asked_for_either_where_the_seller_conceded_and_the_note_waits(self, scene):
        scene.answer(100_000)
        assert brake_run(scene).outcome == "WAITING"

        assert standing(scene) == (203_400, 113_000, 90_400)
        assert dunned(scene) == [(203_400, 90_400)]

    def test_is_credited_though_a_correction_read_its_clock_later_and_came_before(self, proposed):
        proposed.act("accept", "buyer")
        late = ANSWERED + timedelta(seconds=1)
        base = proposed.rent.lines.exclude(component="parts").get()
        given = {"reason": "Base", "within": proposed.lessee, "by": proposed.buyer, "at": ASKED}
        other = disputes.dispute(line=base, **given)
        who = proposed.who("seller", ASKED)
        disputes.answer(dispute=other, conceded_minor=100, reason="Yes", **who)
        period = Period(FEBRUARY, MARCH)
        corrections.correct(lease=proposed.lease, period=period, at=late, by=proposed.fleet.clock)

        case = LineMediation.objects.with_sides().get()
        mediations.accept(mediation=case, **proposed.who("seller", ANSWERED))

        assert corrected_days.candidates(at=NOON, look_back=timedelta(days=30)) == [proposed.lease.pk]
        assert corrected_days.due_of(lease=proposed.lease, at=NOON, by=proposed.fleet.clock) == [FEBRUARY]
        assert standing(proposed)[1] == 36_160
        note = brake_run(proposed).notes.get()
        assert (note.net_minor, standing(proposed)[1]) == (-32_000, 0)

    def test_stays_covered_by_a_correction_that_read_its_clock_earlier(self, agreed):
        early = ANSWERED - timedelta(seconds=1)
        period = Period(FEBRUARY, MARCH)
        made = corrections.correct(lease=agreed.lease, period=period, at=early, by=agreed.fleet.clock)

        assert (made.outcome, standing(agreed)) == ("NOTED", (90_400, 0, 90_400))

    def test_has_no_way_back(self, agreed):
        again = {"reason": "Again", "within": agreed.lessee, "by": agreed.buyer}
        with pytest.raises(disputes.LineSettled):
            disputes.dispute(line=agreed.dispute.line, at=ANSWERED, **again)
        assert agreed.dispute.outcome == "CONCEDED"


class TestWhatIsLeftOfTheLine:
    @pytest.fixture
    def again(self, scene):
        """400.00 are given back and credited, then the line is disputed again and the platform asked."""
        scene.answer(40_000)
        given = {"reason": "Still wrong", "within": scene.lessee, "by": scene.buyer, "at": ASKED}
        made = disputes.dispute(line=scene.dispute.line, **given)
        return mediations.ask(dispute=made, text="Please", **scene.who("buyer", ASKED))

    def propose(self, scene, amount):
        given = {"amount_minor": amount, "answer_on": ANSWER_ON, "text": "See"}
        return mediations.propose(mediation=scene.case, **given, **scene.who("platform", PROPOSED))

    def test_is_the_most_that_is_proposed_before_and_after_the_note(self, scene, again):
        for _ in range(2):
            with pytest.raises(mediations.MediationInvalid) as refusal:
                self.propose(scene, 60_001)
            assert [one.facts for one in refusal.value.flaws] == [{"most": "¥600.00"}]
            assert scene.case.state == "ASKED"
            brake_run(scene)
        assert self.propose(scene, 60_000).amount_minor == 60_000

    def test_is_looked_at_again_when_both_accept(self, scene, again):
        self.propose(scene, 60_000)
        scene.act("accept", "buyer")
        with (
            patch.object(mediations, "left_minor", lambda line: 59_999),
            pytest.raises(mediations.LessIsBilled) as refusal,
        ):
            scene.act("accept", "seller")
        assert refusal.value.facts == {"left": "¥599.99"}
        assert (scene.case.state, scene.case.accepted) == ("PROPOSED", {"buyer"})

    def test_is_not_mediated_twice_though_it_is_disputed_twice(self, scene, again):
        disputes.withdraw(dispute=again.dispute, **scene.who("buyer", ANSWERED))
        given = {"reason": "Third", "within": scene.lessee, "by": scene.buyer, "at": ANSWERED}
        third = disputes.dispute(line=again.dispute.line, **given)
        with pytest.raises(mediations.AlreadyMediated):
            mediations.ask(dispute=third, text="Please", **scene.who("buyer", ANSWERED))
        assert LineMediation.objects.count() == 1


class TestWords:
    def test_are_read_by_all_and_end_with_the_case(self, asked):
        for side in ("platform", "seller", "buyer"):
            asked.act("write", side, at=PROPOSED, text=f"Of {side}")
        asked.act("withdraw", "buyer", text="Settled by phone")

        assert [(one.position, one.act, one.side) for one in asked.case.steps.all()] == [
            (1, "ask", "buyer"),
            (2, "write", "platform"),
            (3, "write", "seller"),
            (4, "write", "buyer"),
            (5, "withdraw", "buyer"),
        ]
        with pytest.raises(mediations.MediationRefused):
            asked.act("write", "buyer", text="More")
        assert MediationStep.objects.count() == 5

    def test_only_who_asked_takes_the_question_back_and_before_the_proposal(self, asked):
        with pytest.raises(mediations.MediationRefused):
            asked.act("withdraw", "seller")
        asked.propose()
        with pytest.raises(mediations.MediationRefused):
            asked.act("withdraw", "buyer")
        assert asked.case.state == "PROPOSED"


class TestDisputeBesideIt:
    def test_the_seller_does_not_decide_for_less_than_all(self, asked):
        before = left(asked)
        for conceded in (0, 99_999):
            with pytest.raises(DisputeBeforePlatform) as refusal:
                asked.answer(conceded)
            assert refusal.value.facts == {"until": "2026-03-25"}
        assert left(asked) == before

        asked.answer(100_000)

        assert (asked.case.state, asked.dispute.outcome) == ("ENDED", "CONCEDED")

    def test_the_buyer_withdraws_and_the_case_ends(self, proposed):
        proposed.act("accept", "seller")

        proposed.withdraw()

        assert (proposed.case.state, proposed.dispute.outcome) == ("ENDED", "WITHDRAWN")

    def test_a_case_whose_time_is_over_hinders_nobody(self, asked):
        asked.answer(0, at=world.midnight("2026-03-26"))

        assert (asked.case.state, asked.dispute.outcome) == ("LAPSED", "REJECTED")
        last = asked.case.steps.last()
        assert (last.side, last.person_name) == ("clock", "clock")

    def test_a_withdrawn_dispute_ends_its_case_by_the_buyer_also_after_the_time(self, asked):
        asked.withdraw(at=world.midnight("2026-03-26"))

        last = asked.case.steps.last()
        assert (asked.case.state, last.act, last.side) == ("ENDED", "end", "buyer")
        assert not Notification.objects.filter(kind="mediation_lapsed").exists()


class TestDeadline:
    def test_ends_the_case_once_its_time_is_over(self, proposed, monkeypatch):
        monkeypatch.setattr(tasks.lapse_mediation, "delay", lambda **given: tasks.lapse_mediation(**given))
        monkeypatch.setattr(tasks.clock, "now", lambda: LATE - timedelta(seconds=1))
        tasks.lapse_mediations()
        assert proposed.case.state == "PROPOSED"

        monkeypatch.setattr(tasks.clock, "now", lambda: LATE)
        tasks.lapse_mediations()

        assert (proposed.case.state, proposed.dispute.outcome) == ("LAPSED", "OPEN")
        assert Notification.objects.filter(kind="mediation_lapsed").count() == 3
        mediations.lapse(mediation=proposed.case, by=proposed.fleet.clock, at=LATE)
        assert Notification.objects.filter(kind="mediation_lapsed").count() == 3


class TestDatabase:
    def refuses(self, **change):
        with pytest.raises(DatabaseError), transaction.atomic():
            LineMediation.objects.update(**change)

    def test_keeps_the_table_of_states_and_the_amounts(self, proposed):
        self.refuses(state="ASKED", amount_minor=None, proposal="", proposed_at=None)
        self.refuses(amount_minor=1)
        self.refuses(state="AGREED", closed_at=LATE)  # not by both
        self.refuses(  # by both, and the dispute is not closed
            state="AGREED", closed_at=LATE, buyer_accepted_at=LATE, seller_accepted_at=LATE
        )
        self.refuses(buyer_accepted_at=LATE, seller_accepted_at=LATE)
        self.refuses(reason="Other")
        self.refuses(state="REFUSED")  # without its moment
        proposed.act("refuse", "buyer", text="No")
        self.refuses(state="PROPOSED", closed_at=None)

    def test_proposes_no_more_than_the_line(self, asked):
        whole = {"proposal": "x", "proposed_at": LATE, "state": "PROPOSED"}
        self.refuses(amount_minor=100_001, **whole)
        self.refuses(amount_minor=-1, **whole)

    def test_opens_cases_of_open_disputes_once_and_forgets_no_step(self, proposed):
        with pytest.raises(DatabaseError), transaction.atomic():
            LineMediation.objects.create(
                dispute=proposed.dispute, side="seller", reason="x", asked_at=ASKED, due_at=LATE
            )
        for sql in ("DELETE FROM billing_linemediation", "UPDATE billing_mediationstep SET text = 'x'"):
            with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
                cursor.execute(sql)

    def test_lets_no_line_be_disputed_again_that_both_settled_nor_asked_about_twice(self, proposed):
        again = {"reason": "x", "raised_by": proposed.buyer, "raised_at": ANSWERED, "answer_by": LATE}
        with transaction.atomic():
            proposed.act("accept", "buyer")
            proposed.act("accept", "seller")
            with pytest.raises(DatabaseError, match="not disputed again"), transaction.atomic():
                LineDispute.objects.create(line=proposed.dispute.line, **again)
            transaction.set_rollback(True)
        proposed.withdraw()
        second = LineDispute.objects.create(line=proposed.case.dispute.line, **again)
        with pytest.raises(DatabaseError, match="once about a line"), transaction.atomic():
            LineMediation.objects.create(
                dispute=second, side="seller", reason="x", asked_at=ASKED, due_at=LATE
            )

    def test_closes_no_dispute_whose_case_is_open(self, asked):
        with pytest.raises(DatabaseError, match="its case"), transaction.atomic():
            closed = {"decided_by": asked.buyer, "decided_at": LATE, "outcome": "WITHDRAWN"}
            type(asked.dispute).objects.update(**closed)
            connection.check_constraints()


def test_nothing_waits_for_a_platform_that_became_a_side(asked):
    assert LineMediation.objects.to_propose().exists()
    Organization.objects.filter(pk=asked.platform.pk).update(kind="SME")
    Organization.objects.filter(pk=asked.lessor.pk).update(kind="PLATFORM")

    assert not LineMediation.objects.to_propose().exists()
