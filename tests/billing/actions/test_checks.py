"""The standing checks: whole books break none; each breach is named with its two figures, and only that."""

from datetime import date, timedelta

import pytest

from billing.actions import corrections, deposit_bookings, disputes, journals, rechaining, sealing
from billing.models import (
    BillingMark,
    Book,
    CheckFinding,
    CheckResult,
    Correction,
    InvoiceLineUsage,
    Journal,
    JournalLine,
    NumberSequence,
    Seal,
    UsageWindow,
)
from billing.rules.checks import CHECKS
from marketplace.shared.ids import new_id
from tests import once
from tests.billing import world
from tests.billing.actions.test_corrections import LATER, OCTOBER
from tests.billing.broken import NIGHT, break_, copied, fee, found, note_of, rent, run, settle
from tests.billing.ledger.world import payable_to

scene = once.fixture(settle)


def book_deposits(scene):
    """Book the deposits as the clock does every hour, and seal all books."""
    assert deposit_bookings.catch_up(at=LATER, by=scene.clock)
    for book in Book.objects.all():
        sealing.seal(book=book, at=LATER + timedelta(hours=1), by=scene.clock)


class TestWholeBooks:
    def test_break_no_rule(self, scene):
        assert note_of(rent(scene)).gross_minor > 0

        book_deposits(scene)

        made = run(scene)

        assert {one.code: (one.count, one.failure) for one in made.results.all()} == dict.fromkeys(
            CHECKS, (0, "")
        )
        assert not CheckFinding.objects.exists()

    def test_break_none_after_a_credit_and_a_concession(self, scene):
        line = rent(scene).lines.earliest("position")
        raised = disputes.dispute(line=line, reason="wrong", within=scene.lessee, by=scene.buyer, at=LATER)
        disputes.answer(
            dispute=raised, conceded_minor=100, reason="so", within=scene.lessor, by=scene.owner, at=LATER
        )
        made = corrections.correct(lease=scene.lease, period=OCTOBER, at=LATER, by=scene.clock)
        assert made.outcome == Correction.Outcome.NOTED
        book_deposits(scene)

        assert not [one for one in run(scene).results.all() if one.count or one.failure]


class TestInvoices:
    def test_whose_lines_do_not_add_up_are_named(self, scene):
        invoice = fee(scene)
        line = invoice.lines.get()
        changed = "UPDATE billing_invoiceline SET tax_minor = tax_minor + 1, gross_minor = gross_minor + 1"
        break_(f"{changed} WHERE id = %s", line.pk)

        assert found(scene, "lines_add_up") == [
            (invoice.public_id, invoice.gross_minor + 1, invoice.gross_minor)
        ]
        told = CheckFinding.objects.get()
        assert (told.seller, told.lease, told.invoice) == (scene.platform, scene.lease, invoice)
        assert invoice.number in told.about

    @pytest.mark.parametrize("column", ["net_minor", "tax_minor"])
    def test_of_which_a_part_alone_is_wrong_show_that_part(self, scene, column):
        invoice, other = fee(scene), {"net_minor": "tax_minor", "tax_minor": "net_minor"}[column]
        was = getattr(invoice, column)
        break_(
            f"UPDATE billing_invoice SET {column} = {column} + 1, {other} = {other} - 1 WHERE id = %s",
            invoice.pk,
        )

        [(subject, expected, seen)] = found(scene, "lines_add_up")

        moved = 1 if column == "net_minor" else -1
        assert (subject, seen - expected) == (invoice.public_id, moved)
        assert was

    def test_whose_notes_do_not_add_up_are_named(self, scene):
        note = note_of(rent(scene))
        last = note.lines.earliest("position")
        said = last.facts["after"]["net_minor"]
        changed = "UPDATE billing_invoiceline SET net_minor = net_minor - 7, gross_minor = gross_minor - 7"
        first = rent(scene).lines.get(component=last.component, tax_category=last.tax_category)
        break_(f"{changed} WHERE id = %s", first.pk)

        assert found(scene, "notes_add_up") == [(f"{note.public_id}:{last.pk}", said, said - 7)]

    def test_that_lost_a_version_are_named(self, scene):
        note = note_of(rent(scene))
        break_("UPDATE billing_invoice SET version = 3 WHERE id = %s", note.pk)

        assert found(scene, "notes_add_up") == [(f"{note.public_id}:versions", 3, 2)]

    def test_of_which_more_is_credited_than_billed_are_named(self, scene):
        invoice = fee(scene)
        billed = invoice.gross_minor
        break_(
            "UPDATE billing_invoice SET kind = 'CREDIT_NOTE', net_minor = %s, tax_minor = 0, "
            "gross_minor = %s WHERE id = %s",
            -billed - 3,
            -billed - 3,
            note_of(invoice).pk,
        )

        assert found(scene, "credit_within_billed") == [(invoice.public_id, billed, billed + 3)]

    def test_whose_numbers_have_a_gap_are_named(self, scene):
        note = note_of(rent(scene))
        break_("UPDATE billing_invoice SET number = 'X-2026-000009' WHERE id = %s", note.pk)

        assert found(scene, "numbers_gapless") == [(f"{scene.lessor.public_id}:2026", 2, 2)]
        assert CheckFinding.objects.get().facts["missing"] == "2"

    def test_whose_count_went_back_are_named(self, scene):
        NumberSequence.objects.filter(seller=scene.lessor).update(last=1)

        assert found(scene, "numbers_gapless") == [(f"{scene.lessor.public_id}:2026", 1, 2)]

    def test_billed_at_another_price_are_named(self, scene):
        note = note_of(rent(scene))
        line = note.lines.earliest("position")
        rated = line.facts["after"]["net_minor"]
        break_("UPDATE billing_invoiceline SET net_minor = net_minor + 50, gross_minor = gross_minor + 50 "
               "WHERE id = %s", line.pk)  # fmt: skip

        assert found(scene, "billed_as_rated") == [(f"{note.public_id}:{line.component}", rated, rated + 50)]

    def test_billed_at_another_tax_are_named(self, scene):
        line = note_of(rent(scene)).lines.earliest("position")
        rated = line.facts["after"]["tax_minor"]
        break_("UPDATE billing_invoiceline SET tax_minor = tax_minor + 1, gross_minor = gross_minor + 1 "
               "WHERE id = %s", line.pk)  # fmt: skip

        assert [row[1:] for row in found(scene, "billed_as_rated")] == [(rated, rated + 1)]

    def test_that_cannot_be_rated_are_named_and_the_others_rated(self, scene):
        note = note_of(rent(scene))
        break_("UPDATE billing_invoice SET recorded = '[{}]' WHERE id = %s", note.pk)

        assert found(scene, "billed_as_rated") == [(f"{note.public_id}:KeyError", 0, note.gross_minor)]


