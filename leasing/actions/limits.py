"""Set how far a lessor trusts its lessees; what was set before stays on record."""

from datetime import datetime

from django.utils.translation import gettext_noop

from leasing.models import CreditLimit
from leasing.rules import limits as rules
from marketplace.actions import audit
from marketplace.gateway.transactions import atomic
from marketplace.models import Organization, User
from marketplace.permissions import Permission, require
from marketplace.shared.errors import Invalid


class CreditLimitInvalid(Invalid):
    """Something in the limit is wrong; ``flaws`` say what, each at its field."""

    code = "credit_limit_invalid"
    text = gettext_noop("The limit cannot be set like this. Mend what is marked.")


@atomic
def grant(
    *,
    lessor: Organization,
    lessee: Organization | None,
    amount_minor: int | None,
    currency: str,
    reason: str,
    by: User,
    at: datetime,
    longest_months: int | None = None,
    valid_from: datetime | None = None,
    valid_until: datetime | None = None,
) -> CreditLimit:
    """
    Set a limit for a lessee, or without one for all that have none of their own; it replaces the last.

    ``amount_minor`` is in minor units; without it, no limit is asked for. Without ``valid_from`` it holds
    from now on. Leases that were approved before stay approved.

    :raises MissingRight: if ``by`` may not edit limits of the lessor
    :raises CreditLimitInvalid: with every fault at its field
    """
    require(by, Permission.CREDIT_EDIT, within=lessor)
    flaws = rules.flaws(
        lessor=lessor.public_id,
        lessee=lessee.public_id if lessee else "",
        amount_minor=amount_minor,
        currency=currency,
        longest_months=longest_months,
        valid_from=valid_from or at,
        valid_until=valid_until,
        reason=reason,
        at=at,
    )
    if flaws:
        raise CreditLimitInvalid(flaws=flaws)
    made = CreditLimit.objects.create(
        lessor=lessor,
        lessee=lessee,
        amount_minor=amount_minor,
        currency=currency,
        longest_months=longest_months,
        valid_from=valid_from or at,
        valid_until=valid_until,
        reason=reason.strip(),
        made_by=by.public_id,
        made_by_name=by.name,
        made_at=at,
    )
    audit.record(
        by=by,
        action="credit_limit.grant",
        subject=made.public_id,
        at=at,
        within=lessor,
        lessee=lessee.public_id if lessee else "",
        amount_minor=amount_minor,
        currency=currency,
    )
    return made
