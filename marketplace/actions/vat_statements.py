"""State how an organization is taxed: it says so itself, and the platform may correct it."""

from datetime import datetime
from zoneinfo import ZoneInfo

from django.utils.translation import gettext_noop

from marketplace.actions import audit
from marketplace.gateway.transactions import atomic
from marketplace.models import Organization, User, VatStatement
from marketplace.models.parties import OrganizationKind
from marketplace.permissions import Permission, require
from marketplace.rules import vat_statements as rules
from marketplace.rules.pricing.sellers import Rounding, tax_on
from marketplace.rules.quotes import USUAL_ZONE
from marketplace.rules.vat_statements import Statement
from marketplace.shared.errors import Invalid, NotAllowed

ZONE: ZoneInfo = USUAL_ZONE


class VatStatementInvalid(Invalid):
    """Something in the statement is wrong or missing; ``flaws`` say what, each at its field."""

    code = "vat_statement_invalid"
    text = gettext_noop("How the organization is taxed cannot be stated like this. Mend what is marked.")


class NotItsTaxpayer(NotAllowed):
    """Of how an organization is taxed only itself and the platform speak."""

    code = "not_its_taxpayer"
    text = gettext_noop("Only {organization} and the platform state how {organization} is taxed.")


class RoundingIsSet(NotAllowed):
    """How tax is rounded follows from the seller's country; the platform alone states an exception."""

    code = "tax_rounding_is_set"
    text = gettext_noop("How tax is rounded is stated by the platform. Leave it out, or ask the platform.")


@atomic
def state(
    *, organization: Organization, given: Statement, within: Organization, by: User, at: datetime
) -> VatStatement:
    """
    Append how an organization is taxed from a day on; what was stated last of the day again is that one.

    It holds for what is drafted from now on: an issued invoice and its notes keep their tax.

    :raises MissingRight: if ``by`` may not run invoices of ``within``
    :raises NotItsTaxpayer: if ``within`` is neither the organization nor the platform
    :raises RoundingIsSet: if ``within`` is not the platform and states another rounding
    :raises VatStatementInvalid: with every fault at its field
    """
    require(by, Permission.INVOICE_RUN, within=within)
    is_platform = within.kind == OrganizationKind.PLATFORM
    if within.pk != organization.pk and not is_platform:
        raise NotItsTaxpayer(organization=organization.name)
    found = rules.flaws(given, today=at.astimezone(ZONE).date())
    if found:
        raise VatStatementInvalid(flaws=found)
    organization = Organization.objects.locked().get(pk=organization.pk)
    rounding = _rounding(organization, given)
    if given.rounding not in (None, rounding) and not is_platform:
        raise RoundingIsSet
    said = {
        "status": given.status.value,
        "rounding": (given.rounding or rounding).value,
        "source": given.source.strip(),
    }
    of_day = VatStatement.objects.filter(organization=organization, valid_from=given.valid_from)
    last = of_day.order_by("pk").last()
    if last is not None and all(getattr(last, name) == value for name, value in said.items()):
        return last
    made = VatStatement.objects.create(
        organization=organization,
        valid_from=given.valid_from,
        made_for=within,
        recorded_by=by.public_id,
        recorded_by_name=by.name,
        recorded_at=at,
        **said,
    )
    told = {"statement": made.public_id, "status": made.status, "valid_from": str(made.valid_from)}
    audit.record(by=by, action="vat.state", subject=organization.public_id, at=at, within=within, **told)
    return made


def _rounding(organization: Organization, given: Statement) -> Rounding:
    """Return how the tax of the organization is rounded on the day by what is stated so far."""
    said = VatStatement.objects.said_of([organization.pk]).get(organization.pk, [])
    return tax_on(said, given.valid_from).rounding