class TestUse:
    def usage(self, scene):
        """Return the newest day that is billed with use, and the link of its line."""
        link = InvoiceLineUsage.objects.filter(
            line__invoice=note_of(rent(scene)), window_set__quantity__gt=0
        ).latest("window_set__version")
        return link.window_set, link

    def other(self, scene, **changes):
        """Bill the same day to somebody once more, past all that forbids it."""
        day, link = self.usage(scene)
        line = link.line
        invoice = copied(
            rent(scene), public_id=new_id("inv"), number=f"Y-{len(changes)}", **changes.get("invoice", {})
        )
        again = copied(line, invoice=invoice)
        return day, again

    def test_billed_in_two_periods_is_named(self, scene):
        later = {"period_start": OCTOBER.end, "period_end": OCTOBER.end + timedelta(days=30)}
        day, line = self.other(scene, invoice=later)
        copied(InvoiceLineUsage(), line=line, window_set=day)

        [(subject, expected, times)] = found(scene, "use_billed_once")

        assert subject == f"{scene.unit.public_id}:{day.device_id}:{day.meter}:{day.local_day}"
        assert (expected, times) == (1, 2)

    def test_billed_to_two_leases_is_named_by_the_later_unit(self, scene):
        second = world.build("mazak01")
        day, line = self.other(scene, invoice={"lease": second.lease})
        windows = list(UsageWindow.objects.filter(set=day, quantity__gt=0))
        assert windows
        twin = copied(day, unit=second.unit)
        for window in windows:
            copied(window, set=twin)
        copied(InvoiceLineUsage(), line=line, window_set=twin)

        [(subject, expected, times)] = found(scene, "use_billed_once")

        assert subject.startswith(f"{second.unit.public_id}:")
        assert (expected, times) == (1, 2)

    def test_of_a_billed_period_that_was_forgotten_is_named(self, scene):
        day, _ = self.usage(scene)
        break_("DELETE FROM billing_invoicelineusage WHERE window_set_id = %s", day.pk)
        break_("DELETE FROM billing_correctedday WHERE after_id = %s", day.pk)

        soon = found(scene, "use_not_forgotten", at=day.created_at + timedelta(hours=1))
        assert soon == []  # the correction has its time first
        assert found(scene, "use_not_forgotten") == [
            (f"{scene.lease.public_id}:{day.meter}:2026-10-15", day.quantity, 0)
        ]

    def test_before_the_mark_and_in_no_period_is_named(self, scene):
        day, _ = self.usage(scene)
        gone = copied(day, local_day=date(2026, 11, 5), version=1)
        assert found(scene, "use_not_forgotten") == []
        BillingMark.objects.update(billed_to=world.midnight("2026-12-01"))

        assert found(scene, "use_not_forgotten") == [
            (f"{scene.lease.public_id}:{day.meter}:between", gone.quantity, 0)
        ]


