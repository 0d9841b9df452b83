"""What the matcher suggests, taken or dropped by people; what is let off needs two of them."""

from collections.abc import Sequence
from datetime import datetime

from django.utils.translation import gettext_noop

from billing.models import Invoice
from billing.payments.actions import allocations, orders, recon_exceptions
from billing.payments.actions.allocations import AllocationInvalid, Wanted
from billing.payments.actions.orders import SecondPersonMissing
from billing.payments.models import Allocation, BankAccount, Receipt, Suggestion
from billing.payments.rules.matching.facts import Terms
from marketplace.actions import audit
from marketplace.gateway.transactions import atomic
from marketplace.models import Organization, User
from marketplace.permissions import Permission
from marketplace.shared.errors import Flaw, NotPossible

TERMS = Terms()


class SuggestionDecided(NotPossible):
    """Somebody decided it, or the matcher found something else."""

    code = "suggestion_decided"
    text = gettext_noop("This suggestion is decided already. Look at the line again.")


@atomic
def take(
    *, suggestion: Suggestion, within: Organization, by: User, at: datetime, comment: str = ""
) -> list[Allocation]:
    """
    Take a suggestion: its money pays what it says. Where something is let off the first person's word is
    kept, and a second one's carries it out; nothing is returned before.

    :raises MissingRight: if ``by`` may not match payments of the book
    :raises SuggestionDecided: if it is decided
    :raises SecondPersonMissing: if the first person asks again
    :raises AllocationInvalid: if more would be let off than a trifle, or the comment is too long
    :raises MoreThanLeft: if the money was used meanwhile
    :raises MoreThanOpen: if an invoice was paid meanwhile
    """
    found = _open(suggestion, within, by)
    allocations.check(shares=None, comment=comment)
    first = None
    if found.let_off_minor:
        if not found.decided_by:
            return _first(found, within, by, at)
        if found.decided_by == by.public_id:
            raise SecondPersonMissing
        first = User.objects.get(public_id=found.decided_by)
    receipt = Receipt.objects.select_related("book").get(bank_line=found.bank_line_id)
    made = allocations.carry_out(
        receipt=receipt,
        wanted=_wanted(found, comment),
        by=first or by,
        at=at,
        approved_by=by if first else None,
    )
    _decide(found, Suggestion.State.TAKEN, within, by, at)
    recon_exceptions.close_for(lines=[found.bank_line_id], resolution="", by=by, at=at)
    return made


@atomic
def drop(*, suggestion: Suggestion, within: Organization, by: User, at: datetime) -> Suggestion:
    """
    Do not take a suggestion; the same one is not made again.

    :raises MissingRight: if ``by`` may not match payments of the book
    :raises SuggestionDecided: if it is decided
    """
    found = _open(suggestion, within, by)
    _decide(found, Suggestion.State.DROPPED, within, by, at)
    return found


@atomic
def propose(
    *,
    receipt: Receipt,
    shares: Sequence[tuple[Invoice, int]],
    let_off_minor: int,
    within: Organization,
    by: User,
    at: datetime,
) -> Suggestion:
    """
    Propose to let a trifle of the last invoice off with what the money pays; a second person carries it out.

    :raises MissingRight: if ``by`` may not match payments of the book
    :raises AllocationInvalid: if the shares do not fit, or it is no trifle
    :raises SuggestionDecided: if another suggestion of the line waits
    """
    orders.in_book(book=receipt.book, within=within, permission=Permission.PAYMENT_MATCH, by=by)
    allocations.check(shares=shares, comment="")
    if receipt.bank_line is None or not TERMS.lets_off(let_off_minor, shares[-1][0].gross_minor):
        raise AllocationInvalid(flaws=[_too_much()])
    list(BankAccount.objects.filter(pk=receipt.bank_line.bank_account_id).locked())
    if Suggestion.objects.filter(bank_line=receipt.bank_line, state=Suggestion.State.OPEN).exists():
        raise SuggestionDecided
    plan = [
        {"invoice": invoice.public_id, "amount_minor": minor, "let_off_minor": 0} for invoice, minor in shares
    ]
    plan[-1]["let_off_minor"] = let_off_minor
    made = Suggestion.objects.create(
        bank_line=receipt.bank_line,
        match_pass="HAND",  # noqa: S106 - the name of a pass
        score=1,
        plan=plan,
        let_off_minor=let_off_minor,
        made_at=at,
        decided_by=by.public_id,
        decided_at=at,
    )
    _audit(made, "propose", within, by, at)
    return made


def _first(found: Suggestion, within: Organization, by: User, at: datetime) -> list[Allocation]:
    found.decided_by, found.decided_at = by.public_id, at
    found.save(update_fields=["decided_by", "decided_at"])
    _audit(found, "ask", within, by, at)
    return []


def _wanted(found: Suggestion, comment: str) -> list[Wanted]:
    keys = dict(
        Invoice.objects.filter(public_id__in=[one["invoice"] for one in found.plan]).values_list(
            "public_id", "pk"
        )
    )
    why = {
        "match_pass": found.match_pass,
        "score": found.score,
        "reasons": found.reasons,
        "comment": comment.strip(),
    }
    made = [
        Wanted(keys[one["invoice"]], one["amount_minor"], one["let_off_minor"], why) for one in found.plan
    ]
    gross = dict(Invoice.objects.filter(pk__in=list(keys.values())).values_list("pk", "gross_minor"))
    for one in made:
        if one.let_off_minor and not TERMS.lets_off(one.let_off_minor, gross[one.invoice]):
            raise AllocationInvalid(flaws=[_too_much()])
    return made


def _too_much() -> Flaw:
    return Flaw(
        "/let_off_minor",
        "no_trifle",
        gettext_noop("At most 1.00 and a thousandth of the invoice is let off."),
    )


def _open(suggestion: Suggestion, within: Organization, by: User) -> Suggestion:
    account = suggestion.bank_line.bank_account
    orders.in_book(book=account.book, within=within, permission=Permission.PAYMENT_MATCH, by=by)
    BankAccount.objects.filter(pk=account.pk).locked().get()
    found = Suggestion.objects.select_related("bank_line").get(pk=suggestion.pk)
    if found.state != Suggestion.State.OPEN:
        raise SuggestionDecided
    return found


def _decide(found: Suggestion, state: str, within: Organization, by: User, at: datetime) -> None:
    found.state, found.decided_by, found.decided_at = state, by.public_id, at
    found.save(update_fields=["state", "decided_by", "decided_at"])
    _audit(found, "take" if state == Suggestion.State.TAKEN else "drop", within, by, at)


def _audit(found: Suggestion, verb: str, within: Organization, by: User, at: datetime) -> None:
    action = f"suggestion.{verb}"
    audit.record(by=by, action=action, subject=found.public_id, at=at, within=within, plan=found.plan)
