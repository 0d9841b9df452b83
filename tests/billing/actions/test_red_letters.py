"""Red letters as an accountant reads them: blue 113.00, a credit note of 11.30, who applies, who confirms."""

from dataclasses import replace
from datetime import timedelta

import pytest
from django.db import DatabaseError, connection, transaction

from billing.actions import red_letters, tax_invoices
from billing.models import RedLetter, RedLetterMove, TaxInvoice, TaxInvoiceUse
from billing.queries import note_papers, papers_wanted
from billing.rules.red_letters import Use
from billing.rules.tax_invoices import Kind, load
from marketplace.models import Notification
from marketplace.permissions import MissingRight
from tests import once
from tests.billing.red_papers import AT, BLUE, DAY, LETTER, NEXT, OWN, RED, build
from tests.billing.tax_papers import xml

HOUR = timedelta(hours=1)
papers = once.fixture(build)


@once.fixture
def blue(papers):
    return papers.blue()


@once.fixture
def note(papers, blue):
    return papers.note(-1_000, -130)


@once.fixture
def deducted(papers, blue):
    return say(papers, blue, Use.DEDUCTED)


def say(papers, blue, use, side="buyer"):
    return red_letters.say_use(tax_invoice=blue, use=use, at=AT, **papers.who(side))


def confirm(papers, letter, side="seller", at=AT):
    return red_letters.confirm(letter=letter, at=at, **papers.who(side))


def told(kind):
    return [one.organization for one in Notification.objects.filter(kind=kind)]


def moves(letter):
    return [one.move for one in letter.moves.all()]


class TestSellerAlone:
    def test_applies_needs_nobody_and_issues_the_red(self, papers, note):
        letter = papers.apply(note, remark="agreed")

        assert (letter.state, letter.lapses_at) == ("CONFIRMED", None)
        assert (letter.net_minor, letter.tax_minor) == (-1_000, -130)
        assert told("red_letter_applied") == [papers.scene.lessee]
        red = papers.record(note, RED)
        letter.refresh_from_db()
        assert (letter.state, red.gross.minor, red.red_letter) == ("ISSUED", -1_130, letter)
        assert red.face["remark"] == f"被红冲蓝字数电票号码：{BLUE} 红字发票信息确认单编号：{LETTER}"
        assert moves(letter) == ["APPLY", "ISSUE"]
        assert told("red_invoice_recorded") == [papers.scene.lessee]

    def test_the_buyer_may_not_apply_over_what_it_has_not_used(self, papers, note):
        with pytest.raises(red_letters.SellerAlone):
            papers.apply(note, "buyer")

        assert not RedLetter.objects.exists()

    def test_the_same_again_changes_nothing(self, papers, note):
        letter = papers.apply(note)

        assert papers.apply(note) == letter
        red = papers.record(note, RED)
        face = replace(papers_face(letter), number=RED, issued_on=DAY)
        assert tax_invoices.record(invoice=note, given=face, by=papers.scene.owner, at=AT) == red
        assert RedLetterMove.objects.count() == 2


def papers_face(letter):
    return load(letter.face)


