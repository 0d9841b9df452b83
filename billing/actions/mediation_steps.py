"""What every step of a case before the platform leaves behind, and how a case ends with its dispute."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta

from django.utils.translation import gettext_noop

from billing.models import LineDispute, LineMediation, MediationStep
from billing.rules.mediations import TABLE, Act, Side
from marketplace.actions import audit, events
from marketplace.actions.notifications import notify
from marketplace.actions.parties import robot
from marketplace.models import Organization, User
from marketplace.models.parties import OrganizationKind
from marketplace.rules.event_types import EventType
from marketplace.rules.notifications import Kind
from marketplace.shared.errors import NotPossible

TOLD = {
    Act.ASK: Kind.MEDIATION_ASKED,
    Act.WRITE: Kind.MEDIATION_WRITTEN,
    Act.PROPOSE: Kind.MEDIATION_PROPOSED,
    Act.ACCEPT: Kind.MEDIATION_ACCEPTED,
    Act.REFUSE: Kind.MEDIATION_REFUSED,
    Act.WITHDRAW: Kind.MEDIATION_WITHDRAWN,
    Act.LAPSE: Kind.MEDIATION_LAPSED,
    Act.END: Kind.MEDIATION_ENDED,
}


class DisputeBeforePlatform(NotPossible):
    """The seller does not decide beside the platform that was asked."""

    code = "dispute_before_platform"
    text = gettext_noop(
        "The platform was asked to mediate this line. To the end of {until} the seller can give back all of "
        "it, or answer the platform's proposal, but not decide alone."
    )


def write_down(
    *,
    case: LineMediation,
    act: Act,
    side: Side,
    within: Organization | None,
    by: User,
    at: datetime,
    text: str = "",
) -> None:
    """
    Append the step of a locked case, write the audit trail, and tell everybody else.

    Asking for the right is the caller's part.
    """
    amount = case.amount_minor if act in (Act.PROPOSE, Act.ACCEPT) else None
    MediationStep.objects.create(
        mediation=case,
        position=MediationStep.objects.filter(mediation=case).count() + 1,
        act=act,
        side=side,
        amount_minor=amount,
        text=text,
        person=by.public_id,
        person_name=by.name,
        organization_name=within.name if within else "",
        at=at,
    )
    audit.record(
        by=by,
        action=f"mediation.{act}",
        subject=case.public_id,
        at=at,
        within=within or case.invoice.seller,
        dispute=case.dispute.public_id,
        state=str(case.state),
        amount_minor=case.amount_minor,
        text=text,
    )
    _tell(case, act, within, at)


def close(
    *,
    case: LineMediation,
    act: Act,
    side: Side,
    within: Organization | None,
    by: User,
    at: datetime,
    text: str = "",
) -> LineMediation:
    """Close a locked case by an act that leads to its end, and write the step down."""
    target = TABLE[act].target
    assert target is not None, "an act that closes a case has a target"
    case.state, case.closed_at = target.value, at
    case.save(update_fields=["state", "closed_at"])
    write_down(case=case, act=act, side=side, within=within, by=by, at=at, text=text)
    return case


def end_with(
    *, dispute: LineDispute, side: Side, is_whole: bool, within: Organization, by: User, at: datetime
) -> None:
    """
    End the case of a locked dispute that is about to be closed otherwise; without a case nothing happens.

    The buyer may withdraw, and the seller give the whole line back (``is_whole``); anything less waits for
    the case. One whose time is over lapses by the clock then, and hinders nobody.

    :raises DisputeBeforePlatform: if the seller would decide for less beside the platform
    """
    found = LineMediation.objects.open().filter(dispute=dispute).locked().first()
    if found is None:
        return
    case = LineMediation.objects.with_sides().get(pk=found.pk)
    if is_whole:
        close(case=case, act=Act.END, side=side, within=within, by=by, at=at)
    elif at >= case.due_at:
        clock = robot(name="clock")
        close(case=case, act=Act.LAPSE, side=Side.CLOCK, within=None, by=clock, at=at)
    else:
        raise DisputeBeforePlatform(until=last_day(case=case).isoformat())


def last_day(*, case: LineMediation) -> date:
    """Return the local day at whose end the time of a case is over."""
    return (case.due_at - timedelta(seconds=1)).astimezone(case.invoice.zone).date()


def platforms() -> list[Organization]:
    """Return the platform, which is told of every case."""
    return list(Organization.objects.filter(kind=OrganizationKind.PLATFORM).order_by("pk"))


def _tell(case: LineMediation, act: Act, within: Organization | None, at: datetime) -> None:
    """Tell both sides and the platform, without whoever did it; programs are told of what leads on."""
    invoice = case.invoice
    everybody = [invoice.buyer, invoice.seller, *platforms()]
    facts = {  # without amounts: also roles that read no invoices read what is told
        "who": within.name if within else "",
        "invoice": invoice.number or invoice.public_id,
        "until_at": (case.due_at - timedelta(seconds=1)).isoformat(),  # the last day, which is read
    }
    others = [one for one in everybody if within is None or one.pk != within.pk]
    kind = Kind.MEDIATION_AGREED if case.state == LineMediation.Stage.AGREED else TOLD[act]
    to = everybody if kind == Kind.MEDIATION_AGREED else others
    notify(kind=kind, to=to, facts=facts, at=at, link=f"/mediations/{case.public_id}/")
    _publish(case, act, everybody, at)


def _publish(case: LineMediation, act: Act, to: Sequence[Organization], at: datetime) -> None:
    types = {Act.ASK: EventType.MEDIATION_ASKED, Act.PROPOSE: EventType.MEDIATION_PROPOSED}
    type = types.get(act) if case.is_open else EventType.MEDIATION_CLOSED
    if type is not None:
        events.publish(type=type, object=case.public_id, to=to, at=at)
