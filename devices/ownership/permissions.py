"""How long data are kept, as the operator of the platform has set it, and who may suspend that."""

from datetime import timedelta

from django.conf import settings
from django.utils.translation import gettext_noop

from devices.ownership.rules.duties import Terms
from marketplace.models import Organization, User
from marketplace.models.parties import OrganizationKind
from marketplace.permissions import Permission, require
from marketplace.shared.errors import NotAllowed


class ClockOnly(NotAllowed):
    """Duties are carried out by the platform's own clock."""

    code = "clock_only"
    text = gettext_noop("Duties are carried out by the platform itself when they are due.")


class PlatformOnly(NotAllowed):
    """Only the platform suspends erasing."""

    code = "platform_only"
    text = gettext_noop("Only the platform may suspend erasing, for a dispute for example. Ask it to.")


class AuditorOnly(NotAllowed):
    """Only the platform's auditor looks up masked names."""

    code = "auditor_only"
    text = gettext_noop("Only an auditor of the platform may look up a name that is withheld.")


def terms() -> Terms:
    """Return how long data are kept and when both sides are told."""
    return Terms(
        erase_after=timedelta(days=settings.DATA_ERASE_DAYS),
        notice=timedelta(days=settings.DATA_NOTICE_DAYS),
        grace=timedelta(days=settings.DATA_GRACE_DAYS),
        postpone=timedelta(days=settings.DATA_POSTPONE_DAYS),
        evidence_years=settings.EVIDENCE_KEEP_YEARS,
        patience=timedelta(days=settings.DATA_PATIENCE_DAYS),
        pay_within=timedelta(days=settings.DATA_PAYMENT_DAYS),
    )


def require_clock(by: User) -> None:
    """
    Let the platform's own clock pass.

    :raises ClockOnly: if ``by`` is a person
    """
    if not by.is_robot:
        raise ClockOnly


def require_platform(by: User, *, within: Organization) -> None:
    """
    Let those pass who may decide for the platform.

    :raises MissingRight: if the role of ``by`` does not allow it
    :raises PlatformOnly: if ``within`` is not the platform
    """
    require(by, Permission.DATA_ERASE, within=within)
    if within.kind != OrganizationKind.PLATFORM:
        raise PlatformOnly


def require_auditor(by: User, *, within: Organization) -> None:
    """
    Let those pass who audit the log of reads for the platform.

    :raises MissingRight: if the role of ``by`` does not allow it
    :raises AuditorOnly: if ``within`` is not the platform
    """
    require(by, Permission.LOG_AUDIT, within=within)
    if within.kind != OrganizationKind.PLATFORM:
        raise AuditorOnly
