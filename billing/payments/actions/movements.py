"""
The list of all changes of our balance at a provider: what proves that no message was missed.

Each change has one fact, and each fact that is a change is in the list (finance.md §4.4). What is not comes
to a person, and goes by itself when it agrees.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import F, OuterRef, Q, Subquery, Value
from django.db.models.functions import Concat

from billing.actions.books import PLATFORM
from billing.models import Book
from billing.payments.actions import provider_facts, provider_findings
from billing.payments.models import Movement, ProviderFact, ReconException, Settlement
from billing.payments.models.providers import MovementQuerySet
from billing.payments.queries import compositions
from billing.payments.rules import providers
from billing.payments.rules.stripe_facts import CLASSIFIED, Kind, facts_of, facts_of_movement, source_of
from marketplace.gateway.transactions import atomic
from marketplace.models import User

# Movements are listed again from a week before the last one that is known.
OVERLAP = timedelta(days=7)
CHARGES = tuple(kind for kind, means in CLASSIFIED.items() if means is Kind.CHARGE)
INCOMING = frozenset(
    {
        Kind.CHARGE,
        Kind.REFUND_FAILED,
        Kind.DISPUTE_WON,
        Kind.REVERSAL,
        Kind.PAYOUT_FAILED,
        Kind.COLLECTED,
        Kind.TOPUP,
        Kind.CLASSIFIED,
    }
)
Reason = ReconException.Reason


@dataclass(frozen=True)
class Pulled:
    """
    What a pull found: how many movements, and by currency what books and provider say, if it stood still.
    """

    movements: int
    without_ledger: int
    without_movement: int
    balances: dict[str, tuple[int, int]]


def pull(*, provider: providers.OnlineProvider, at: datetime, by: User) -> Pulled:
    """
    Get all movements since the last pull, book what no message told of, and compare both sides.

    :raises ProviderSilent: if the provider does not answer; what came before is kept
    """
    before = provider.balance()
    last = Movement.objects.filter(provider=provider.code).order_by("-occurred_at").first()
    found = list(provider.list_movements(last.occurred_at - OVERLAP if last else None))
    store(found=found, provider=provider.code, at=at)
    book_missing(provider=provider, at=at, by=by)
    link(provider=provider.code)
    balances = _compared(before, provider.balance())
    return _told(provider.code, found, balances, at, by)


@atomic
def store(
    *,
    found: Iterable[providers.Movement],
    provider: str,
    at: datetime,
    settlement: Settlement | None = None,
) -> None:
    """Store movements once each; those of a payout are linked to it."""
    given = list(found)
    Movement.objects.bulk_create([_row(each, provider, at) for each in given], ignore_conflicts=True)
    if settlement is not None:
        mine = Movement.objects.filter(provider=provider, reference__in=[each.id for each in given])
        mine.filter(settlement=None).update(settlement=settlement)


def book_missing(*, provider: providers.OnlineProvider, at: datetime, by: User) -> None:
    """Ask for the objects behind movements without a fact, and book what they say; then what can be used."""
    waiting = _without_fact(provider.code).values_list("source_reference", flat=True)
    for ref in sorted(set(waiting) - {""}):
        kind = source_of(ref)
        found = provider.fetch(kind, ref) if kind else None
        if found is not None:
            provider_facts.take(facts=facts_of(kind, found), provider=provider.code, at=at, by=by)
    for row in _maturing(provider.code, at):
        facts = facts_of_movement(compositions.value_of(row), at)
        provider_facts.take(facts=facts, provider=provider.code, at=at, by=by)


@atomic
def link(*, provider: str) -> None:
    """Link movements with their facts."""
    facts = ProviderFact.objects.filter(provider=provider, movement_reference=OuterRef("reference"))
    for row in _without_fact(provider).annotate(known=Subquery(facts.values("pk")[:1])):
        if row.known is not None:
            Movement.objects.filter(pk=row.pk, fact=None).update(fact_id=row.known)


def _without_fact(provider: str) -> MovementQuerySet:
    return Movement.objects.filter(provider=provider, fact=None).order_by("pk")


def _maturing(provider: str, at: datetime) -> Sequence[Movement]:
    """Return charges whose money can be used and is booked as pending, and fees of the provider's own."""
    mine = Movement.objects.filter(provider=provider).exclude(fact__kind=Kind.CLASSIFIED.value)
    rows = mine.annotate(key=Concat(Value("stripe:available:"), F("reference")))
    booked = ProviderFact.objects.filter(provider=provider, kind=Kind.AVAILABLE.value).values("key")
    usable = Q(kind__in=CHARGES, available_at__lte=at) & ~Q(key__in=booked)
    return list(rows.filter(usable | Q(kind="stripe_fee", fact=None)).order_by("pk"))


