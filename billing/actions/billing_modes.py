"""Choose whether leases are billed by themselves, or by a run that people approve."""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext_noop

from billing.models import BillingMode
from marketplace.actions import audit
from marketplace.models import Organization, User
from marketplace.permissions import Permission, require
from marketplace.shared.errors import Flaw, Invalid


class BillingModeInvalid(Invalid):
    """There is no such way of billing; ``flaws`` say where."""

    code = "billing_mode_invalid"
    text = gettext_noop("Choose AUTOMATIC or REVIEWED.")


@transaction.atomic
def choose(*, organization: Organization, mode: str, at: datetime, by: User) -> BillingMode:
    """
    Say how the leases of an organization are billed from now on; a run that is open goes on.

    What is due and not billed yet is billed the new way. Choosing the same again changes nothing.

    :raises MissingRight: if ``by`` may not say how ``organization`` bills
    :raises BillingModeInvalid: if there is no such mode
    """
    require(by, Permission.BILLING_SET, within=organization)
    if mode not in BillingMode.Mode.values:
        flaw = Flaw("/mode", "invalid_choice", BillingModeInvalid.text)
        raise BillingModeInvalid(flaws=[flaw])
    found = BillingMode.objects.filter(organization=organization).select_for_update(no_key=True).first()
    if found is not None and found.mode == mode:
        return found
    chosen = {"mode": mode, "set_by": by, "set_at": at}
    made, _ = BillingMode.objects.update_or_create(organization=organization, defaults=chosen)
    audit.record(
        by=by,
        action="billing_mode.choose",
        subject=organization.public_id,
        at=at,
        within=organization,
        before=found.mode if found else "",
        mode=mode,
    )
    return made
