"""Settlements with an authority: drawn up and submitted, answered and paid, by two people each time."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime
from typing import Any, Protocol

from django.utils.translation import gettext_noop

from billing.actions import books, journals
from billing.actions.subsidies import check, require_operator
from billing.actions.subsidy_grants import SOURCE, dims_of, head_of, receivable_of
from billing.models import Book, Invoice, SubsidyItem, SubsidyProgramme, SubsidySettlement, SubsidyStep
from billing.models.loan_products import local_day
from billing.queries import owed_to_lessees, subsidies_to_ask
from billing.rules import posting
from billing.rules.events import Event
from billing.rules.journals import Dims, Entry
from billing.rules.posting import Head
from billing.rules.subsidy_states import TABLE, Move, Status, can, moves_for
from billing.rules.subsidy_terms import (
    LONGEST_REFERENCE,
    Mode,
    flaw,
    text_flaws,
    yuan_text,
)
from leasing.actions import steps
from marketplace.actions import audit
from marketplace.gateway.transactions import atomic
from marketplace.models import Organization, User
from marketplace.shared.errors import Flaw, NotAllowed, NotPossible

PEOPLE = {
    Move.DRAFT: "drafted_by",
    Move.SUBMIT: "submitted_by",
    Move.CONFIRM: "confirmed_by",
    Move.PAY: "paid_by",
    Move.HAND_ON: "handed_by",
}


class PaidToo(Protocol):
    """What a room above does once an authority paid its part of invoices: their keys, locked."""

    def __call__(
        self, *, book: Book, invoices: Collection[int], on: date, at: datetime, by: User
    ) -> object: ...


paid_too: list[PaidToo] = []


class SubsidyMonthSettled(NotPossible):
    """A settlement of the month is there."""

    code = "subsidy_month_settled"
    text = gettext_noop("{month} is settled already. What came later goes with the next month.")


class NothingToSettle(NotPossible):
    """Nothing, or less than nothing, is to be asked for."""

    code = "nothing_to_settle"
    text = gettext_noop(
        "There is nothing to ask the authority for by the end of {month}. What lessees claim is asked for "
        "once they have paid; what is taken back waits for a month with more."
    )


class SubsidyMoveRefused(NotPossible):
    """The state of the settlement does not allow the move; ``allowed`` names those that it does."""

    code = "subsidy_move_refused"
    text = gettext_noop("This settlement is in the state “{status}”, which does not allow that.")


class SubsidyNeedsAnother(NotAllowed):
    """Two people each time."""

    code = "subsidy_needs_another_person"
    text = gettext_noop("Another person does this than the one who did the step before it.")


@atomic
def draft(
    *, programme: SubsidyProgramme, month: date, within: Organization, by: User, at: datetime
) -> SubsidySettlement:
    """
    Draw up what to ask for of a month that is over: all that was granted by its end and not asked for.

    ``month`` is any day of it.

    :raises MissingRight: if ``by`` may not manage the programme
    :raises SubsidyInvalid: if the month is not over
    :raises SubsidyMonthSettled: if a settlement of it stands
    :raises NothingToSettle: if there is nothing, or less than nothing, to ask for
    """
    require_operator(programme=programme, within=within, by=by)
    first = month.replace(day=1)
    if local_day(at).replace(day=1) <= first:
        check(flaws=[flaw("/month", "subsidy_month_not_over")])
    SubsidyProgramme.objects.locked().get(pk=programme.pk)
    standing = SubsidySettlement.objects.filter(programme=programme, month=first).exclude(status="DROPPED")
    shown = f"{first:%Y-%m}"
    if standing.exists():
        raise SubsidyMonthSettled(month=shown)
    found = subsidies_to_ask(programme, _month_after(first))
    total = sum(one.amount_minor for one in found)
    if total <= 0:
        raise NothingToSettle(month=shown)
    made = SubsidySettlement.objects.create(
        programme=programme, month=first, total_minor=total, drafted_by=by.public_id, drafted_at=at
    )
    SubsidyItem.objects.bulk_create(
        SubsidyItem(settlement=made, grant=one, amount_minor=one.amount_minor) for one in found
    )
    _write_down(made, Move.DRAFT, "", within, by, at)
    return made


@atomic
def drop(
    *, settlement: SubsidySettlement, reason: str, within: Organization, by: User, at: datetime
) -> SubsidySettlement:
    """
    Drop a settlement that is not answered; its month can be drawn up anew.

    One that was submitted is taken back from the authority so, as when the answer comes to less than nothing.

    :raises MissingRight: if ``by`` may not manage the programme
    :raises SubsidyMoveRefused: if it is answered, or dropped
    :raises SubsidyInvalid: if there is no reason
    """
    found = _begin(settlement, Move.DROP, within, by)
    check(flaws=text_flaws("/reason", reason))
    _carry_out(found, Move.DROP, within, by, at, reason=reason.strip())
    found.items.update(stands=False)
    return found


@atomic
def submit(
    *, settlement: SubsidySettlement, within: Organization, by: User, at: datetime
) -> SubsidySettlement:
    """
    Submit what somebody else drew up; from now on the list does not change.

    :raises MissingRight: if ``by`` may not manage the programme
    :raises SubsidyMoveRefused: if it is not a draft
    :raises SubsidyNeedsAnother: if ``by`` drew it up
    """
    return _carry_out(_begin(settlement, Move.SUBMIT, within, by), Move.SUBMIT, within, by, at)


@atomic
def confirm(
    *,
    settlement: SubsidySettlement,
    answer: str,
    lower: Sequence[Mapping[str, Any]],
    within: Organization,
    by: User,
    at: datetime,
) -> SubsidySettlement:
    """
    Write the authority's answer down, and book it.

    ``answer`` is the number of its paper. ``lower`` names the items of which less is confirmed: ``item``,
    ``confirmed_minor`` in fen, ``reason``; all others are confirmed as asked. What was prepaid and is not
    confirmed is owed by the lessee again.

    :raises MissingRight: if ``by`` may not manage the programme
    :raises SubsidyMoveRefused: if it is not submitted
    :raises SubsidyInvalid: with every fault at its field
    """
    found = _begin(settlement, Move.CONFIRM, within, by)
    items = list(_items(found))
    said = {one["item"]: one for one in lower}
    flaws = text_flaws("/answer", answer, most=LONGEST_REFERENCE)
    check(flaws=flaws + _answer_flaws(items, lower))
    for item in items:
        one = said.get(item.public_id)
        item.confirmed_minor = one["confirmed_minor"] if one else item.amount_minor
        item.reason = one["reason"].strip() if one and item.refused_minor else ""
    total = sum(item.confirmed_minor or 0 for item in items)
    if total < 0:
        check(flaws=[flaw("/lower", "subsidy_answer_below_nothing")])
    SubsidyItem.objects.bulk_update(items, ["confirmed_minor", "reason"])
    found.confirmed_minor, found.answer = total, answer.strip()
    _carry_out(found, Move.CONFIRM, within, by, at)
    journals.write(entries=_answered(found, items, at), at=at, by=by)
    return found


@atomic
def pay(
    *,
    settlement: SubsidySettlement,
    paid_on: date,
    bank_reference: str,
    within: Organization,
    by: User,
    at: datetime,
) -> SubsidySettlement:
    """
    Write down that the authority paid what it confirmed, as the bank's paper shows, and book it.

    What is prepaid of invoices counts as paid from now on, so their owners' shares are freed (``paid_too``).

    :raises MissingRight: if ``by`` may not manage the programme
    :raises SubsidyMoveRefused: if it is not confirmed
    :raises SubsidyNeedsAnother: if ``by`` wrote the answer down
    :raises SubsidyInvalid: if the day has not come, or there is no reference
    """
    found = _begin(settlement, Move.PAY, within, by)
    flaws = text_flaws("/bank_reference", bank_reference, most=LONGEST_REFERENCE)
    if paid_on > local_day(at):
        flaws.append(flaw("/paid_on", "subsidy_day_not_come"))
    if paid_on < found.month:
        flaws.append(flaw("/paid_on", "subsidy_day_too_early"))
    check(flaws=flaws)
    found.paid_on, found.bank_reference = paid_on, bank_reference.strip()
    invoices = _paid_invoices(found)
    _carry_out(found, Move.PAY, within, by, at)
    if found.confirmed_minor:
        who = Dims(party=found.programme.authority.public_id if found.programme.authority else "")
        entry = posting.move(
            Event.SUBSIDY_RECEIVED,
            _head(found, _book(at), "paid", paid_on),
            found.confirmed_minor,
            debit=who,
            credit=who,
        )
        journals.write(entries=[entry], at=at, by=by)
    for follow in paid_too if invoices else ():
        follow(book=_book(at), invoices=invoices, on=paid_on, at=at, by=by)
    return found


def _paid_invoices(settlement: SubsidySettlement) -> list[int]:
    """Return the invoices of which a settlement prepays a part, and those that its notes correct, locked."""
    if settlement.programme.mode != Mode.PREPAID:
        return []
    keys = {key for pair in settlement.items.values_list("grant__invoice", "grant__first") for key in pair}
    return list(Invoice.objects.filter(pk__in=keys).locked().values_list("pk", flat=True))


@atomic
def hand_on(
    *, settlement: SubsidySettlement, within: Organization, by: User, at: datetime
) -> SubsidySettlement:
    """
    Write down that lessees were paid what was claimed for them, less what they owe back of others.

    All programmes are locked: what a lessee is owed is read over all of them.

    :raises MissingRight: if ``by`` may not manage the programme
    :raises SubsidyMoveRefused: if it is not paid, or nothing was claimed for lessees
    :raises SubsidyNeedsAnother: if ``by`` wrote the payment down
    """
    found = _begin(settlement, Move.HAND_ON, within, by)
    book = _book(at)
    due: dict[Organization, int] = defaultdict(int)
    for item in _items(found):
        due[item.grant.lessee] += item.confirmed_minor or 0
    owed = owed_to_lessees(book.code, [one.pk for one in due])
    entries = []
    for lessee, minor in sorted(due.items(), key=lambda pair: pair[0].pk):
        amount, who = min(minor, owed[lessee.pk]), Dims(party=lessee.public_id)
        if amount > 0:
            head = _head(found, book, f"handed:{lessee.public_id}", local_day(at))
            entries.append(posting.move(Event.SUBSIDY_HANDED_ON, head, amount, debit=who, credit=who))
    _carry_out(found, Move.HAND_ON, within, by, at)
    journals.write(entries=entries, at=at, by=by)
    return found


def _begin(settlement: SubsidySettlement, move: Move, within: Organization, by: User) -> SubsidySettlement:
    """Ask for the right, lock the programme, and look whether state and people allow the move."""
    require_operator(programme=settlement.programme, within=within, by=by)
    locked = SubsidyProgramme.objects.locked()
    list(locked if move is Move.HAND_ON else locked.filter(pk=settlement.programme_id))
    found = SubsidySettlement.objects.select_related("programme__authority").get(pk=settlement.pk)
    status, mode = Status(found.status), Mode(found.programme.mode)
    if not can(move, status, mode):
        allowed = [str(one) for one in moves_for(status, mode)]
        raise SubsidyMoveRefused(status=found.get_status_display(), allowed=allowed)
    other = TABLE[move].other_than
    if other is not None and getattr(found, PEOPLE[other]) == by.public_id:
        raise SubsidyNeedsAnother
    return found


def _carry_out(
    settlement: SubsidySettlement, move: Move, within: Organization, by: User, at: datetime, reason: str = ""
) -> SubsidySettlement:
    before, settlement.status = str(settlement.status), TABLE[move].target.value
    if move in PEOPLE:
        setattr(settlement, PEOPLE[move], by.public_id)
    settlement.save()
    _write_down(settlement, move, before, within, by, at, reason)
    return settlement


def _write_down(
    settlement: SubsidySettlement,
    move: Move,
    before: str,
    within: Organization,
    by: User,
    at: datetime,
    reason: str = "",
) -> None:
    facts = {"total_minor": settlement.total_minor, "confirmed_minor": settlement.confirmed_minor}
    step = SubsidyStep(settlement=settlement, move=move, status_before=before, status_after=settlement.status)
    steps.append(step=step, behind=settlement.steps, by=by, within=within, at=at, reason=reason, facts=facts)
    action, subject = f"subsidy_settlement.{move}", settlement.public_id
    audit.record(by=by, action=action, subject=subject, at=at, within=within, reason=reason, **facts)


def _items(settlement: SubsidySettlement) -> Any:
    about = ("grant__lessee", "grant__invoice__lease__lessor", "grant__invoice__buyer")
    return settlement.items.select_related(*about).order_by("pk")


def _answer_flaws(items: Sequence[SubsidyItem], lower: Sequence[Mapping[str, Any]]) -> list[Flaw]:
    known, seen, found = {one.public_id: one for one in items}, set(), []
    for place, one in enumerate(lower):
        item = known.get(one["item"])
        if item is None or one["item"] in seen:
            found.append(flaw(f"/lower/{place}/item", "subsidy_item_unknown"))
            continue
        seen.add(one["item"])
        if not (0 <= one["confirmed_minor"] <= item.amount_minor):
            facts = {"least": yuan_text(0), "most": yuan_text(item.amount_minor)}
            found.append(flaw(f"/lower/{place}/confirmed_minor", "subsidy_confirmed_too_much", **facts))
        found += text_flaws(f"/lower/{place}/reason", one["reason"])
    return found


def _answered(settlement: SubsidySettlement, items: Sequence[SubsidyItem], at: datetime) -> list[Entry]:
    """Return what an answer books: what lessees owe again of what was prepaid, or what they are owed."""
    book, programme, found = _book(at), settlement.programme, []
    for item in items:
        invoice = item.grant.invoice
        authority, lessee = dims_of(programme=programme, invoice=invoice)
        key = f"subsidy:{settlement.public_id}:{item.public_id}"
        head = head_of(key=key, book=book.code, invoice=invoice, on=at, zone=book.zone)
        if programme.mode == Mode.PREPAID and item.refused_minor:
            found.append(
                posting.subsidy_refused(
                    head,
                    amount_minor=item.refused_minor,
                    receivable=receivable_of(invoice=invoice),
                    authority=authority,
                    lessee=lessee,
                )
            )
        elif programme.mode == Mode.CLAIM and item.confirmed_minor:
            found.append(
                posting.move(
                    Event.SUBSIDY_CONFIRMED, head, item.confirmed_minor, debit=authority, credit=lessee
                )
            )
    return found


def _book(at: datetime) -> Book:
    book = books.platform_book(at=at)
    assert book is not None, "a programme is opened through the platform's book"
    return book


def _head(settlement: SubsidySettlement, book: Book, event: str, on: date) -> Head:
    key = f"subsidy:{settlement.public_id}:{event}"
    return Head(book.code, key, on, "CNY", str(settlement)[:200], SOURCE, settlement.public_id)


def _month_after(first: date) -> date:
    return date(first.year + first.month // 12, first.month % 12 + 1, 1)
