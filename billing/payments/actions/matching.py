"""Run the matcher over the lines of a book's accounts: what is sure is booked, the rest waits for people."""

import logging
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from django.db import DatabaseError

from billing.actions import journals
from billing.gateway import copies
from billing.models import Book
from billing.models.ledger import Journal
from billing.models.loan_products import local_day
from billing.payments.actions import (
    allocations,
    bill_ends,
    line_bookings,
    notes,
    orders,
    recon_exceptions,
    releases,
)
from billing.payments.actions.allocations import Wanted
from billing.payments.models import BankAccount, BankLine, LineBooking, Receipt, Suggestion
from billing.payments.queries import expected
from billing.payments.rules import receipt_postings
from billing.payments.rules.matching import match
from billing.payments.rules.matching.decisions import Aim, Decision, Status
from billing.rules.journals import Dims, Entry
from marketplace.gateway.among import among
from marketplace.gateway.rows import new_row
from marketplace.gateway.transactions import atomic, is_passing
from marketplace.models import Organization, User
from marketplace.permissions import MissingRight, Permission
from marketplace.shared.errors import DomainError

AT_ONCE = 2000
logger = logging.getLogger(__name__)


def run(*, book: Book, within: Organization, by: User, at: datetime) -> int:
    """
    Match all lines of a book's accounts that wait; return how many were decided anew.

    Credit notes are settled first, then acceptance bills that a line names. All other lines are decided
    together, then written some thousands a transaction; whoever stops it in between runs it again: what was
    written is not looked at again, and the rest is decided as it would have been. Again, it changes nothing.
    Lines that are refused together are written one by one; of those that are refused alone the first error
    is raised when all others are written.

    :raises MissingRight: if ``by`` may not match payments of the book
    """
    orders.in_book(book=book, within=within, permission=Permission.PAYMENT_MATCH, by=by)
    while notes.settle(book=book, within=within, by=by, at=at):
        continue
    collected = bill_ends.collect_all(book=book, within=within, by=by, at=at)
    lines = expected.pending(book)
    if not lines:
        return collected
    decided = match(lines, expected.facts(book, lines))
    given: dict[str, Any] = {"book": book, "within": within, "by": by, "at": at}
    failures: list[Exception] = []
    for start in range(0, len(decided), AT_ONCE):
        collected += _some(decided[start : start + AT_ONCE], failures, **given)
    if failures:
        raise failures[0]
    return collected


def _some(decisions: Sequence[Decision], failures: list[Exception], **given: Any) -> int:
    """Write decisions together, or, if that is refused, one by one; return how many are new."""
    try:
        return write(decisions=decisions, **given)
    except MissingRight:
        raise
    except (DomainError, DatabaseError) as error:
        if isinstance(error, DatabaseError) and is_passing(error):
            raise
        logger.exception("%s lines from %s on are not written together", len(decisions), decisions[0].line.id)
        if len(decisions) == 1:
            failures.append(error)
            return 0
    return sum(_some([one], failures, **given) for one in decisions)


@atomic
def write(*, book: Book, decisions: Sequence[Decision], within: Organization, by: User, at: datetime) -> int:
    """
    Write what was decided of some lines, in one transaction and few statements; return how many are new.

    Under the locks it looks again: a line that was booked meanwhile, or an invoice of which less is open,
    is left to the next run.

    :raises MissingRight: if ``by`` may not match payments of the book
    """
    orders.in_book(book=book, within=within, permission=Permission.PAYMENT_MATCH, by=by)
    lines = _lines(list(BankAccount.objects.filter(book=book).locked()), decisions)
    bookings = LineBooking.objects.filter(among("bank_line", lines)).order_by()
    booked = set(bookings.values_list("bank_line", flat=True))
    fresh = [one for one in decisions if one.line.id not in booked]
    aimed = [one for one in fresh if one.target is not None and one.status is Status.AUTO]
    done = line_bookings.aim(book=book, decisions=aimed, lines=lines, by=by, at=at)
    batch = _Batch(book, lines, decisions, by, at)
    paying = [one for one in fresh if one.target is None and one.line.amount_minor > 0]
    done |= batch.receive(batch.fitting(paying))
    held = [one for one in decisions if one.line.id in booked]
    done |= batch.use_held(held)
    done |= batch.rebook([one for one in held if one.target is not None and one.target[0] is Aim.RECORDED])
    return len(done | _wait(book, decisions, lines, done, by, at))


