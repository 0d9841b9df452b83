"""Declare the tier of a site or the maturity of an organization, each word for good."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from django.utils.translation import gettext_noop

from marketplace.actions import audit
from marketplace.gateway.transactions import atomic
from marketplace.models import MaturityDeclaration, Organization, Site, User
from marketplace.models.parties import OrganizationKind
from marketplace.permissions import MissingRight, Permission, require
from marketplace.rules import maturity as rules
from marketplace.shared.errors import Invalid


class MaturityInvalid(Invalid):
    """Something in the declaration is wrong; ``flaws`` say what, each at its field."""

    code = "maturity_invalid"
    text = gettext_noop("This cannot be declared like this. Mend what is marked.")


@atomic
def declare(
    *,
    organization: Organization,
    site: Site | None,
    given: Mapping[str, Any],
    within: Organization,
    by: User,
    at: datetime,
    today: date,
) -> MaturityDeclaration:
    """
    Declare the tier of a site of an organization, or its level without a site; the same again is the same.

    The platform's word is verified, the organization's own is self-declared.

    :raises MissingRight: if ``by`` may neither edit members here nor decide verifications at the platform
    :raises MaturityInvalid: with every fault at its field
    """
    is_platform = within.kind == OrganizationKind.PLATFORM
    if not is_platform and within.pk != organization.pk:
        raise MissingRight(organization=organization.name)
    require(by, Permission.VERIFICATION_DECIDE if is_platform else Permission.MEMBER_EDIT, within=within)
    assert site is None or site.organization_id == organization.pk
    found = list(rules.flaws(given, has_site=site is not None, today=today))
    if found:
        raise MaturityInvalid(flaws=found)
    said = rules.read(given)
    Organization.objects.locked().get(pk=organization.pk)
    facts = {
        "organization": organization,
        "site": site,
        "tier": said.tier.value if said.tier else "",
        "level": said.level,
        "source": said.source,
        "valid_from": said.valid_from,
        "made_for": within,
        "is_verified": is_platform,
    }
    last = MaturityDeclaration.objects.filter(organization=organization, site=site).newest_first().first()
    if last is not None and all(getattr(last, name) == value for name, value in facts.items()):
        return last
    made = MaturityDeclaration.objects.create(
        **facts, recorded_by=by.public_id, recorded_by_name=by.name, recorded_at=at
    )
    audit.record(by=by, action="maturity.declare", subject=made.public_id, at=at, within=within)
    return made