def _row(found: providers.Movement, provider: str, at: datetime) -> Movement:
    return Movement(
        provider=provider,
        reference=found.id,
        kind=found.kind[:60],
        occurred_at=found.occurred_at,
        available_at=found.available_at,
        gross_minor=found.gross,
        fee_minor=found.fee,
        net_minor=found.net,
        currency=found.currency,
        source_reference=found.source_ref,
        rate=found.rate,
        seen_at=at,
    )


def _compared(
    before: Mapping[str, providers.Balance], after: Mapping[str, providers.Balance]
) -> dict[str, tuple[int, int]]:
    """Return (books, provider) by currency; nothing if the balance moved while we looked."""
    if before != after:
        return {}
    held = {name: each.available + each.pending for name, each in after.items()}
    ours = compositions.booked()
    return {name: (ours.get(name, 0), held.get(name, 0)) for name in sorted({*ours, *held})}


@atomic
def _told(
    code: str,
    found: Sequence[providers.Movement],
    balances: dict[str, tuple[int, int]],
    at: datetime,
    by: User,
) -> Pulled:
    """Raise what one side has and the other has not, and settle what agrees now."""
    book = Book.objects.filter(code=PLATFORM).first()
    if book is None:
        return Pulled(len(found), 0, 0, balances)
    lonely = list(_without_fact(code).lonely())
    for row in lonely:
        provider_findings.raise_one(
            book=book,
            reason=Reason.MOVEMENT_WITHOUT_LEDGER,
            movement=row,
            reference=row.reference,
            amount_minor=row.net_minor,
            currency=row.currency,
            at=at,
        )
    known = Movement.objects.filter(provider=code)
    provider_findings.settle(
        reason=Reason.MOVEMENT_WITHOUT_LEDGER,
        movement__in=known.exclude(fact=None),
        resolution="booked",
        at=at,
        by=by,
    )
    missing = _without_movement(code, at)
    for fact in missing:
        provider_findings.raise_one(
            book=book,
            reason=Reason.LEDGER_WITHOUT_MOVEMENT,
            reference=fact.movement_reference,
            amount_minor=int(fact.document["gross"]),
            currency=fact.document["settled_in"],
            at=at,
        )
    provider_findings.settle(
        reason=Reason.LEDGER_WITHOUT_MOVEMENT,
        reference__in=known.values("reference"),
        resolution="it is in the list",
        at=at,
        by=by,
    )
    _balanced(book, code, balances, _explained(lonely, missing), at, by)
    return Pulled(len(found), len(lonely), len(missing), balances)


def _balanced(
    book: Book,
    code: str,
    balances: Mapping[str, tuple[int, int]],
    told: Mapping[str, int],
    at: datetime,
    by: User,
) -> None:
    """
    Raise by how much books and provider differ in a currency beyond what is told one by one, or settle it.
    """
    for currency, (ours, theirs) in balances.items():
        about = {"reference": f"balance:{code}:{currency}"}
        rest = ours - theirs + told.get(currency, 0)
        known = ReconException.objects.open().filter(**about, amount_minor=rest)
        if rest and known.exists():
            continue
        reason = Reason.LEDGER_WITHOUT_MOVEMENT
        provider_findings.settle(reason=reason, resolution="it is another difference", at=at, by=by, **about)
        if rest:
            given: dict[str, Any] = {"amount_minor": rest, "currency": currency, "at": at, **about}
            provider_findings.raise_one(book=book, reason=reason, **given)


def _explained(lonely: Iterable[Movement], missing: Iterable[ProviderFact]) -> dict[str, int]:
    """Return by currency what the provider has and the books have not, less what the books alone have."""
    found: dict[str, int] = defaultdict(int)
    for row in lonely:
        found[row.currency] += row.net_minor
    for fact in missing:
        gross, fee = int(fact.document["gross"]), int(fact.document["fee"])
        found[fact.document["settled_in"]] -= gross - fee if fact.kind in INCOMING else -gross - fee
    return found


def _without_movement(code: str, at: datetime) -> list[ProviderFact]:
    """Return facts that name a change which the list does not have; those that came after ``at`` wait."""
    facts = ProviderFact.objects.filter(provider=code, made_at__lt=at).exclude(movement_reference="")
    known = Movement.objects.filter(provider=code).values("reference")
    return list(facts.exclude(movement_reference__in=known).order_by("pk"))
