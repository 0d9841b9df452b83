"""Declare competitors: whoever leases from one opens less of what its machine reports."""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext_noop

from devices.ownership.models import DeclaredCompetitor
from marketplace.actions import audit
from marketplace.models import Organization, User
from marketplace.permissions import Permission, require
from marketplace.shared.errors import Invalid


class CompetesWithItself(Invalid):
    """A competitor is another organization."""

    code = "competes_with_itself"
    text = gettext_noop("{organization} cannot be its own competitor. Choose another organization.")


@transaction.atomic
def declare(
    *, organization: Organization, competitor: Organization, by: User, at: datetime
) -> DeclaredCompetitor:
    """
    Declare that another organization competes; it counts for agreements that begin later, both ways.

    It only ever narrows rights, so nobody else needs to agree. Declaring again changes nothing.

    :raises MissingRight: if ``by`` may not deal with grants for ``organization``
    :raises CompetesWithItself: if both are one organization
    """
    require(by, Permission.DATA_GRANT, within=organization)
    if organization.pk == competitor.pk:
        raise CompetesWithItself(organization=organization.name)
    found, made = DeclaredCompetitor.objects.get_or_create(
        organization=organization,
        competitor=competitor,
        defaults={"declared_at": at, "declared_by": by.public_id},
    )
    if made:
        audit.record(
            by=by, action="competitor.declare", subject=competitor.public_id, at=at, within=organization
        )
    return found
