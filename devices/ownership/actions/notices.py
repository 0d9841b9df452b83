"""Tell a lessee what a machine's data are before the contract; leasing calls this in its transaction."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext_noop

from devices.ownership.models import Notice, NoticeAcceptance
from devices.ownership.queries import machines_told
from devices.ownership.rules import data_terms, notices
from marketplace.actions import audit
from marketplace.models import Equipment, Organization, User
from marketplace.models.parties import OrganizationKind
from marketplace.permissions import Permission, require
from marketplace.shared.errors import Invalid, NotPossible
from marketplace.shared.period import Period


class DataNoticeNotAccepted(NotPossible):
    """A machine is handed over when its lessee has accepted the notice on its data."""

    code = "data_notice_not_accepted"
    text = gettext_noop(
        "The machine cannot be handed over yet: {lessee} has to read and accept the data notice first, "
        "on the page of the lease."
    )


class DataNoticeOutdated(NotPossible):
    """Devices, channels or terms changed since the notice was made, or a newer one was delivered."""

    code = "data_notice_outdated"
    text = gettext_noop(
        "What the machine reports has changed since this data notice. The lessor has to deliver a new one "
        "on the page of the lease; then the lessee accepts that."
    )


class DataNoticeDiffers(Invalid):
    """The digest is not that of the notice: something else was shown than is accepted."""

    code = "data_notice_differs"
    text = gettext_noop("This is not the fingerprint of the data notice. Read it again, then accept it.")


def deliver(
    *,
    reference: str,
    owner: Organization,
    lessee: Organization,
    equipment: Sequence[Equipment],
    period: Period,
    terms: Mapping[str, Any],
    billing_channels: Sequence[str],
    by: User,
    at: datetime,
    lender: Organization | None = None,
) -> Notice:
    """
    Make the notice of a lease from the devices of its machines, and give it to the lessee.

    The newest notice of a lease is the one that counts. The lease is locked by the caller, in whose
    transaction this is done. ``lender`` is who gives the machine into the lessee's hands, if that is not the
    owner.

    :raises MissingRight: if ``by`` may not operate leases of the owner, or of the lender
    """
    require(by, Permission.LEASE_OPERATE, within=lender or owner)
    machines = machines_told(equipment, period, at)
    document = notices.compose(
        reference=reference,
        sides=_sides(owner, lessee),
        period=period,
        machines=machines,
        terms=terms,
        billing_channels=billing_channels,
        place=settings.DATA_PLACE,
        kept=notices.Kept(settings.DATA_ERASE_DAYS, settings.EVIDENCE_KEEP_YEARS),
        sublet=lender is not None,
    )
    notice = Notice.objects.create(
        reference=reference,
        number=Notice.objects.filter(reference=reference).count() + 1,
        owner=owner,
        lessee=lessee,
        document=document,
        digest=data_terms.digest(document),
        basis=notices.basis(machines=machines, terms=terms, billing_channels=billing_channels),
        delivered_at=at,
        delivered_by=by.public_id,
        delivered_name=by.name,
    )
    audit.record(
        by=by,
        action="notice.deliver",
        subject=notice.public_id,
        at=at,
        within=lender or owner,
        digest=notice.digest,
    )
    return notice


@transaction.atomic
def accept(*, notice: Notice, digest: str, by: User, at: datetime) -> NoticeAcceptance:
    """
    Accept a notice as its reader saw it; accepting again changes nothing.

    :raises MissingRight: if ``by`` may not request leases for the lessee
    :raises DataNoticeDiffers: if ``digest`` is not that of the notice
    :raises DataNoticeOutdated: if a newer notice was delivered
    """
    require(by, Permission.LEASE_REQUEST, within=notice.lessee)
    if digest != notice.digest:
        raise DataNoticeDiffers
    if Notice.objects.filter(reference=notice.reference, number__gt=notice.number).exists():
        raise DataNoticeOutdated
    acceptance, new = NoticeAcceptance.objects.get_or_create(
        notice=notice,
        defaults={"digest": digest, "person": by.public_id, "person_name": by.name, "at": at},
    )
    if new:
        audit.record(
            by=by,
            action="notice.accept",
            subject=notice.public_id,
            at=at,
            within=notice.lessee,
            digest=digest,
        )
    return acceptance


def check_accepted(
    *,
    reference: str,
    lessee: Organization,
    equipment: Sequence[Equipment],
    period: Period,
    terms: Mapping[str, Any],
    billing_channels: Sequence[str],
    at: datetime,
) -> Notice:
    """
    Return the notice of a lease if its lessee accepted it and it still says what the machines report.

    :raises DataNoticeOutdated: if devices, channels or terms changed since it was made
    :raises DataNoticeNotAccepted: if it was not accepted, or never delivered
    """
    notice = Notice.objects.latest_for(reference)
    if notice is None:
        raise DataNoticeNotAccepted(lessee=lessee.name)
    machines = machines_told(equipment, period, at)
    if notice.basis != notices.basis(machines=machines, terms=terms, billing_channels=billing_channels):
        raise DataNoticeOutdated
    if not notice.is_accepted:
        raise DataNoticeNotAccepted(lessee=lessee.name)
    return notice


def _sides(owner: Organization, lessee: Organization) -> notices.Sides:
    platform = Organization.objects.filter(kind=OrganizationKind.PLATFORM).order_by("pk").first()
    named = [{"id": one.public_id, "name": one.name} for one in (owner, lessee, platform or owner)]
    return notices.Sides(*named)
