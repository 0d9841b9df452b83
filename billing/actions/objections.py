"""Objections to a bill before it is issued: raised by a side, answered by the other, or withdrawn."""

from datetime import datetime

from django.utils.translation import gettext_noop

from billing.actions import provisional
from billing.actions.provisional import Bill, NoSideOfBill
from billing.models import BillObjection, Invoice
from billing.models.provisional import LONGEST
from billing.queries import changing_facts, ended_periods
from leasing.models import Lease
from marketplace.actions import audit
from marketplace.actions.notifications import notify
from marketplace.gateway.transactions import atomic
from marketplace.models import Organization, User
from marketplace.models.parties import OrganizationKind
from marketplace.permissions import Permission, require
from marketplace.rules.notifications import Kind
from marketplace.shared.errors import Flaw, Invalid, NotAllowed, NotPossible
from marketplace.shared.money import Money
from marketplace.shared.period import Period

Outcome = BillObjection.Outcome


class NoBillYet(NotPossible):
    """The period is not over, or there is none."""

    code = "no_bill_yet"
    text = gettext_noop("There is no bill to object to: this period is not over, or is none of the lease.")


class ObjectionTooLate(NotPossible):
    """The time is over, or the bill is issued."""

    code = "objection_too_late"
    text = gettext_noop(
        "This bill could be objected to until {until}. "
        "Dispute a line of the issued invoice instead, until it is due."
    )


class AlreadyObjected(NotPossible):
    """The same side objects to the same already."""

    code = "already_objected"
    text = gettext_noop("You object to this already. Wait for the answer, or withdraw the objection.")


class ObjectionClosed(NotPossible):
    """It is answered, withdrawn, or the bill is issued."""

    code = "objection_closed"
    text = gettext_noop(
        "This objection is closed: {outcome}. What is disputed on an issued invoice is answered there."
    )


class NotYoursToAnswer(NotAllowed):
    """The other side answers."""

    code = "not_yours_to_answer"
    text = gettext_noop("{answers} answers this objection.")


class NotYourObjection(NotAllowed):
    """Who raised it withdraws it."""

    code = "not_your_objection"
    text = gettext_noop("Only {organization}, who raised this objection, withdraws it.")


class ObjectionInvalid(Invalid):
    """Something in the objection or its answer cannot be right; ``flaws`` say where."""

    code = "objection_invalid"
    text = gettext_noop("The objection or its answer cannot be taken. Mend what is marked.")


@atomic
def raise_objection(
    *,
    lease: Lease,
    start: datetime,
    seller: str,
    component: str,
    reason: str,
    text: str,
    within: Organization,
    by: User,
    at: datetime,
) -> BillObjection:
    """
    Object to what a seller will bill for the period that begins at ``start``: one component, what one meter
    counted (``meter:parts``), or "" for all.

    ``seller`` is a public id, "" the lessor; lessor and platform are objected to here, a service on its
    issued invoice. The lessor objects to its own bill alone. The other side is told.

    :raises MissingRight: if ``by`` may not read invoices of the lessee, or run those of the lessor
    :raises NoSideOfBill: if ``within`` is neither lessee nor lessor
    :raises NoBillYet: if the period is not over
    :raises ObjectionTooLate: if the time for objections is over, or the bill is issued
    :raises ObjectionInvalid: if the seller, component, reason or text cannot be right
    :raises AlreadyObjected: if the same side objects to the same
    """
    require(by, Permission.INVOICE_READ, within=within)
    lease = Lease.objects.locked().select_related("lessor", "lessee").get(pk=lease.pk)
    _check_side(lease, within, by)
    bill = _bill(lease, start, within, at)
    assert bill.period.end is not None, "a billed period is closed"
    found = _seller(bill, seller or lease.lessor.public_id, within)
    net = _asked(bill, found, component, _flaws(reason, text))
    known = BillObjection.objects.open().filter(lease=lease, period_start=start, seller=found)
    if known.filter(component=component, organization=within).exists():
        raise AlreadyObjected
    made = BillObjection.objects.create(
        lease=lease,
        period_start=bill.period.start,
        period_end=bill.period.end,
        seller=found,
        component=component,
        organization=within,
        reason=reason,
        text=_plain(text),
        currency=net.currency,
        net_minor=net.minor,
        raised_by=by,
        raised_at=at,
    )
    facts = {"who": within.name, "lease": lease.number, "until_at": bill.until.isoformat()}
    _tell(made, Kind.BILL_OBJECTED, made.answers, facts, at)
    _note(made, "raise", within, by, at, component=component, text=made.text)
    return made


@atomic
def answer(
    *,
    objection: BillObjection,
    agreed: bool,
    effect: str,
    source: str,
    text: str,
    within: Organization,
    by: User,
    at: datetime,
) -> BillObjection:
    """
    Answer an objection for the other side, with words that the first one reads.

    Who agrees names the fact by which the bill changes: a decided review item, an inspection, or a ticket of
    which the lessor bears the standstill, each of this lease and period. The bill follows it by itself.

    :raises MissingRight: if ``by`` may not run invoices of the seller, or read those of the lessee
    :raises NotYoursToAnswer: if ``within`` is not the other side
    :raises ObjectionClosed: if it is answered, withdrawn, or the bill is issued
    :raises ObjectionInvalid: if there is no text, or no such fact
    """
    require(by, Permission.INVOICE_READ, within=within)
    found = _open(objection)
    if within.pk != found.answers.pk:
        raise NotYoursToAnswer(answers=found.answers.name)
    if found.is_of_lessee:
        require(by, Permission.INVOICE_RUN, within=within)
    flaws = _flaws_of_text(text)
    if agreed and not _is_there(found, effect, source):
        told = gettext_noop(
            "Name what changes the bill: a decided held quantity, an inspection, or a standstill that the "
            "lessor bears, of this lease and period."
        )
        flaws.append(Flaw("/source", "no_such_effect", told))
    if flaws:
        raise ObjectionInvalid(flaws=flaws)
    found.answer = _plain(text)
    if agreed:
        found.effect, found.source = effect, source
    closed = _close(found, Outcome.AGREED if agreed else Outcome.REJECTED, within, by, at)
    facts = {"who": within.name, "lease": found.lease.number}
    _tell(closed, Kind.BILL_OBJECTION_ANSWERED, found.organization, facts, at)
    return closed