class TestBooks:
    def test_without_the_journal_of_an_invoice_name_it(self, scene):
        invoice = fee(scene)
        journal = Journal.objects.get(source_id=invoice.public_id)
        for table in ("seal", "journalline"):
            break_(f"DELETE FROM billing_{table} WHERE journal_id = %s", journal.pk)
        break_("DELETE FROM billing_journal WHERE id = %s", journal.pk)

        assert found(scene, "invoices_booked") == [(invoice.public_id, invoice.gross_minor, 0)]
        assert found(scene, "tax_as_booked") == []  # it is named once

    def test_with_another_tax_than_the_invoice_name_both(self, scene):
        invoice = fee(scene)
        lines = JournalLine.objects.filter(journal__source_id=invoice.public_id)
        change = "UPDATE billing_journalline SET amount_minor = amount_minor + %s WHERE id = %s"
        break_(change, 2, lines.get(account__code="2221.02").pk)
        break_(change, -2, lines.get(account__code="6001.02").pk)

        assert found(scene, "tax_as_booked") == [
            (f"{invoice.public_id}:2221.02", invoice.tax_minor, invoice.tax_minor - 2)
        ]
        assert found(scene, "invoices_booked") == []
        assert found(scene, "journals_balance") == []

    def test_with_a_journal_out_of_balance_name_it(self, scene):
        journal = Journal.objects.earliest("pk")
        break_(
            "UPDATE billing_journalline SET amount_minor = amount_minor + 5 WHERE id = %s",
            journal.lines.earliest("pk").pk,
        )

        assert found(scene, "journals_balance") == [(f"{journal.public_id}:CNY", 0, 5)]

    def test_with_a_journal_without_lines_name_it(self, scene):
        journal = Journal.objects.earliest("pk")
        break_("DELETE FROM billing_journalline WHERE journal_id = %s", journal.pk)

        assert found(scene, "journals_balance") == [(journal.public_id, 0, 0)]

    def test_with_another_balance_than_their_lines_name_the_account(self, scene):
        break_("UPDATE billing_accountbalance SET balance_minor = 499")

        [(subject, expected, held)] = found(scene, "floors_as_booked")

        assert subject.startswith("account:")
        assert (expected, held) == (500, 499)

    def test_with_a_journal_that_was_changed_after_its_seal_name_it(self, scene):
        journal = Journal.objects.earliest("pk")
        break_("UPDATE billing_journal SET memo = 'other' WHERE id = %s", journal.pk)

        assert [row[0] for row in found(scene, "chain_whole")] == [f"P:{journal.public_id}"]
        assert "not those that were posted" in CheckFinding.objects.get().about

    def test_with_a_seal_that_was_lost_name_the_one_behind_it(self, scene):
        behind = Journal.objects.get(seal__number=3)
        break_("DELETE FROM billing_seal WHERE number = 2")

        assert found(scene, "chain_whole") == [(f"P:{behind.public_id}", 0, 1)]
        assert "number 3 follows 1" in CheckFinding.objects.get().about
        assert CheckResult.objects.get().count == 1

    def test_with_a_seal_on_another_than_the_last_name_it(self, scene):
        journal = Journal.objects.get(seal__number=2)
        break_("UPDATE billing_seal SET prev_hash = repeat('f', 64) WHERE number = 2")

        assert found(scene, "chain_whole") == [(f"P:{journal.public_id}", 0, 1)]

    def test_that_are_old_are_computed_again_in_their_turn_and_while_a_fault_stands(self, scene):
        book, last = Book.objects.get(), Seal.objects.latest("number").number
        later = [NIGHT + timedelta(days=day) for day in range(30)]

        def numbers(at):
            return [
                number
                for after, upto in rechaining.stretches(book=book, at=at, since=NIGHT)
                for number in range(after + 1, (last if upto is None else upto) + 1)
            ]

        assert rechaining.stretches(book=book, at=NIGHT, since=None) == [(0, None)]
        assert sorted(number for at in later for number in numbers(at)) == list(range(1, last + 1))
        assert rechaining.stretches(book=book, at=NIGHT, since=LATER)[0] == (0, None)
        journal = Journal.objects.earliest("pk")
        break_("UPDATE billing_journal SET memo = 'other' WHERE id = %s", journal.pk)
        assert len(found(scene, "chain_whole")) == 1
        quiet = next(at for at in later if rechaining.stretches(book=book, at=at, since=NIGHT)[1][0] > 0)

        assert len(found(scene, "chain_whole", at=quiet)) == 1
        assert CheckFinding.objects.count() == 1

    def test_that_nobody_seals_are_named(self, scene):
        journals.post(entry=payable_to(scene.lessor, 1, "more"), at=LATER, by=scene.finance)

        assert found(scene, "sealer_keeps_up", at=LATER + timedelta(minutes=59)) == []
        assert found(scene, "sealer_keeps_up") == [("P", 0, 1)]
