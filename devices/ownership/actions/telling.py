"""Tell both sides what happens to data rights, in the transaction in which it happens."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import Count

from devices.ownership.models import AccessEvent, Agreement, Certificate, DataAsset, Duty, Grant, PaymentDuty
from devices.ownership.rules.duties import Step
from marketplace.actions.notifications import notify
from marketplace.models import Organization
from marketplace.models.parties import OrganizationKind
from marketplace.rules.notifications import Kind

HOUR = timedelta(hours=1)
GRANTS = {
    "grant.ask": Kind.GRANT_ASKED,
    "grant.give": Kind.GRANT_GIVEN,
    "grant.refuse": Kind.GRANT_REFUSED,
    "grant.withdraw": Kind.GRANT_WITHDRAWN,
}
DUTIES = {Step.SOON: Kind.DUTY_SOON, Step.DUE: Kind.DUTY_DUE, Step.OVERDUE: Kind.DUTY_OVERDUE}
PAYMENTS = {
    Step.SOON: Kind.PAYMENT_SOON,
    Step.DUE: Kind.PAYMENT_DUE,
    Step.OVERDUE: Kind.PAYMENT_OVERDUE,
    Step.ESCALATED: Kind.PAYMENT_ESCALATED,
}


def of_grant(*, action: str, grant: Grant, within: Organization, at: datetime) -> None:
    """Tell the others: whose data they are, and who gets it."""
    kind = GRANTS.get(action)
    if kind is None:
        return
    agreement = grant.agreement
    mine = agreement.lessee if agreement else grant.equipment.owner
    sides = [mine, grant.recipient]
    if grant.kind == Grant.Kind.SERVICE_JOB:  # which the owner may give, too
        sides.append(grant.equipment.owner)
    others = [one for one in sides if one.pk != within.pk]
    facts = {"who": within.name, "machine": str(grant.equipment)}
    notify(kind=kind, to=others, facts=facts, at=at, link=f"/data-grants/{grant.public_id}/")


def of_agreement(*, action: str, agreement: Agreement, within: Organization, at: datetime) -> None:
    """Tell the sides that data rights were suspended, or go on."""
    stopped = action in ("agreement.suspend", "agreement.hold")
    others = [one for one in (agreement.owner, agreement.lessee) if one.pk != within.pk]
    facts = {"who": within.name, "machine": str(agreement.equipment)}
    kind = Kind.AGREEMENT_SUSPENDED if stopped else Kind.AGREEMENT_RESUMED
    notify(kind=kind, to=others, facts=facts, at=at, link=f"/data/{agreement.public_id}/")


def of_duty(*, duty: Duty, step: Step, at: datetime) -> None:
    """Tell the sides that data are erased soon or now; what is overdue is told the platform, too."""
    kind = DUTIES.get(step)
    if kind is None or (step is not Step.OVERDUE and duty.kind != Duty.Kind.ERASE):
        return
    agreement = duty.agreement
    told = [agreement.lessee, agreement.owner]
    if step is Step.OVERDUE:
        told += list(Organization.objects.filter(kind=OrganizationKind.PLATFORM))
    facts = {"machine": str(agreement.equipment), "due_at": duty.due_at.isoformat()}
    notify(kind=kind, to=told, facts=facts, at=at, link="/data/duties/")


def of_payment(*, duty: PaymentDuty, step: Step, at: datetime) -> None:
    """Tell who owes and who is owed; what is escalated is told the platform, too."""
    told = [duty.debtor, duty.creditor]
    if step is Step.ESCALATED:
        told += list(Organization.objects.filter(kind=OrganizationKind.PLATFORM))
    facts = {"who": duty.debtor.name, "whom": duty.creditor.name, "due_at": duty.due_at.isoformat()}
    notify(kind=PAYMENTS[step], to=told, facts=facts, at=at, link="/data/duties/")


def of_certificate(*, certificate: Certificate, agreement: Agreement, at: datetime) -> None:
    """Tell the sides that data are gone."""
    link = f"/data/certificates/{certificate.public_id}/"
    facts = {"machine": str(agreement.equipment)}
    notify(kind=Kind.DATA_ERASED, to=[agreement.lessee, agreement.owner], facts=facts, at=at, link=link)


def of_grade(*, asset: DataAsset, grade: str, within: Organization, at: datetime) -> None:
    """Tell the owner of a device and who leases it that data have another grade."""
    spoken = asset.device.bindings.filter(period__contains=at).values("equipment")
    now = Agreement.objects.filter(equipment__in=spoken, period__contains=at).select_related("lessee")
    sides = [asset.device.owner, *(one.lessee for one in now)]
    facts = {"data": asset.label, "device": asset.device.name, "grade": grade}
    others = [one for one in sides if one.pk != within.pk]
    link = f"/data/assets/{asset.public_id}/"
    notify(kind=Kind.DATA_REGRADED, to=others, facts=facts, at=at, link=link)


def spikes(*, at: datetime) -> int:
    """
    Tell the sides of a device who was refused there too often within the last hour; return how many times.

    More often than ``DENIALS_AN_HOUR``; of one reader at one device they are told once an hour. Whoever was
    refused is not told: it knows.
    """
    lately = AccessEvent.objects.decisions_made().filter(outcome="DENY", at__gt=at - HOUR, at__lte=at)
    asked = lately.exclude(organization="").order_by().values("organization", "organization_name", "device")
    many = asked.annotate(count=Count("pk")).filter(count__gt=settings.DENIALS_AN_HOUR)
    told = 0
    for one in many:
        event = lately.filter(organization=one["organization"], device=one["device"]).latest("pk")
        facts = {"who": one["organization_name"], "count": str(one["count"]), "device": event.device_name}
        to = _sides(event.concerns, but=one["organization"])
        once = f"{Kind.DENIAL_SPIKE}:{one['organization']}:{one['device']}:{at:%Y%m%d%H}"
        link = "/data/log/?only=refused"
        told += len(notify(kind=Kind.DENIAL_SPIKE, to=to, facts=facts, at=at, link=link, once=once))
    return told


def _sides(ids: Iterable[str], *, but: str) -> list[Organization]:
    return list(Organization.objects.filter(public_id__in=ids).exclude(public_id=but))
