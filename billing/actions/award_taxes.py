"""Say whether money for a damage or a loss is part of the price, and taxed, or compensation alone."""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext_noop

from billing.models import AwardTax
from leasing.models import DamageClaim, Lease, Transition
from leasing.rules.damage import text_flaws
from leasing.rules.leases import Move
from marketplace.actions import audit
from marketplace.models import User
from marketplace.permissions import Permission, require
from marketplace.shared.errors import Flaw, Invalid

UNKNOWN = gettext_noop("This is neither a damage claim nor a loss of this lease.")


class AwardTaxInvalid(Invalid):
    """There is no such award, or nobody says why; ``flaws`` say what, each at its field."""

    code = "award_tax_invalid"
    text = gettext_noop("The tax of the award cannot be recorded like this. Mend what is marked.")


@transaction.atomic
def say(*, lease: Lease, source: str, is_taxed: bool, reason: str, by: User, at: datetime) -> AwardTax:
    """
    Record whether an award of a lease is taxed as its rent is; what is said last counts.

    ``source`` is the public id of a damage claim, or the hash of the step that recorded a loss. A draft
    follows at its next run. What is issued stays; the other tax is then found by
    ``billing.queries.facts_unbilled``.

    :raises MissingRight: if ``by`` may not run invoices of the lessor
    :raises AwardTaxInvalid: if the lease has no such award, or without a reason
    """
    require(by, Permission.INVOICE_RUN, within=lease.lessor)
    lease = Lease.objects.locked().select_related("lessor").get(pk=lease.pk)
    claims = DamageClaim.objects.filter(lease=lease, public_id=source)
    losses = Transition.objects.filter(lease=lease, move=Move.LOSE, hash=source)
    known = claims.exists() or losses.exists()
    flaws = [] if known else [Flaw("/source", "unknown", UNKNOWN)]
    flaws += text_flaws(reason, "/reason")
    if flaws:
        raise AwardTaxInvalid(flaws=flaws)
    made = AwardTax.objects.create(
        lease=lease,
        source=source,
        is_taxed=is_taxed,
        reason=reason.strip(),
        made_by=by.public_id,
        made_by_name=by.name,
        made_at=at,
    )
    said = {"source": source, "is_taxed": is_taxed, "reason": made.reason}
    audit.record(by=by, action="award.tax", subject=lease.public_id, at=at, within=lease.lessor, **said)
    return made
