"""Whether a change stays within the lessor's credit limit, or a second person of the lessor approves it."""

from datetime import datetime

from django.utils.translation import gettext_noop

from leasing.actions import annex_effects
from leasing.models import Annex, CreditLimit, Lease
from leasing.queries import change_decision
from leasing.rules.annexes import Kind
from leasing.rules.approval import Decision
from leasing.rules.leases import Side
from marketplace.actions.notifications import notify
from marketplace.models import User
from marketplace.rules.notifications import Kind as Told
from marketplace.shared.errors import NotPossible

LOOKED_AT = frozenset({Kind.EXTEND, Kind.ADD, Kind.REPRICE})


class AnnexNeedsApproval(NotPossible):
    """The change is beyond the lessor's limit, and no second person of the lessor has approved it."""

    code = "annex_needs_approval"
    text = gettext_noop(
        "Somebody at {lessor} who neither proposed nor accepts this change has to approve it first."
    )


def decision_on(*, annex: Annex, lease: Lease, at: datetime) -> Decision | None:
    """Return what the limit says of a change; nothing of one that makes the lease no larger."""
    if annex.kind not in LOOKED_AT:
        return None
    machines = annex_effects.units_staying(lease=lease).count()  # those that are still to come as well
    return change_decision(lease, annex.change, max(machines, 1), at)


def check(*, annex: Annex, lease: Lease, by: User, at: datetime) -> None:
    """
    Let ``by`` accept a change of a locked lease, if the limit allows it or another person approved it.

    The limit is looked at under the lock of the two sides, as for the approval of a lease.

    :raises AnnexNeedsApproval: if it is beyond the limit and nobody else of the lessor approved it
    """
    CreditLimit.objects.lock(lease.lessor_id, lease.lessee_id)
    found = decision_on(annex=annex, lease=lease, at=at)
    if found is None or found.is_automatic:
        return
    binds = annex.made_by if annex.side == Side.LESSOR else by.public_id
    if not annex.approvals.exclude(person=binds).exists():
        raise AnnexNeedsApproval(lessor=lease.lessor.name)


def tell(*, annex: Annex, lease: Lease, at: datetime) -> None:
    """Tell the lessor of a change that waits for a second person of it."""
    found = decision_on(annex=annex, lease=lease, at=at)
    if found is not None and not found.is_automatic:
        facts = {"number": lease.number, "who": lease.lessee.name}
        link = f"/leases/{lease.public_id}/changes/{annex.number}/"
        notify(kind=Told.LEASE_TO_APPROVE, to=[lease.lessor], facts=facts, at=at, link=link)