class TestBuyerHasDeducted:
    def test_buyer_applies_seller_confirms_in_71_hours_red_is_issued(self, papers, deducted, note):
        letter = papers.apply(note, "buyer")

        assert (letter.state, letter.lapses_at) == ("AWAITING", AT + 72 * HOUR)
        assert told("red_letter_to_confirm") == [papers.scene.lessor]
        confirm(papers, letter, at=AT + 71 * HOUR)
        assert told("red_letter_confirmed") == [papers.scene.lessee]
        papers.record(note, RED, at=AT + 72 * HOUR)
        letter.refresh_from_db()
        assert letter.state == "ISSUED"
        assert moves(letter) == ["APPLY", "CONFIRM", "ISSUE"]

    def test_after_72_hours_it_is_void_and_is_applied_for_anew(self, papers, deducted, note):
        letter = papers.apply(note, "buyer")

        with pytest.raises(red_letters.RedLetterLapsed):
            confirm(papers, letter, at=AT + 72 * HOUR)
        letter.refresh_from_db()
        assert letter.state == "AWAITING"
        red_letters.lapse(letter=letter, by=papers.scene.clock, at=AT + 72 * HOUR - timedelta(microseconds=1))
        assert RedLetter.objects.get().state == "AWAITING"
        for _ in range(2):
            red_letters.lapse(letter=letter, by=papers.scene.clock, at=AT + 72 * HOUR)
        assert sorted(one.pk for one in told("red_letter_lapsed")) == sorted(
            [papers.scene.lessor.pk, papers.scene.lessee.pk]
        )
        with pytest.raises(red_letters.RedLetterLapsed):
            confirm(papers, letter, at=AT + 73 * HOUR)
        again = papers.apply(note, "buyer", NEXT, at=AT + 73 * HOUR)
        assert [one.state for one in RedLetter.objects.order_by("pk")] == ["LAPSED", "AWAITING"]
        assert again.lapses_at == AT + 145 * HOUR

    def test_applying_anew_does_not_wait_for_the_clock(self, papers, deducted, note):
        late = papers.apply(note, "buyer")

        papers.apply(note, "seller", LETTER, at=AT + 72 * HOUR)

        late.refresh_from_db()
        assert (late.state, moves(late)) == ("LAPSED", ["APPLY", "LAPSE"])

    def test_the_seller_applies_and_the_buyer_refuses(self, papers, deducted, note):
        letter = papers.apply(note)

        red_letters.refuse(letter=letter, why="not agreed", at=AT, **papers.who("buyer"))

        assert told("red_letter_refused") == [papers.scene.lessor]
        assert letter.moves.last().why == "not agreed"
        with pytest.raises(red_letters.RedLetterElsewhere):
            confirm(papers, letter, "buyer")
        assert papers.apply(note, number=LETTER).state == "AWAITING"

    def test_who_applied_revokes_and_does_not_confirm(self, papers, deducted, note):
        letter = papers.apply(note, "buyer")
        for act in (lambda: confirm(papers, letter, "buyer"), lambda: revoke(papers, letter, "seller")):
            with pytest.raises(red_letters.NotYourMove):
                act()
        assert moves(letter) == ["APPLY"]
        confirm(papers, letter)

        revoke(papers, letter, "buyer")

        assert moves(RedLetter.objects.get()) == ["APPLY", "CONFIRM", "REVOKE"]
        assert told("red_letter_revoked") == [papers.scene.lessor]


def revoke(papers, letter, side):
    return red_letters.revoke(letter=letter, why="", at=AT, **papers.who(side))


class TestHowMuch:
    def test_two_partial_reds_never_exceed_the_blue(self, papers, blue):
        """Blue 113.00, debit 22.60 without its own e-invoice yet, credits 101.70 and 22.60: 11.30 is left."""
        papers.note(2_000, 260)
        first, second = papers.note(-9_000, -1_170), papers.note(-2_000, -260)
        papers.apply(first)

        with pytest.raises(red_letters.BeyondTheBlue) as caught:
            papers.apply(second, number=NEXT)

        assert caught.value.facts == {"amount": "11.30", "rate": "13 %"}
        assert RedLetter.objects.count() == RedLetterMove.objects.count() == 1

    def test_the_second_takes_from_the_e_invoice_of_the_debit_note_as_well(self, papers, blue):
        debit = papers.note(2_000, 260)
        own = papers.blue(debit, OWN)
        first, second = papers.note(-9_000, -1_170), papers.note(-2_000, -260)
        papers.apply(first)

        one = papers.apply(second, number=NEXT)
        other = papers.apply(second, number="32059426111000000003")

        assert [(x.blue, x.net_minor, x.tax_minor) for x in (one, other)] == [
            (blue, -1_000, -130),
            (own, -1_000, -130),
        ]
        with pytest.raises(red_letters.NothingToRedLetter):
            papers.apply(second, number="32059426111000000004")

    def test_a_rate_that_rises_needs_a_blue_of_its_own(self, papers, blue):
        mixed = papers.note(-1_000, -130, "0.13", (500, 30, "0.06"))

        letter = papers.apply(mixed)
        assert [one.face.gross_minor for one in papers_wanted(mixed, kind=Kind.SPECIAL)] == [-1_130, 530]
        papers.record(mixed, RED)
        own = papers.record(mixed, OWN)

        assert (letter.gross.minor, own.gross.minor, own.red_letter) == (-1_130, 530, None)
        assert note_papers(mixed).parts == []

    @pytest.mark.parametrize("what", ["invoice", "debit"])
    def test_nothing_that_takes_nothing_back_has_one(self, papers, blue, what):
        about = papers.invoice if what == "invoice" else papers.note(1_000, 130)

        with pytest.raises(red_letters.NothingToRedLetter):
            papers.apply(about)

        assert not RedLetter.objects.exists()


