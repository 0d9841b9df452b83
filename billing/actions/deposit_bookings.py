"""Book what leasing records of deposits, in the book of the organization that holds them: J11 to J13."""

import logging
from datetime import datetime
from zoneinfo import ZoneInfo

from django.db import models, transaction
from django.db.models.functions import Cast

from billing.actions import books, journals
from billing.models import Journal
from billing.rules import posting
from billing.rules.events import Event
from billing.rules.journals import NOTHING, Dims, Entry
from billing.rules.posting import Head
from leasing.models import DepositMovement
from leasing.rules.deposits import Kind
from marketplace.gateway.transactions import atomic
from marketplace.models import User
from marketplace.shared.errors import DomainError

DEPOSIT = "deposit"
EVENTS = {
    Kind.HOLD: Event.DEPOSIT_RECEIVED,
    Kind.RELEASE: Event.DEPOSIT_RETURNED,
    Kind.SET_OFF: Event.DEPOSIT_SET_OFF,
}
logger = logging.getLogger(__name__)


@atomic
def movement_recorded(*, movement: DepositMovement, at: datetime, by: User) -> Journal:
    """
    Book a movement of a deposit in its holder's book, opened at first use; again changes nothing.

    The lessor holds it: what is set off is its own from then on, and stands as payable to it until the money
    leaves the account of deposits. It asks for no permission: the movement was approved by two people.
    """
    lease = movement.deposit.lease
    book = books.deposit_book(holder=lease.lessor, at=at)
    entry = _entry(movement, book.code, ZoneInfo(book.zone))
    (journal,) = journals.write(entries=[entry], at=at, by=by)
    return journal


@atomic
def catch_up(*, at: datetime, by: User, most: int = 500) -> int:
    """
    Book movements that no journal names, the oldest first; return how many were looked at.

    One that is refused keeps no other lease waiting, and is tried again.
    """
    booked = Journal.objects.filter(source_type=DEPOSIT, source_id=models.OuterRef("named"))
    named = Cast("pk", models.CharField(max_length=60))
    waiting = DepositMovement.objects.annotate(named=named).exclude(models.Exists(booked))
    parties = waiting.select_related("deposit__lease__lessor", "deposit__lease__lessee")
    found = list(parties.order_by("pk")[:most])
    refused: set[int] = set()
    for movement in found:
        if movement.deposit_id in refused:
            continue
        try:
            with transaction.atomic():
                movement_recorded(movement=movement, at=at, by=by)
        except DomainError:
            refused.add(movement.deposit_id)  # what follows of it stands on it
            logger.exception("movement %s of deposit %s is not booked", movement.pk, movement.deposit_id)
    return len(found)


def _entry(movement: DepositMovement, code: str, zone: ZoneInfo) -> Entry:
    deposit = movement.deposit
    lease = deposit.lease
    lessee, lessor = lease.lessee.public_id, lease.lessor.public_id
    held = Dims(party=lessee, lease=lease.public_id, owner=lessor)
    freed = Dims(party=lessor, lease=lease.public_id, owner=lessor)
    event = EVENTS[Kind(movement.kind)]
    head = Head(
        code,
        f"{DEPOSIT}:{deposit.public_id}:{movement.pk}",
        movement.at.astimezone(zone).date(),
        deposit.currency,
        lease.number,
        DEPOSIT,
        str(movement.pk),
    )
    sides = {
        Event.DEPOSIT_RECEIVED: (NOTHING, held),
        Event.DEPOSIT_RETURNED: (held, NOTHING),
        Event.DEPOSIT_SET_OFF: (held, freed),
    }
    debit, credit = sides[event]
    return posting.move(event, head, movement.amount_minor, debit=debit, credit=credit)
