"""Stop reminders for a while: a promise to pay that was noted, or a hold with its reason and its end."""

from datetime import date, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from django.conf import settings
from django.utils.translation import gettext_noop

from billing.models import DunningHold, Invoice, PaymentPromise
from marketplace.actions import audit
from marketplace.gateway.transactions import atomic
from marketplace.models import Organization, User
from marketplace.permissions import Permission, require
from marketplace.shared.errors import Flaw, Invalid, NotAllowed, NotPossible

LONGEST: Final = 300
MOST_DAYS: Final = 180


class NotTheSellerOfReminder(NotAllowed):
    """Only who sold reminds, and stops reminding."""

    code = "not_the_seller_of_reminder"
    text = gettext_noop("Only {seller}, who sold this, notes promises and stops reminders.")


class NothingToPromise(NotPossible):
    """A draft or a note is not paid by itself."""

    code = "nothing_to_promise"
    text = gettext_noop("A promise is noted at an issued invoice, not at a draft or a note.")


class StopInvalid(Invalid):
    """A day or a reason cannot be right; ``flaws`` say what."""

    code = "dunning_stop_invalid"
    text = gettext_noop("Reminders cannot be stopped like this. Mend what is marked.")


class AlreadyHeld(NotPossible):
    """One hold at a time."""

    code = "already_held"
    text = gettext_noop("Reminders to {buyer} are paused already. End that pause first.")


class HoldEnded(NotPossible):
    """It is over."""

    code = "hold_ended"
    text = gettext_noop("This pause was ended already.")


@atomic
def promise(
    *, invoice: Invoice, promised_on: date, note: str, within: Organization, by: User, at: datetime
) -> PaymentPromise:
    """
    Note for the seller by which day the buyer promised to pay; through that day nobody is reminded of the
    invoice.

    :raises MissingRight: if ``by`` may not run invoices of ``within``
    :raises NotTheSellerOfReminder: if ``within`` did not sell it
    :raises NothingToPromise: if it is a draft or a note
    :raises StopInvalid: if the day is not between today and ``MOST_DAYS`` from now, or the note is too long
    """
    require(by, Permission.INVOICE_RUN, within=within)
    if within.pk != invoice.seller_id:
        raise NotTheSellerOfReminder(seller=invoice.seller.name)
    if invoice.status != Invoice.Status.ISSUED or invoice.is_note:
        raise NothingToPromise
    text = note.replace("\x00", "").strip()
    _check(promised_on, "/promised_on", text, "/note", at=at, least=0)
    made = PaymentPromise.objects.create(
        invoice=invoice, promised_on=promised_on, note=text, made_by=by, made_at=at
    )
    audit.record(
        by=by,
        action="dunning.promise",
        subject=invoice.public_id,
        at=at,
        within=within,
        promised_on=promised_on.isoformat(),
    )
    return made


@atomic
def hold(
    *, seller: Organization, buyer: Organization, through: date, reason: str, by: User, at: datetime
) -> DunningHold:
    """
    Pause the reminders of a seller to a buyer through a day. One that has run out makes room for the next.

    :raises MissingRight: if ``by`` may not run invoices of ``seller``
    :raises StopInvalid: if ``buyer`` bought nothing here, the day cannot be, or there is no reason
    :raises AlreadyHeld: if they are paused
    """
    require(by, Permission.INVOICE_RUN, within=seller)
    Organization.objects.select_for_update(no_key=True).get(pk=seller.pk)
    text = reason.replace("\x00", "").strip()
    _check(through, "/through", text, "/reason", at=at, least=1)
    if not Invoice.objects.issued().filter(seller=seller, buyer=buyer).exists():
        told = gettext_noop("There is no such buyer of yours.")
        raise StopInvalid(flaws=[Flaw("/buyer", "no_such_buyer", told)])
    for one in DunningHold.objects.filter(seller=seller, buyer=buyer, ended_at=None):
        if one.through >= _today(at):
            raise AlreadyHeld(buyer=buyer.name)
        one.ended_at, one.ended_by = at, by
        one.save(update_fields=["ended_at", "ended_by"])
    made = DunningHold.objects.create(
        seller=seller, buyer=buyer, through=through, reason=text, made_by=by, made_at=at
    )
    facts = {"buyer": buyer.public_id, "through": through.isoformat(), "reason": text}
    audit.record(by=by, action="dunning.hold", subject=made.public_id, at=at, within=seller, **facts)
    return made


@atomic
def end_hold(*, hold: DunningHold, by: User, at: datetime) -> DunningHold:
    """
    End a pause before its day.

    :raises MissingRight: if ``by`` may not run invoices of its seller
    :raises HoldEnded: if it was ended already
    """
    require(by, Permission.INVOICE_RUN, within=hold.seller)
    found = DunningHold.objects.select_for_update(of=("self",), no_key=True).get(pk=hold.pk)
    if found.ended_at is not None:
        raise HoldEnded
    found.ended_at, found.ended_by = at, by
    found.save(update_fields=["ended_at", "ended_by"])
    audit.record(by=by, action="dunning.end_hold", subject=found.public_id, at=at, within=hold.seller)
    return found


def _check(day: date, at_day: str, text: str, at_text: str, *, at: datetime, least: int) -> None:
    flaws, today = [], _today(at)
    last = today + timedelta(days=MOST_DAYS)
    if not today <= day <= last:
        told = gettext_noop("Choose a day from {first} to {last}.")
        days = {"first": today.isoformat(), "last": last.isoformat()}
        flaws.append(Flaw(at_day, "stop_day", told, days))
    if not least <= len(text) <= LONGEST:
        told = gettext_noop("Write at most {most} characters, and a reason where one is asked for.")
        flaws.append(Flaw(at_text, "stop_text", told, {"most": LONGEST}))
    if flaws:
        raise StopInvalid(flaws=flaws)


def _today(at: datetime) -> date:
    return at.astimezone(ZoneInfo(settings.TIME_ZONE)).date()
