"""A change of a provider's balance that no object explains: one person says what it is, another approves."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.translation import gettext_noop

from billing.actions import journals
from billing.actions.books import PLATFORM
from billing.models import Book
from billing.models.loan_products import local_day
from billing.payments.actions import orders, proposals, provider_findings, settlements
from billing.payments.actions.orders import SecondPersonMissing
from billing.payments.actions.provider_facts import SOURCE
from billing.payments.models import Classification, Movement, ProviderFact, ReconException
from billing.payments.rules import classifications as templates
from billing.payments.rules.stripe_facts import Kind
from billing.rules.posting import Head
from marketplace.actions import audit
from marketplace.gateway.transactions import atomic
from marketplace.models import Organization, User
from marketplace.permissions import MissingRight, Permission
from marketplace.shared.errors import Flaw, Invalid, NotPossible

Means = Classification.Means
State = Classification.State

WHY = gettext_noop("Say in at most 500 characters how you know what it is.")


class ClassificationInvalid(Invalid):
    """The change cannot be booked like this; ``flaws`` say why."""

    code = "classification_invalid"
    text = gettext_noop("The change of the balance cannot be booked like this. Mend what is marked.")


class ClassificationWaits(NotPossible):
    """Another one of the same change waits for its second person."""

    code = "classification_waits"
    text = gettext_noop("What this change is waits for a second person already. Decide that first.")


class ClassificationDecided(NotPossible):
    """Somebody decided it before."""

    code = "classification_decided"
    text = gettext_noop("This was decided already: “{state}”. Look at the page of the change.")


@dataclass(frozen=True)
class _Begun:
    """A change under its lock, the platform's book, and what it stands booked as."""

    movement: Movement
    book: Book
    standing: Classification | None


@atomic
def propose(
    *, movement: Movement, means: str, reason: str, within: Organization, by: User, at: datetime
) -> Classification:
    """
    Propose what a change of a provider's balance is.

    :raises MissingRight: if ``by`` may not match payments of the platform
    :raises ClassificationInvalid: if the provider's object explains it, it is that already, or no reason is
        given
    :raises ClassificationWaits: if another one of the change is not decided
    """
    begun = _begin(movement, Permission.PAYMENT_MATCH, within, by)
    if movement.classifications.filter(state=State.PROPOSED).exists():
        raise ClassificationWaits
    if flaws := [*proposals.flaws_of_reason(reason=reason, said=WHY), *_flaws(begun, means)]:
        raise ClassificationInvalid(flaws=flaws)
    made = Classification.objects.create(
        movement=begun.movement,
        means=means,
        reason=reason.strip(),
        maker=by.public_id,
        maker_name=by.name,
        made_at=at,
    )
    _audit(made, "propose", within, by, at)
    return made


@atomic
def approve(
    *, classification: Classification, within: Organization, by: User, at: datetime
) -> Classification:
    """
    Approve what somebody else proposed: the change is booked, or moved from what it was booked as.

    It counts on its own day, or on the first open one if that is locked.

    :raises MissingRight: if ``by`` may not release payments of the platform
    :raises ClassificationDecided: if it was decided, also by somebody at the same moment
    :raises SecondPersonMissing: if ``by`` proposed it
    :raises ClassificationInvalid: if the provider explained the change meanwhile
    """
    begun = _begin(classification.movement, Permission.PAYMENT_RELEASE, within, by)
    found = _waiting(classification)
    if by.public_id == found.maker:
        raise SecondPersonMissing
    if flaws := _flaws(begun, found.means):
        raise ClassificationInvalid(flaws=flaws)
    _book(found, begun, by, at)
    proposals.decide(proposal=found, state=State.APPROVED, by=by, at=at)
    if begun.standing is None:
        _settle(begun.movement, found, by, at)
    _audit(found, "approve", within, by, at)
    return found