def _lines(accounts: Sequence[BankAccount], decisions: Sequence[Decision]) -> dict[int, BankLine]:
    """Return the lines of decisions; an account is one object for all of its lines."""
    by_key = {account.pk: account for account in accounts}
    lines = BankLine.objects.filter(among("pk", [one.line.id for one in decisions])).order_by()
    for line in lines:
        line.bank_account = by_key[line.bank_account_id]
    return {line.pk: line for line in lines}


class _Batch:
    """Receipts and allocations of one transaction, with the invoices they pay under their locks."""

    def __init__(
        self, book: Book, lines: dict[int, BankLine], decisions: Sequence[Decision], by: User, at: datetime
    ) -> None:
        self.book, self.lines, self.by, self.at = book, lines, by, at
        sure = [one for one in decisions if one.status is Status.AUTO]
        self.invoices = allocations.lock_invoices(keys={s.item for one in sure for s in one.shares})
        self.opened = expected.receivables(book, list(self.invoices)) if self.invoices else {}
        owing = {one.payer for one in decisions if one.payer is not None}
        named = Organization.objects.filter(among("pk", owing)).values_list("pk", "public_id")
        self.payers: dict[int | None, Dims] = {key: Dims(party=name) for key, name in named}
        self.payers[None] = Dims()
        self.left = {key: sum(m for m in parts.values() if m > 0) for key, parts in self.opened.items()}

    def fitting(self, decisions: Iterable[Decision]) -> list[Decision]:
        """Keep decisions whose shares are still open; what they take is taken."""
        return [one for one in decisions if self._fits(one)]

    def _fits(self, one: Decision) -> bool:
        if one.status is not Status.AUTO:
            return True
        if any(share.amount_minor > self.left.get(share.item, 0) for share in one.shares):
            return False
        for share in one.shares:
            self.left[share.item] -= share.amount_minor
        return True

    def receive(self, decisions: Sequence[Decision]) -> set[int]:
        """Book lines as receipts, each with one journal, and what sure ones of them pay."""
        receipts, bookings, entries = [], [], []
        rows: list[list[Wanted]] = []
        for one in decisions:
            line = self.lines[one.line.id]
            booking = line_bookings.row_of(
                line=line, decision=one, kind=LineBooking.Kind.RECEIPT, by=self.by, at=self.at
            )
            receipt = line_bookings.receipt_of(line=line, book=self.book, payer=one.payer, at=self.at)
            wanted = _wanted(one)
            parts = [part for each in wanted for part in self._parts(each, line)]
            entries.append(
                receipt_postings.received(
                    line_bookings.head_of(line=line, book=self.book),
                    cash=line.bank_account.ledger_code,
                    parts=parts,
                    rest_minor=line.amount_minor - sum(each.amount_minor for each in wanted),
                    holding=receipt.holding,
                    payer=self.payers[one.payer],
                )
            )
            receipts.append(receipt)
            bookings.append(booking)
            rows.append(wanted)
        self._save(receipts, bookings, entries, rows)
        return {one.line.id for one in decisions}

    def _parts(self, wanted: Wanted, line: BankLine) -> list[receipt_postings.Part]:
        return allocations.parts_of(
            invoice=self.invoices.get(wanted.invoice),
            opened=self.opened,
            wanted=wanted,
            currency=line.currency,
        )

    def _save(
        self,
        receipts: list[Receipt],
        bookings: list[LineBooking],
        entries: list[Entry],
        wanted: list[list[Wanted]],
    ) -> None:
        if not receipts:
            return
        made = journals.write_new(entries=entries, at=self.at, by=self.by)
        copies.keys_for(receipts)
        for receipt, booking, journal in zip(receipts, bookings, made, strict=True):
            receipt.journal_id = booking.journal_id = journal.pk
        copies.copy_rows(receipts)
        copies.copy_rows(bookings)
        pairs = [
            (allocations.row_of(wanted=each, receipt=receipt, by=self.by, at=self.at), journal)
            for receipt, journal, group in zip(receipts, made, wanted, strict=True)
            for each in group
        ]
        for row, journal in pairs:
            row.journal_id = journal.pk
        copies.copy_rows([row for row, _ in pairs])
        self._late(bookings, made)
        paid = {key: self.invoices[key] for key in {row.invoice_id for row, _ in pairs}}
        releases.follow(book=self.book, invoices=paid, on=local_day(self.at), at=self.at, by=self.by)

    def _late(self, bookings: Sequence[LineBooking], made: Sequence[Journal]) -> None:
        """Say of lines whose day is locked that they are booked later."""
        for booking, journal in zip(bookings, made, strict=True):
            line = self.lines[booking.bank_line_id]
            line_bookings.tell_late(book=self.book, line=line, journal=journal, at=self.at)

    def use_held(self, decisions: Sequence[Decision]) -> set[int]:
        """Allocate money that was held until now, where it is sure what it pays."""
        done = set()
        sure = [one for one in decisions if one.status is Status.AUTO and one.shares]
        receipts = Receipt.objects.filter(bank_line__in=[one.line.id for one in sure]).select_related("book")
        held = {receipt.bank_line_id: receipt for receipt in receipts}
        for one in self.fitting(sure):
            receipt = held.get(one.line.id)
            if receipt is not None and receipt.left_minor == receipt.amount_minor:
                allocations.carry_out(receipt=receipt, wanted=_wanted(one), by=self.by, at=self.at)
                done.add(one.line.id)
        return done

    def rebook(self, decisions: Sequence[Decision]) -> set[int]:
        """Link money that was held until now with what people recorded of it since."""
        keys = [one.line.id for one in decisions]
        list(Receipt.objects.filter(bank_line__in=keys).locked())
        given: dict[str, Any] = {"book": self.book, "by": self.by, "at": self.at}
        return {
            one.line.id
            for one in decisions
            if line_bookings.rebook(decision=one, line=self.lines[one.line.id], **given)
        }


