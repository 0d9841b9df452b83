"""Late interest is claimed as a document, adds up to the running total, and is waived by two."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction

from billing.actions import bundles, checks, disputes, late_interest, late_terms, tax_invoices
from billing.filters import InvoiceFilter
from billing.models import InterestClaim, InterestWaiver, Invoice, JournalLine, LateTerms, TaxInvoice
from billing.queries import standing_of, statement_of, versions_of, with_open
from billing.queries.dunning import overdue_of
from billing.queries.late_interest import account_of, terms_for
from marketplace.models import AuditEntry, Notification
from marketplace.models.parties import OrganizationKind, Role
from marketplace.permissions import MissingRight
from marketplace.shared.money import format_money
from tests import once
from tests.billing import late, world
from tests.billing.actions.test_corrections import DUE, correct, say, scrap
from tests.billing.actions.test_tax_invoices import face_of
from tests.billing.late import ANNOUNCED, DECEMBER, announce, pay, rent
from tests.factories import marketplace as factory

pytestmark = pytest.mark.django_db
PAID = date(2026, 11, 24)
FIRST_OF_DECEMBER = date(2026, 12, 1)

scene = once.fixture(lambda: late.billed(world.build("okuma")))


def claim(scene, through=FIRST_OF_DECEMBER, at=DECEMBER, invoice=None, **changes):
    given = {"within": scene.lessor, "by": scene.owner} | changes
    return late_interest.claim(invoice=invoice or rent(scene), through=through, at=at, **given)


def waive(scene, minor, reason="Bank holiday", at=DECEMBER, **changes):
    given = {"within": scene.lessor, "by": scene.owner} | changes
    return late_interest.waive(invoice=rent(scene), amount_minor=minor, reason=reason, at=at, **given)


def documents():
    return list(Invoice.objects.filter(kind="INTEREST").order_by("pk").values_list("gross_minor", flat=True))


class TestAnnounce:
    def test_tells_those_who_lease(self, scene):
        assert LateTerms.objects.get().rate == Decimal("0.0005")
        told = Notification.objects.filter(kind="late_terms")
        assert [one.organization for one in told] == [scene.lessee]
        assert AuditEntry.objects.filter(action="late_terms.announce").count() == 1

    def test_counts_for_what_is_issued_from_its_day_on(self, scene):
        later = announce(scene, at=DUE, valid_from=date(2026, 11, 20), rate=Decimal("0.001"))
        assert terms_for(rent(scene)).rate == Decimal("0.0005")
        assert later.rate == Decimal("0.001")

    @pytest.mark.parametrize(
        ("changes", "pointer"),
        [
            ({"valid_from": (ANNOUNCED + timedelta(days=6)).date()}, "/valid_from"),
            ({"valid_from": late.FIRST}, "/valid_from"),
            ({"rate": Decimal("0.002")}, "/rate"),
            ({"rate": Decimal("NaN")}, "/rate"),
            ({"rate": Decimal("0.000000001")}, "/rate"),
            ({"per": "WEEK"}, "/per"),
            ({"day_count": 364}, "/day_count"),
            ({"grace_days": -1}, "/grace_days"),
            ({"cap": Decimal(2)}, "/cap"),
            ({"waived_alone_minor": -1}, "/waived_alone_minor"),
        ],
    )
    def test_names_what_cannot_be(self, scene, changes, pointer):
        with pytest.raises(late_terms.LateTermsInvalid) as refused:
            announce(scene, **({"valid_from": date(2026, 12, 24)} | changes))

        assert [flaw.pointer for flaw in refused.value.flaws] == [pointer]
        assert LateTerms.objects.count() == 1

    def test_is_for_those_who_run_invoices(self, scene):
        with pytest.raises(MissingRight):
            announce(scene, by=scene.buyer, valid_from=date(2026, 12, 24))

    def test_stays_as_it_was(self, scene):
        with pytest.raises(DatabaseError), transaction.atomic():
            LateTerms.objects.update(rate=Decimal("0.001"))


class TestClaim:
    def test_is_a_document_of_its_own_with_tax_inside_and_its_journal(self, scene):
        pay(scene, 100000, PAID)

        made = claim(scene)

        paper = made.document
        assert (made.total_minor, made.number) == (1373, 1)
        assert (paper.net_minor, paper.tax_minor, paper.gross_minor) == (1215, 158, 1373)
        assert paper.number[-6:] == "000002"
        assert (paper.kind, paper.status, paper.due_on) == ("INTEREST", "ISSUED", date(2026, 12, 16))
        steps = paper.lines.get().steps
        assert [one["numbers"].get("days") for one in steps] == ["7", "7", None, None]
        assert steps[0]["numbers"]["base"] == "2461.21"
        booked = JournalLine.objects.filter(invoice=paper).values_list("account__code", "amount_minor")
        assert sorted(booked) == [("1122.02", 1373), ("2241.00", -1373)]
        told = Notification.objects.get(kind="late_interest")
        assert (told.organization, told.link) == (scene.lessee, f"/invoices/{paper.public_id}/")

    def test_again_finds_nothing(self, scene):
        claim(scene)

        assert claim(scene) is None
        assert documents() == [1723]

    def test_later_claims_the_rest_and_never_interest_of_interest(self, scene):
        claim(scene)
        claim(scene, through=date(2027, 1, 1), at=world.midnight("2027-01-01"))

        assert sum(documents()) == 5538  # 2,461.21 × 0.05 % × 45 days = 55.377
        paper = Invoice.objects.filter(kind="INTEREST").first()
        with pytest.raises(late_interest.NoLateInterest):
            claim(scene, invoice=paper)

    def test_takes_back_exactly_what_an_earlier_payment_leaves_too_much(self, scene):
        claim(scene)
        pay(scene, 246121, PAID)

        made = claim(scene)

        assert documents() == [1723, 861 - 1723]
        assert made.total_minor == 861
        booked = JournalLine.objects.filter(invoice=made.document).values_list(
            "account__code", "amount_minor"
        )
        assert sorted(booked) == [("1122.02", -862), ("2241.00", 862)]
        told = Notification.objects.filter(kind__startswith="late_interest", organization=scene.lessee)
        assert [one.kind for one in told.order_by("pk")] == ["late_interest", "late_interest_back"]
        assert format_money(-made.document.gross) == told.get(kind="late_interest_back").facts["amount"]

    def test_takes_back_what_a_credit_note_takes_away(self, scene):
        claim(scene)
        scrap(scene, 1, DUE + timedelta(days=3))
        correct(scene, at=DECEMBER)

        claim(scene)

        left = versions_of(rent(scene))
        gross = sum(one.gross_minor for one in left)
        assert gross < 246121
        assert sum(documents()) == round(gross * 14 * 0.0005)
        assert sum(one.open_minor for one in with_open(left)) == gross

    def test_of_a_debit_note_begins_when_that_is_due(self, scene):
        say(scene, 5, start=3)
        correct(scene)

        account = account_of(rent(scene), FIRST_OF_DECEMBER)

        noted = Invoice.objects.get(kind="DEBIT_NOTE", seller=scene.lessor)
        assert noted.due_on == date(2026, 11, 20)
        assert [(one.start, one.base_minor) for one in account.stretches] == [
            (late.DUE_ON, 246121),
            (noted.due_on, 246121 + noted.gross_minor),
        ]

    def test_leaves_disputed_lines_alone(self, scene):
        line = rent(scene).lines.get(component="parts")
        given = {"within": scene.lessee, "by": scene.buyer, "at": DUE + timedelta(days=1)}
        disputes.dispute(line=line, reason="Counted twice", **given)

        assert claim(scene).total_minor == 521  # 743.61 × 0.05 % × 14 days

    def test_follows_what_a_seller_conceded_before_it_is_credited(self, scene):
        line = rent(scene).lines.get(component="parts")
        given = {"within": scene.lessee, "by": scene.buyer, "at": DUE + timedelta(days=1)}
        made = disputes.dispute(line=line, reason="Counted twice", **given)
        answer = {"within": scene.lessor, "by": scene.owner, "at": DUE + timedelta(days=2)}
        disputes.answer(dispute=made, conceded_minor=38000, reason="One", **answer)
        before = account_of(rent(scene), FIRST_OF_DECEMBER).total_minor
        correct(scene, at=DECEMBER)

        assert before == account_of(rent(scene), FIRST_OF_DECEMBER).total_minor == 1422  # 2,031.81

    def test_stands_beside_the_period_and_not_in_it(self, scene):
        first = rent(scene)
        claim(scene)
        paper = Invoice.objects.get(kind="INTEREST")

        assert list(versions_of(first)) == [first]
        assert list(versions_of(paper)) == [paper]
        assert standing_of(versions_of(first)).billed == 246121
        shown = statement_of(scene.lease, first.period_start, Invoice.objects.all())
        assert paper not in [one for part in shown for one in part.versions]
        assert correct(scene, at=DECEMBER) is None
        checks.run(at=DECEMBER, by=scene.clock)
        with pytest.raises(bundles.InterestHasNoReadings):
            bundles.in_a_file(invoice=paper, within=scene.lessor, by=scene.owner, at=DECEMBER)

    @pytest.mark.parametrize("through", [date(2026, 12, 2), date(2026, 11, 30)])
    def test_is_refused_for_a_day_to_come_or_before_the_last_claim(self, scene, through):
        claim(scene)
        with pytest.raises(late_interest.InterestInvalid) as refused:
            claim(scene, through=through)
        assert [flaw.pointer for flaw in refused.value.flaws] == ["/through"]

    def test_is_for_the_seller_alone(self, scene):
        with pytest.raises(late_interest.NotTheSellerOfInterest):
            claim(scene, within=scene.lessee, by=scene.buyer)
        with pytest.raises(MissingRight):
            claim(scene, by=scene.buyer)
        assert documents() == []

    def test_asks_the_law_where_no_rate_is_agreed(self, scene):
        seller = Invoice.objects.exclude(seller=scene.lessor).get()
        announce(scene, seller=scene.platform, by=scene.finance, rate=None)

        assert account_of(seller, FIRST_OF_DECEMBER) is None  # an SME pays
        scene.lessee.kind = OrganizationKind.INSTITUTE
        scene.lessee.save()
        seller = Invoice.objects.get(pk=seller.pk)
        assert account_of(seller, FIRST_OF_DECEMBER).terms.rate is None
        made = claim(scene, invoice=seller, within=scene.platform, by=scene.finance)
        booked = dict(
            JournalLine.objects.filter(invoice=made.document).values_list("account__code", "amount_minor")
        )
        assert set(booked) == {"1122.03", "6001.02", "2221.02"}
        assert sum(booked.values()) == 0

    def test_of_an_invoice_without_terms_is_refused(self, scene):
        with pytest.raises(late_interest.NoLateInterest):
            claim(
                scene,
                invoice=Invoice.objects.exclude(seller=scene.lessor).get(),
                within=scene.platform,
                by=scene.finance,
            )


class TestWaive:
    def test_above_the_limit_waits_for_a_second_person(self, scene):
        made = waive(scene, 1000)

        assert made.state == "WAITING"
        assert claim(scene).document.gross_minor == 1723
        with pytest.raises(late_interest.SecondPersonNeeded):
            late_interest.grant(waiver=made, within=scene.lessor, by=scene.owner, at=DECEMBER)
        with pytest.raises(late_interest.WaiverWaits):
            waive(scene, 5)
        second = world.member(scene.lessor)
        late_interest.grant(waiver=made, within=scene.lessor, by=second, at=DECEMBER)
        with pytest.raises(late_interest.WaiverGranted):
            late_interest.grant(waiver=made, within=scene.lessor, by=second, at=DECEMBER)
        claim(scene)
        assert documents() == [1723, -1000]
        assert AuditEntry.objects.filter(action__startswith="interest.").count() == 4

    def test_up_to_the_limit_is_granted_at_once_but_not_in_pieces(self, scene):
        announce(scene, seller=scene.platform, by=scene.finance, waived_alone_minor=3)
        fee = Invoice.objects.exclude(seller=scene.lessor).get()
        given = {"within": scene.platform, "by": scene.finance, "at": DECEMBER, "reason": "x", "invoice": fee}

        assert late_interest.waive(amount_minor=2, **given).state == "GRANTED"
        assert late_interest.waive(amount_minor=2, **given).state == "WAITING"

    @pytest.mark.parametrize(
        ("minor", "reason", "pointer"),
        [
            (0, "x", "/amount_minor"),
            (1724, "x", "/amount_minor"),
            (5, " \x00", "/reason"),
            (5, "x" * 301, "/reason"),
        ],
    )
    def test_names_what_cannot_be(self, scene, minor, reason, pointer):
        with pytest.raises(late_interest.InterestInvalid) as refused:
            waive(scene, minor, reason)
        assert [flaw.pointer for flaw in refused.value.flaws] == [pointer]
        assert InterestWaiver.objects.count() == 0

    def test_is_for_the_seller_alone(self, scene):
        with pytest.raises(late_interest.NotTheSellerOfInterest):
            waive(scene, 5, within=scene.lessee, by=scene.buyer)
        made = waive(scene, 5)
        with pytest.raises(late_interest.NotTheSellerOfInterest):
            late_interest.grant(waiver=made, within=scene.lessee, by=scene.buyer, at=DECEMBER)


class TestDispute:
    """15.25 + 1.98 of interest, claimed on 1 December, due 15 days later."""

    @pytest.fixture
    def line(self, scene):
        return claim(scene).document.lines.get()

    def dispute(self, scene, line, at=DECEMBER):
        return disputes.dispute(line=line, reason="Paid in time", within=scene.lessee, by=scene.buyer, at=at)

    def answer(self, scene, made, minor):
        given = {"within": scene.lessor, "by": scene.owner, "at": DECEMBER}
        return disputes.answer(dispute=made, conceded_minor=minor, reason="Bank holiday", **given)

    def test_freezes_the_line_and_nobody_is_reminded_of_it(self, scene, line):
        paper, later = line.invoice, date(2027, 1, 10)
        [before] = [row for row in overdue_of(scene.lessor, later) if row.invoice == paper]
        self.dispute(scene, line)

        assert standing_of(versions_of(paper)).disputed == paper.gross_minor == 1723
        [row] = [row for row in overdue_of(scene.lessor, later) if row.invoice == paper]
        assert (before.item.asked_minor, row.item.open_minor, row.item.asked_minor) == (1723, 1723, 0)

    def test_of_a_later_claim_freezes_that_alone(self, scene, line):
        january = world.midnight("2027-01-01")
        later = claim(scene, through=date(2027, 1, 1), at=january).document
        self.dispute(scene, later.lines.get(), at=january)

        [row] = [one for one in overdue_of(scene.lessor, date(2027, 2, 10)) if one.invoice == line.invoice]
        assert (row.item.open_minor, row.item.frozen_minor) == (5538, later.gross_minor)

    @pytest.mark.parametrize(("minor", "waived"), [(100, 113), (1525, 1723)])
    def test_that_is_conceded_is_waived_with_its_tax_and_taken_back(self, scene, line, minor, waived):
        made = self.answer(scene, self.dispute(scene, line), minor)

        waiver = InterestWaiver.objects.get()
        assert (made.outcome, waiver.amount_minor, waiver.reason) == ("CONCEDED", waived, "Bank holiday")
        if waiver.state == InterestWaiver.State.WAITING:
            second = factory.member(scene.lessor, Role.FINANCE)
            late_interest.grant(waiver=waiver, within=scene.lessor, by=second, at=DECEMBER)
        claim(scene)
        assert documents() == [1723, -waived]

    def test_that_is_rejected_waives_nothing(self, scene, line):
        made = self.answer(scene, self.dispute(scene, line), 0)

        assert (made.outcome, InterestWaiver.objects.count()) == ("REJECTED", 0)
        assert standing_of(versions_of(line.invoice)).disputed == 0

    def test_that_gives_back_too_much_closes_nothing(self, scene, line):
        made = self.dispute(scene, line)
        waive(scene, 1700)

        with pytest.raises((disputes.DisputeInvalid, late_interest.WaiverWaits)):
            self.answer(scene, made, 1525)

        made.refresh_from_db()
        assert (made.outcome, InterestWaiver.objects.count()) == ("OPEN", 1)

    def test_that_gives_back_more_than_is_left_names_what_was_conceded(self, scene, line):
        made = self.dispute(scene, line)
        waiver = waive(scene, 1700)
        if waiver.state == InterestWaiver.State.WAITING:
            second = factory.member(scene.lessor, Role.FINANCE)
            late_interest.grant(waiver=waiver, within=scene.lessor, by=second, at=DECEMBER)

        with pytest.raises(disputes.DisputeInvalid) as refused:
            self.answer(scene, made, 1525)

        (flaw,) = refused.value.flaws
        assert (flaw.pointer, flaw.code) == ("/conceded_minor", "conceded_out_of_range")
        assert "0.23" in flaw.text.format(**flaw.facts)
        made.refresh_from_db()
        assert (made.outcome, InterestWaiver.objects.count()) == ("OPEN", 1)


class TestOfficialPaper:
    """Late interest is a charge beside the price, and invoiced with the tax of what was sold."""

    def kept(self, official):
        papers = Invoice.objects.filter(kind="INTEREST")
        return list(InvoiceFilter({"official": official}, queryset=papers).qs)

    def record(self, scene, paper):
        given = face_of(paper, day=FIRST_OF_DECEMBER) if paper.takes_tax_invoice else face_of(rent(scene))
        return tax_invoices.record(invoice=paper, given=given, by=scene.owner, at=DECEMBER)

    def test_of_a_claim_is_recorded_once_and_counts_as_missing_before(self, scene):
        paper = claim(scene).document
        assert (self.kept("missing"), self.kept("recorded")) == ([paper], [])

        made = self.record(scene, paper)

        assert (self.kept("missing"), self.kept("recorded")) == ([], [paper])
        assert (made.net_minor, made.tax_minor, made.red_letter) == (1525, 198, None)
        assert self.record(scene, paper) == made
        again = tax_invoices.withdraw(tax_invoice=made, why="typed wrong", by=scene.owner, at=DECEMBER)
        assert again.withdrawn_at == DECEMBER

    def test_of_what_takes_interest_back_is_refused(self, scene):
        claim(scene)
        pay(scene, 246121, PAID)
        back = claim(scene).document

        with pytest.raises(tax_invoices.InterestGivenBack):
            self.record(scene, back)

        assert not TaxInvoice.objects.exists()
        assert back not in self.kept("missing")


class TestDatabase:
    def test_keeps_documents_at_the_running_total(self, scene):
        made = claim(scene)
        with pytest.raises(IntegrityError, match="running total"), transaction.atomic():
            InterestClaim.objects.create(
                invoice=made.invoice,
                number=2,
                document=_copy(made.document),
                terms=made.terms,
                through=made.through,
                total_minor=1724,
                waived_minor=0,
                stretches=[],
                made_by=scene.owner,
                made_at=DECEMBER,
            )

    def test_knows_no_document_without_a_claim(self, scene):
        made = claim(scene)
        with pytest.raises(IntegrityError, match="has its claim"), transaction.atomic():
            _copy(made.document)
            with connection.cursor() as cursor:
                cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")

    def test_lets_nobody_grant_the_own_waiver(self, scene):
        made = waive(scene, 5)
        with pytest.raises(DatabaseError, match="another person"), transaction.atomic():
            InterestWaiver.objects.filter(pk=made.pk).update(
                state="GRANTED", granted_by=scene.owner, granted_at=DECEMBER
            )


def _copy(document):
    lines = list(document.lines.all())
    copy = Invoice.objects.get(pk=document.pk)
    copy.pk, copy.public_id, copy.number = None, "inv_copy", None
    copy.status, copy.issued_at, copy.due_on = "DRAFT", None, None
    copy.save()
    for line in lines:
        line.pk, line.invoice = None, copy
        line.save()
    copy.status, copy.issued_at, copy.due_on, copy.number = "ISSUED", DECEMBER, document.due_on, "X-1"
    copy.save()
    return copy