class TestNetting:
    """A note that was issued before the first official e-invoice is part of it."""

    def test_the_first_official_e_invoice_takes_the_note_in(self, papers):
        note = papers.note(-1_000, -130)
        with pytest.raises(red_letters.NettedFirst):
            papers.apply(note)

        blue = papers.blue()

        assert (blue.gross.minor, blue.through) == (10_170, 2)
        assert note.number in blue.face["remark"]
        with pytest.raises(red_letters.NettedFirst):
            papers.apply(note)
        with pytest.raises(tax_invoices.NoPaperYet):
            tax_invoices.record_typed(invoice=note, **typed(papers, -1_130))

    def test_what_was_asked_for_before_the_note_is_found_and_the_note_red_lettered(self, papers):
        note = papers.note(-1_000, -130)

        blue = tax_invoices.record_typed(invoice=papers.invoice, **typed(papers, 11_300, BLUE))

        assert (blue.gross.minor, blue.through) == (11_300, 1)
        assert papers.apply(note).state == "CONFIRMED"

    def test_a_note_that_takes_all_back_leaves_nothing_to_ask_for_but_the_whole(self, papers):
        papers.note(-10_000, -1_300)

        found = papers_wanted(papers.invoice, kind=Kind.SPECIAL)

        assert [one.face.gross_minor for one in found] == [11_300]

    def test_the_record_again_stops_before_a_note_with_its_own(self, papers, blue):
        papers.blue(papers.note(1_000, 130), OWN)

        tax_invoices.withdraw(tax_invoice=blue, why="typed wrong", by=papers.scene.owner, at=AT)

        assert [one.through for one in papers_wanted(papers.invoice, kind=Kind.SPECIAL)] == [1]
        assert papers.blue(number=RED).through == 1


def typed(papers, gross, number=RED):
    who = {"by": papers.scene.owner, "at": AT}
    return {"kind": Kind.SPECIAL, "number": number, "issued_on": DAY, "gross_minor": gross} | who