def _wanted(decision: Decision) -> list[Wanted]:
    """Return what a sure decision pays, with pass, score and reasons; nothing of one that waits."""
    if decision.status is not Status.AUTO:
        return []
    why = {
        "match_pass": decision.match_pass,
        "score": decision.score,
        "reasons": line_bookings.reasons_of(decision=decision),
    }
    return [Wanted(share.item, share.amount_minor, why=why) for share in decision.shares]


def _wait(
    book: Book,
    decisions: Sequence[Decision],
    lines: dict[int, BankLine],
    done: set[int],
    by: User,
    at: datetime,
) -> set[int]:
    """Write suggestions and exceptions of what a person decides; return lines of which something is new."""
    known = {
        (row.bank_line_id, str(row.plan)): row
        for row in Suggestion.objects.filter(among("bank_line", lines)).order_by("pk")
    }
    opened = {row.bank_line_id: row for row in known.values() if row.state == Suggestion.State.OPEN}
    names = line_bookings.public_ids(decisions=decisions)
    new: list[Suggestion] = []
    found: dict[int, tuple[str, dict[str, Any]] | None] = {}
    changed: set[int] = set()
    for one in decisions:
        plan = line_bookings.plan_of(decision=one, names=names) if one.status is Status.SUGGESTED else []
        waiting = opened.get(one.line.id)
        if waiting is not None and waiting.plan != plan and not waiting.decided_by:
            waiting.state, waiting.decided_at = Suggestion.State.DROPPED, at
            waiting.save(update_fields=["state", "decided_at"])
            changed.add(one.line.id)
            waiting = None
        if plan and waiting is None and (one.line.id, str(plan)) not in known:
            new.append(_suggestion(one, plan, at))
            changed.add(one.line.id)
        if one.code is not None and one.code not in line_bookings.TASKS:
            found[one.line.id] = (one.code.value, line_bookings.facts_of(decision=one, names=names))
        elif one.line.id in done or plan:
            found[one.line.id] = None
    copies.copy_rows(new)
    recon_exceptions.follow(book=book, found=found, lines=lines, by=by, at=at)
    return changed


def _suggestion(decision: Decision, plan: list[dict[str, Any]], at: datetime) -> Suggestion:
    return new_row(
        Suggestion,
        bank_line_id=decision.line.id,
        match_pass=decision.match_pass,
        score=decision.score,
        reasons=line_bookings.reasons_of(decision=decision),
        plan=plan,
        let_off_minor=sum(share.let_off_minor for share in decision.shares),
        made_at=at,
    )
