"""Payouts of providers to our bank: how far they are, what they were made of, whether it adds up."""

from datetime import datetime

from billing.actions.books import PLATFORM
from billing.models import Book
from billing.payments.actions import movements, provider_findings
from billing.payments.models import LineBooking, ProviderFact, ReconException, Settlement
from billing.payments.queries import compositions
from billing.payments.rules import providers
from billing.payments.rules.stripe_facts import Kind
from marketplace.gateway.transactions import atomic
from marketplace.models import User

Reason = ReconException.Reason


def note(*, provider: providers.OnlineProvider, reference: str, at: datetime, by: User) -> Settlement | None:
    """Ask how far a payout is, and of what it was made once all of that is known."""
    found = provider.settlement(reference)
    return None if found is None else take(provider=provider, found=found, at=at, by=by)


def take(
    *, provider: providers.OnlineProvider, found: providers.Settlement, at: datetime, by: User
) -> Settlement:
    """
    Write down how far a payout is; once its movements are known, link them and compare.

    :raises ProviderSilent: if the provider does not answer
    """
    parts = list(provider.movements_of(found.ref)) if found.is_complete else []
    return _written(provider.code, found, parts, at, by)


@atomic
def _written(
    code: str, found: providers.Settlement, parts: list[providers.Movement], at: datetime, by: User
) -> Settlement:
    row = _upserted(code, found)
    if found.is_complete:
        movements.store(found=parts, provider=code, settlement=row, at=at)
    if found.state is providers.SettlementState.FAILED:
        _seen_before(row, at)
    if row.is_complete:
        compare(settlement=row, at=at, by=by)
    return row


def _upserted(code: str, found: providers.Settlement) -> Settlement:
    fresh = Settlement(
        provider=code,
        reference=found.ref,
        amount_minor=found.amount,
        currency=found.currency,
        created_at=found.created_at,
    )
    Settlement.objects.bulk_create([fresh], ignore_conflicts=True)
    row = Settlement.objects.select_for_update().get(provider=code, reference=found.ref)
    if row.state not in {Settlement.State.FAILED, Settlement.State.CANCELLED}:
        row.state = found.state.value
    row.trace, row.arrives_on = found.trace or row.trace, found.arrives_on
    row.is_complete = row.is_complete or found.is_complete
    row.save()
    return row


def compare(*, settlement: Settlement, at: datetime, by: User) -> None:
    """Raise what does not agree of a payout whose changes are known, and settle what agrees now."""
    found = compositions.of(settlement)
    _tell(settlement, Reason.PAYOUT_DIFFERENCE, found.difference, at, by, is_wrong=bool(found.difference))
    _tell(settlement, Reason.PAYOUT_UNCLASSIFIED, found.unclassified, at, by, is_wrong=found.has_unknown)


def _tell(row: Settlement, reason: str, minor: int, at: datetime, by: User, *, is_wrong: bool) -> None:
    book = Book.objects.filter(code=PLATFORM).first()
    if not is_wrong:
        provider_findings.settle(reason=reason, settlement=row, resolution="agrees", at=at, by=by)
    elif book is not None:
        provider_findings.raise_one(
            book=book,
            reason=reason,
            settlement=row,
            reference=row.reference,
            amount_minor=minor,
            currency=row.currency,
            at=at,
        )


def _seen_before(row: Settlement, at: datetime) -> None:
    """A payout that failed after our bank had shown it is for a person: the bank will show it going back."""
    seen = (
        LineBooking.objects.standing().filter(kind=LineBooking.Kind.SETTLEMENT, target=row.public_id).exists()
    )
    failed = (Kind.PAYOUT_FAILED.value, Kind.COLLECT_FAILED.value)
    fact = ProviderFact.objects.filter(
        provider=row.provider, kind__in=failed, object_reference=row.reference
    ).select_related("journal__book")
    first = fact.first()
    if seen and first is not None and first.journal is not None:
        provider_findings.raise_one(
            book=first.journal.book,
            reason=Reason.RETURNED_PAYMENT,
            settlement=row,
            reference=row.reference,
            amount_minor=row.amount_minor,
            currency=row.currency,
            at=at,
        )