class TestRedPaper:
    def test_is_read_from_the_xml_with_blue_and_confirmation_in_its_remark(self, papers, note):
        letter = papers.apply(note)
        face = replace(papers_face(letter), number=RED, issued_on=DAY)
        bare, whole = xml(face), xml(face, extra=f"<Remark>{face.remark}</Remark>")

        with pytest.raises(tax_invoices.TaxInvoiceInvalid) as caught:
            tax_invoices.record_file(invoice=note, data=bare, by=papers.scene.owner, at=AT)
        assert [flaw.pointer for flaw in caught.value.flaws] == ["/remark"]
        assert TaxInvoice.objects.count() == 1

        made = tax_invoices.record_file(invoice=note, data=whole, by=papers.scene.owner, at=AT)
        assert [one.form for one in made.documents.all()] == ["XML"]

    def test_comes_after_its_red_letter_alone(self, papers, note):
        with pytest.raises(tax_invoices.NoPaperYet):
            tax_invoices.record_typed(invoice=note, **typed(papers, -1_130))
        face = replace(papers_face(papers.invoice.tax_invoices.get()), number=RED, issued_on=DAY)
        with pytest.raises(tax_invoices.NoPaperYet):
            tax_invoices.record(invoice=note, given=face, by=papers.scene.owner, at=AT)
        papers.apply(note)
        for number, gross in (("1", -1_130), (RED, 1_130), (RED, -1_131)):
            with pytest.raises(tax_invoices.TaxInvoiceInvalid):
                tax_invoices.record_typed(invoice=note, **typed(papers, gross, number))

        assert TaxInvoice.objects.count() == 1

    def test_taken_back_opens_its_letter_again(self, papers, blue, note):
        letter = papers.apply(note)
        red = tax_invoices.record_typed(invoice=note, **typed(papers, -1_130))
        assert tax_invoices.record_typed(invoice=note, **typed(papers, -1_130)) == red
        who = {"by": papers.scene.owner, "at": AT}
        with pytest.raises(tax_invoices.RedLetterOver):
            tax_invoices.withdraw(tax_invoice=blue, why="x", **who)

        tax_invoices.withdraw(tax_invoice=red, why="typed wrong", **who)

        assert moves(letter) == ["APPLY", "ISSUE", "REOPEN"]
        assert papers.record(note, OWN).gross.minor == -1_130


class TestUse:
    def test_is_said_once_and_taken_back_by_the_buyer_alone(self, papers, blue):
        say(papers, blue, Use.BOOKED, "seller")
        say(papers, blue, Use.BOOKED)
        with pytest.raises(red_letters.BuyersWord):
            say(papers, blue, Use.NONE, "seller")
        assert say(papers, blue, Use.NONE).use == Use.NONE
        assert [one.use for one in TaxInvoiceUse.objects.all()] == ["BOOKED", "NONE"]

    def test_does_not_change_under_a_red_letter_nor_of_a_red_paper(self, papers, blue, note):
        letter = papers.apply(note)
        with pytest.raises(red_letters.RedLetterStands):
            say(papers, blue, Use.DEDUCTED)
        red = papers.record(note, RED)
        with pytest.raises(red_letters.UseOfNoBlue):
            say(papers, red, Use.DEDUCTED)
        assert not TaxInvoiceUse.objects.exists()
        letter.refresh_from_db()
        assert (say(papers, blue, Use.DEDUCTED).use, letter.state) == (Use.DEDUCTED, "ISSUED")


class TestRefusals:
    @pytest.mark.parametrize(("number", "remark"), [("1", ""), (LETTER + "1", ""), (LETTER, "x" * 201)])
    def test_number_and_remark(self, papers, note, number, remark):
        with pytest.raises(red_letters.RedLetterInvalid):
            papers.apply(note, number=number, remark=remark)
        assert not RedLetter.objects.exists()

    def test_a_reason_that_is_too_long(self, papers, deducted, note):
        letter = papers.apply(note)
        with pytest.raises(red_letters.RedLetterInvalid):
            red_letters.refuse(letter=letter, why="x" * 201, at=AT, **papers.who("buyer"))
        assert moves(letter) == ["APPLY"]

    def test_a_number_that_stands_elsewhere(self, papers, note):
        papers.apply(note)
        with pytest.raises(red_letters.RedNumberUsed):
            papers.apply(papers.note(-500, -65))
        assert RedLetter.objects.count() == 1

    def test_who_is_no_side(self, papers, blue, deducted, note):
        platform = {"within": papers.scene.platform, "by": papers.scene.finance}
        letter = papers.apply(note)
        for act in (
            lambda: papers_apply(note, platform),
            lambda: red_letters.confirm(letter=letter, at=AT, **platform),
            lambda: red_letters.say_use(tax_invoice=blue, use=Use.BOOKED, at=AT, **platform),
        ):
            with pytest.raises(red_letters.NotASide):
                act()
        stranger = {"within": papers.scene.lessor, "by": papers.scene.buyer}
        for act in (
            lambda: papers_apply(note, stranger),
            lambda: red_letters.confirm(letter=letter, at=AT, **stranger),
            lambda: red_letters.refuse(letter=letter, why="", at=AT, **stranger),
            lambda: red_letters.revoke(letter=letter, why="", at=AT, **stranger),
            lambda: red_letters.say_use(tax_invoice=blue, use=Use.BOOKED, at=AT, **stranger),
            lambda: red_letters.lapse(letter=letter, by=papers.scene.buyer, at=AT),
        ):
            with pytest.raises(MissingRight):
                act()
        assert (RedLetterMove.objects.count(), TaxInvoiceUse.objects.count()) == (1, 1)