@atomic
def drop(*, classification: Classification, within: Organization, by: User, at: datetime) -> Classification:
    """
    Drop what was proposed; who proposed it may do so too.

    :raises MissingRight: if ``by`` may not match payments of the platform
    :raises ClassificationDecided: if it was decided, also by somebody at the same moment
    """
    _begin(classification.movement, Permission.PAYMENT_MATCH, within, by)
    found = _waiting(classification)
    proposals.decide(proposal=found, state=State.DROPPED, by=by, at=at)
    _audit(found, "drop", within, by, at)
    return found


def _begin(movement: Movement, permission: Permission, within: Organization, by: User) -> _Begun:
    """Ask for the right, then lock the change, under which its fact is taken too."""
    book = Book.objects.filter(code=PLATFORM).first()
    if book is None:
        raise MissingRight(organization=within.name)
    orders.in_book(book=book, within=within, permission=permission, by=by)
    seen = Movement.objects.filter(pk=movement.pk).locked().get()
    return _Begun(seen, book, seen.classifications.approved().order_by("pk").last())


def _waiting(classification: Classification) -> Classification:
    found = Classification.objects.filter(pk=classification.pk).locked().select_related("movement").get()
    if found.state != State.PROPOSED:
        raise ClassificationDecided(state=found.get_state_display())
    return found


def _book(found: Classification, begun: _Begun, by: User, at: datetime) -> None:
    """Write the journal; the first of a change is its fact, too."""
    movement, key = begun.movement, f"classified:{found.public_id}"
    head = Head(
        book=begun.book.code,
        key=key,
        on=local_day(movement.occurred_at),
        currency=movement.currency,
        memo=movement.reference,
        source_type=SOURCE,
        source_id=movement.reference[:30],
    )
    if begun.standing is None:
        entry = templates.classified(head, net=movement.net_minor, means=found.means)
    else:
        was = begun.standing.means
        entry = templates.classified_anew(head, net=movement.net_minor, means=found.means, was=was)
    [found.journal] = journals.write(entries=[entry], at=at, by=by)
    if begun.standing is None:
        movement.fact = _fact(movement, key, found, at)
        movement.save(update_fields=["fact"])


def _fact(movement: Movement, key: str, found: Classification, at: datetime) -> ProviderFact:
    said: dict[str, Any] = {"gross": movement.net_minor, "fee": 0, "settled_in": movement.currency}
    return ProviderFact.objects.create(
        provider=movement.provider,
        key=key,
        kind=Kind.CLASSIFIED.value,
        object_reference=movement.source_reference or movement.reference,
        document=said | {"means": found.means, "classification": found.public_id},
        happened_at=movement.occurred_at,
        movement_reference=movement.reference,
        journal=found.journal,
        made_at=at,
    )


def _settle(movement: Movement, found: Classification, by: User, at: datetime) -> None:
    """Close what was open because nobody knew; a payout that holds it is compared again."""
    reason = ReconException.Reason.MOVEMENT_WITHOUT_LEDGER
    provider_findings.settle(reason=reason, movement=movement, resolution=found.reason, at=at, by=by)
    if movement.settlement is not None and movement.settlement.is_complete:
        settlements.compare(settlement=movement.settlement, at=at, by=by)


def _flaws(begun: _Begun, means: str) -> list[Flaw]:
    """Return why a change cannot be booked as something, under its lock."""
    if means not in Means.values:
        return [Flaw("/means", "unknown", gettext_noop("Choose what the change is."))]
    facts = ProviderFact.objects.filter(
        provider=begun.movement.provider, movement_reference=begun.movement.reference
    )
    if begun.standing is None and facts.exists():
        said = gettext_noop("The provider said what this change is, and it is booked.")
        return [Flaw("/movement", "booked", said)]
    if not begun.movement.net_minor:
        return [Flaw("/movement", "nothing", gettext_noop("The balance did not change: nothing is booked."))]
    if begun.standing is not None and begun.standing.means == means:
        return [Flaw("/means", "same", gettext_noop("The change is booked as that already."))]
    return []


def _audit(row: Classification, verb: str, within: Organization, by: User, at: datetime) -> None:
    audit.record(
        by=by,
        action=f"classification.{verb}",
        subject=row.public_id,
        at=at,
        within=within,
        movement=row.movement.reference,
        means=row.means,
        reason=row.reason,
    )
