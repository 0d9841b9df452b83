"""Approve, as a second person of the lessor, a change that is beyond its credit limit."""

from datetime import datetime

from leasing.actions import annex_credit, annexes
from leasing.actions.approvals import OwnDecision
from leasing.models import Annex, AnnexApproval
from leasing.rules.canonical import digest
from leasing.rules.leases import Side
from marketplace.actions import audit
from marketplace.gateway.transactions import atomic
from marketplace.models import User
from marketplace.permissions import Permission, require


@atomic
def approve(*, annex: Annex, by: User, at: datetime, note: str = "") -> AnnexApproval:
    """
    Approve a change for the lessor; the acceptance asks for it where its limit is exceeded.

    Approving again changes nothing. Whoever approves does not accept the change as well.

    :raises MissingRight: if ``by`` may not decide requests of the lessor
    :raises LeaseMoveRefused: if the lease is not running any more
    :raises AnnexDecided: if the change was answered, taken back, or has run out
    :raises OwnDecision: if ``by`` proposed it for the lessor
    """
    require(by, Permission.LEASE_DECIDE, within=annex.lease.lessor)
    lease, annex = annexes.locked(annex=annex, expected=None)
    if annex.valid_until <= at:
        raise annexes.AnnexDecided(state=Annex.Stage.LAPSED.label)
    if annex.side == Side.LESSOR and annex.made_by == by.public_id:
        raise OwnDecision(maker=annex.made_by_name, lessor=lease.lessor.name)
    found = annex_credit.decision_on(annex=annex, lease=lease, at=at)
    facts = found.facts() if found else {}
    made, is_new = AnnexApproval.objects.get_or_create(
        annex=annex,
        person=by.public_id,
        defaults={"person_name": by.name, "at": at, "decision": digest(facts), "note": note.strip()[:2000]},
    )
    if is_new:
        subject = annex.public_id
        audit.record(by=by, action="annex.approve", subject=subject, at=at, within=lease.lessor, **facts)
    return made