def papers_apply(note, who):
    return red_letters.apply(note=note, number=NEXT, reason="ALLOWANCE", remark="", at=AT, **who)


class TestDatabase:
    @pytest.mark.parametrize(
        "changes",
        [{"net_minor": -1}, {"number": NEXT}, {"face": {}}, {"state": "LAPSED"}, {"state": "ISSUED"}],
    )
    def test_lets_a_letter_move_by_the_table_alone(self, papers, note, changes):
        papers.apply(note)

        with pytest.raises(DatabaseError, match="is no move"), transaction.atomic():
            RedLetter.objects.update(**changes)

    def test_keeps_history_and_use(self, papers, deducted, note):
        letter = papers.apply(note)
        for rows in (RedLetterMove.objects, TaxInvoiceUse.objects):
            with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
                rows.update(by="x")
            with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
                rows.all().delete()
        with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
            RedLetter.objects.filter(pk=letter.pk)._raw_delete("default")
        with pytest.raises(DatabaseError, match="last move"), transaction.atomic():
            RedLetter.objects.update(state="REVOKED")
            now()

    @pytest.mark.parametrize("part", [-10_001, -1_001])
    def test_refuses_more_than_blue_or_note_have(self, papers, note, part):
        letter = papers.apply(note)
        revoke(papers, letter, "seller")
        item = letter.face["items"][0] | {"net_minor": part}
        given = {
            name: getattr(letter, name) for name in ("note", "blue", "reason", "applicant", "applied_at")
        }

        with pytest.raises(DatabaseError, match="at most"), transaction.atomic():
            face = letter.face | {"items": [item]}
            sums = {"net_minor": part, "tax_minor": -130}
            RedLetter.objects.create(number=NEXT, face=face, state="CONFIRMED", **sums, **given)

    def test_refuses_a_letter_over_a_later_or_withdrawn_e_invoice(self, papers, blue, note):
        letter = papers.apply(note)
        revoke(papers, letter, "seller")
        tax_invoices.withdraw(tax_invoice=blue, why="x", by=papers.scene.owner, at=AT)
        letter.pk, letter.public_id, letter.state = None, "red_x", "CONFIRMED"

        with pytest.raises(DatabaseError, match="earlier e-invoice"), transaction.atomic():
            letter.save(force_insert=True)

    def test_refuses_a_red_e_invoice_whose_letter_is_not_issued_with_it(self, papers, blue, note):
        papers.apply(note)
        red = papers.record(note, RED)
        with pytest.raises(DatabaseError, match="while its red"), transaction.atomic():
            TaxInvoice.objects.filter(pk=red.pk).update(withdrawn_at=AT, withdrawn_by="x", withdrawn_why="x")
            now()
        with pytest.raises(DatabaseError, match="stands over"), transaction.atomic():
            TaxInvoice.objects.filter(pk=blue.pk).update(withdrawn_at=AT, withdrawn_by="x", withdrawn_why="x")


def now():
    """Ask deferred constraints now."""
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