@atomic
def withdraw(*, objection: BillObjection, within: Organization, by: User, at: datetime) -> BillObjection:
    """
    Take an objection back.

    :raises MissingRight: if ``by`` may not read invoices of the lessee, or run those of the lessor
    :raises NotYourObjection: if another side raised it
    :raises ObjectionClosed: if it is answered, withdrawn, or the bill is issued
    """
    require(by, Permission.INVOICE_READ, within=within)
    found = _open(objection)
    if within.pk != found.organization_id:
        raise NotYourObjection(organization=found.organization.name)
    _check_side(found.lease, within, by)
    return _close(found, Outcome.WITHDRAWN, within, by, at)


def _check_side(lease: Lease, within: Organization, by: User) -> None:
    if within.pk not in (lease.lessee_id, lease.lessor_id):
        raise NoSideOfBill
    if within.pk != lease.lessee_id:
        require(by, Permission.INVOICE_RUN, within=within)


def _bill(lease: Lease, start: datetime, within: Organization, at: datetime) -> Bill:
    """Return the bill that is still open to objections."""
    period = next((one for one in ended_periods(lease, at) if one.start == start), None)
    if period is None:
        issued = Invoice.objects.originals().issued().filter(lease=lease, period_start=start).first()
        if issued is None:
            raise NoBillYet
        raise ObjectionTooLate(until=_words(lease, issued.issued_at))
    bill = provisional.compute(lease=lease, period=period, reader=within, at=at)
    if at >= bill.until:
        raise ObjectionTooLate(until=_words(lease, bill.until))
    return bill


def _words(lease: Lease, moment: datetime | None) -> str:
    assert moment is not None, "what is issued has a time of issue"
    return f"{moment.astimezone(lease.agreed.zone):%Y-%m-%d %H:%M}"


def _seller(bill: Bill, named: str, within: Organization) -> Organization:
    known = {part.seller.public_id: part.seller for part in bill.parts}
    found = known.get(named)
    is_known = found is not None and (
        found.pk == bill.lease.lessor_id
        or (found.kind == OrganizationKind.PLATFORM and within.pk == bill.lease.lessee_id)
    )
    if found is None or not is_known:
        told = gettext_noop(
            "Name the lessor or the platform, as far as they bill something in this period. A service is "
            "disputed on its issued invoice."
        )
        raise ObjectionInvalid(flaws=[Flaw("/seller", "no_such_seller", told)])
    return found


def _asked(bill: Bill, seller: Organization, component: str, flaws: list[Flaw]) -> Money:
    """Return what is asked for what is objected to, if nothing else is wrong either."""
    net = bill.net_of(seller, component)
    if net is None:
        told = gettext_noop(
            "The bill of this seller has no such component or meter. Leave it out to object to all of it."
        )
        flaws = [*flaws, Flaw("/component", "no_such_component", told)]
    if flaws or net is None:
        raise ObjectionInvalid(flaws=flaws)
    return net


def _flaws(reason: str, text: str) -> list[Flaw]:
    found = _flaws_of_text(text)
    if reason not in BillObjection.Reason.values:
        told = gettext_noop("Choose one of the reasons: {reasons}.")
        reasons = {"reasons": ", ".join(BillObjection.Reason.values)}
        found.append(Flaw("/reason", "unknown_reason", told, reasons))
    return found


def _flaws_of_text(text: str) -> list[Flaw]:
    if 0 < len(_plain(text)) <= LONGEST:
        return []
    told = gettext_noop("Say it in at most {most} characters; the other side reads your words.")
    return [Flaw("/text", "objection_text_missing", told, {"most": LONGEST})]


def _plain(text: str) -> str:
    return text.replace("\x00", "").strip()


def _is_there(found: BillObjection, effect: str, source: str) -> bool:
    """Tell whether a fact is there by which the bill changes."""
    facts = changing_facts(found.lease, Period(found.period_start, found.period_end))
    return (effect, source) in {(one.effect, one.source) for one in facts}


def _open(objection: BillObjection) -> BillObjection:
    Lease.objects.locked().get(pk=objection.lease_id)
    found = BillObjection.objects.locked().with_names().get(pk=objection.pk)
    if found.outcome != Outcome.OPEN:
        raise ObjectionClosed(outcome=found.get_outcome_display())
    return found


def _close(
    found: BillObjection, outcome: BillObjection.Outcome, within: Organization, by: User, at: datetime
) -> BillObjection:
    found.outcome, found.decided_by, found.decided_at = outcome, by, at
    found.save()
    _note(found, "close", within, by, at, outcome=str(outcome), text=found.answer)
    return found


def _tell(made: BillObjection, kind: Kind, to: Organization, facts: dict[str, str], at: datetime) -> None:
    notify(kind=kind, to=[to], facts=facts, at=at, link=provisional.page_of(lease=made.lease))


def _note(made: BillObjection, verb: str, within: Organization, by: User, at: datetime, **facts: str) -> None:
    audit.record(
        by=by, action=f"bill_objection.{verb}", subject=made.public_id, at=at, within=within, **facts
    )
