"""Licences to lend, as the platform found them with the authority; each entry stays."""

from datetime import date, datetime

from django.utils.translation import gettext_noop

from billing.models import LoanLicence
from billing.rules.loan_terms import FIRST_DAY, LAST_DAY, flaw, text_flaws
from marketplace.actions import audit
from marketplace.gateway.transactions import atomic
from marketplace.models import Organization, User
from marketplace.models.parties import OrganizationKind
from marketplace.permissions import MissingRight, Permission, require
from marketplace.shared.errors import Invalid


class LoanLicenceInvalid(Invalid):
    """Something in the entry is wrong; ``flaws`` say what, each at its field."""

    code = "loan_licence_invalid"
    text = gettext_noop("The licence to lend cannot be recorded like this. Mend what is marked.")


@atomic
def record(
    *,
    platform: Organization,
    organization: Organization,
    number: str,
    authority: str,
    valid_from: date,
    valid_until: date,
    by: User,
    at: datetime,
) -> LoanLicence:
    """
    Record a company's licence to lend, with its last day; what is recorded last counts.

    Loans that are paid out are tracked on, whatever becomes of the licence.

    :raises MissingRight: if ``by`` may not record licences for the platform
    :raises LoanLicenceInvalid: with every fault at its field
    """
    require(by, Permission.LICENCE_RECORD, within=platform)
    if platform.kind != OrganizationKind.PLATFORM:
        raise MissingRight(organization=platform.name)
    given = {"number": number.strip(), "authority": authority.strip()}
    flaws = text_flaws("/number", given["number"], most=60)
    flaws += text_flaws("/authority", given["authority"], most=120)
    if not FIRST_DAY <= valid_from <= valid_until <= LAST_DAY:
        flaws.append(flaw("/valid_until", "loan_days_in_order"))
    if flaws:
        raise LoanLicenceInvalid(flaws=flaws)
    made = LoanLicence.objects.create(
        organization=organization,
        valid_from=valid_from,
        valid_until=valid_until,
        made_by=by.public_id,
        made_by_name=by.name,
        made_at=at,
        **given,
    )
    days = {"valid_from": str(valid_from), "valid_until": str(valid_until)}
    facts = given | days | {"of": organization.public_id}
    audit.record(by=by, action="loan_licence.record", subject=made.public_id, at=at, within=platform, **facts)
    return made
