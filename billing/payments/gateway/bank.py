"""
Bank transfer (对公转账) behind the interface of providers: an account of ours at a bank, and what it told.

Payers push: they are told account and reference. What goes out is a line of a file that two people release
(``billing.payments.actions.order_files``); what came and went is what imported statements say.
"""

from collections.abc import Iterator
from datetime import UTC, datetime, time

from django.db.models import QuerySet
from django.forms.models import model_to_dict

from billing.payments.models import Allocation, BankAccount, BankLine, PayeeAccount, Receipt
from billing.payments.rules.providers import (
    Accepts,
    Caps,
    Instruction,
    Movement,
    Outcome,
    ProviderObject,
    Request,
    Result,
)
from billing.rules import references

METHOD = "bank_transfer"
TOLD = ("holder", "number", "bank_name", "bank_code")


class BankTransfer:
    """
    Transfers to and from one account; ``number`` is that of a sub-unit of it, if payers are told one.

    Without an account nobody can be asked to pay. The reference is the key: a bank and its statements know
    no other one.
    """

    code = METHOD

    def __init__(self, account: BankAccount | None, number: str = "") -> None:
        self.account, self.number = account, number

    def capabilities(self) -> Caps:
        """Say what can be done: in the account's currency, in any amount."""
        own = frozenset({self.account.currency}) if self.account else frozenset()
        return Caps(accepts=Accepts.PUSH, currencies=own, methods=(METHOD,), by_file=True)

    def open_request(self, request: Request, key: str) -> Instruction:
        """Tell account and reference; ``code`` is the address of the page, to be drawn for a phone."""
        if self.account is None or request.currency != self.account.currency:
            return Instruction(Result(Outcome.REJECTED, code="no_account"))
        if request.amount_minor <= 0:
            return Instruction(Result(Outcome.REJECTED, code="amount"))
        told = {name: str(getattr(self.account, name)) for name in TOLD}
        return Instruction(
            Result(Outcome.PENDING, reference=request.reference),
            code=request.return_url,
            account=told | {"number": self.number or self.account.number},
            memo=request.reference,
        )

    def cancel_request(self, ref: str, key: str) -> Result:
        """Nothing stands at the bank that could be called back; what was paid is refused."""
        keys = [one.key for one in references.read(ref) if one.is_valid]
        standing = Allocation.objects.filter(invoice__in=keys, undoes=None, undone_by=None)
        outcome = Outcome.REJECTED if standing.exists() else Outcome.DONE
        return Result(outcome, reference=ref, code="paid" if outcome is Outcome.REJECTED else "")

    def refund(self, receipt_ref: str, amount: int, currency: str, key: str) -> Result:
        """Return the line of a file by which money goes back to its payer's approved account."""
        found = Receipt.objects.filter(public_id=receipt_ref, currency=currency).first()
        if found is None or amount > found.amount_minor:
            return Result(Outcome.REJECTED, code="more_than_paid")
        mine = PayeeAccount.objects.filter(organization=found.payer_id, stage=PayeeAccount.Stage.APPROVED)
        known = mine.filter(currency=currency).first()
        return self.pay_out(known.public_id if known else "", amount, currency, key, key)

    def pay_out(self, party_ref: str, amount: int, currency: str, group: str, key: str) -> Result:
        """
        Return the line of a file that pays ``party_ref``, an account that two people know.

        PENDING until a statement shows it. Orders keep the account that they were made with, so one that
        another replaced since is paid.
        """
        if self.account is None or amount <= 0 or currency != self.account.currency:
            return Result(Outcome.REJECTED, code="amount")
        known = PayeeAccount.objects.exclude(stage=PayeeAccount.Stage.PROPOSED)
        payee = known.filter(public_id=party_ref, currency=currency).first()
        if payee is None:
            return Result(Outcome.REJECTED, code="no_payee_account")
        line = {name: getattr(payee, name) for name in TOLD}
        line |= {"reference": group, "amount_minor": amount, "currency": currency}
        return Result(Outcome.PENDING, reference=group, answer=line)

    def fetch(self, kind: str, ref: str) -> ProviderObject | None:
        """Return a line of the account as the bank told it."""
        found = self._lines().filter(public_id=ref).first() if kind == "line" else None
        return None if found is None else model_to_dict(found) | {"id": found.public_id}

    def list_movements(self, since: datetime | None, cursor: str = "") -> Iterator[Movement]:
        """Yield the lines of the account, the newest first; a bank takes its fees in lines of their own."""
        lines = self._lines().order_by("-booked_on", "-pk")
        if since is not None:
            lines = lines.filter(booked_on__gte=since.date())
        if cursor:
            last = self._lines().get(public_id=cursor)
            lines = lines.filter(booked_on__lte=last.booked_on).exclude(
                booked_on=last.booked_on, pk__gte=last.pk
            )
        return (_movement(line) for line in lines.iterator())

    def _lines(self) -> QuerySet[BankLine]:
        return BankLine.objects.filter(bank_account=self.account)


def _movement(line: BankLine) -> Movement:
    return Movement(
        id=line.public_id,
        occurred_at=datetime.combine(line.booked_on, time.min, UTC),
        kind=line.kind or "line",
        gross=line.amount_minor,
        fee=0,
        net=line.amount_minor,
        currency=line.currency,
        source_ref=line.public_id,
    )
