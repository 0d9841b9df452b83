"""Licences for finance leases, as the platform found them with the authority; each entry stays."""

from datetime import date, datetime

from django.utils.translation import gettext_noop

from leasing.models import FinanceLicence
from marketplace.actions import audit
from marketplace.gateway.transactions import atomic
from marketplace.models import Organization, User
from marketplace.models.parties import OrganizationKind
from marketplace.permissions import MissingRight, Permission, require
from marketplace.shared.errors import Flaw, Invalid

TEXTS = {
    "required": gettext_noop("This field is required."),
    "ends_before_it_begins": gettext_noop("A licence cannot end before it begins, on {valid_from}."),
}


class LicenceInvalid(Invalid):
    """Something in the entry is wrong; ``flaws`` say what, each at its field."""

    code = "finance_licence_invalid"
    text = gettext_noop("The licence cannot be recorded like this. Mend what is marked.")


@atomic
def record(
    *,
    platform: Organization,
    organization: Organization,
    number: str,
    authority: str,
    valid_from: date,
    by: User,
    at: datetime,
    valid_until: date | None = None,
) -> FinanceLicence:
    """
    Record a company's licence, or that it ends on ``valid_until``; what is recorded last counts.

    Leases that are under contract stay what they are.

    :raises MissingRight: if ``by`` may not record licences for the platform
    :raises LicenceInvalid: with every fault at its field
    """
    require(by, Permission.LICENCE_RECORD, within=platform)
    if platform.kind != OrganizationKind.PLATFORM:
        raise MissingRight(organization=platform.name)
    given = {"number": number.strip()[:60], "authority": authority.strip()[:120]}
    flaws = [Flaw(f"/{name}", "required", TEXTS["required"]) for name, text in given.items() if not text]
    if valid_until is not None and valid_until < valid_from:
        code, shown = "ends_before_it_begins", {"valid_from": valid_from.isoformat()}
        flaws.append(Flaw("/valid_until", code, TEXTS[code], shown))
    if flaws:
        raise LicenceInvalid(flaws=flaws)
    made = FinanceLicence.objects.create(
        organization=organization,
        valid_from=valid_from,
        valid_until=valid_until,
        made_by=by.public_id,
        made_by_name=by.name,
        made_at=at,
        **given,
    )
    facts = given | {
        "of": organization.public_id,
        "valid_from": str(valid_from),
        "valid_until": str(valid_until),
    }
    audit.record(by=by, action="licence.record", subject=made.public_id, at=at, within=platform, **facts)
    return made
