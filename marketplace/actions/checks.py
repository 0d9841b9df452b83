"""The platform writes down what it looked at, of a machine or of a company; badges claim that and no more."""

from datetime import datetime

from django.utils.translation import gettext_noop

from marketplace.actions import audit
from marketplace.gateway.transactions import atomic
from marketplace.models import Equipment, EquipmentCheck, Organization, OrganizationCheck, User
from marketplace.models.parties import OrganizationKind
from marketplace.permissions import MissingRight, Permission, require
from marketplace.rules import checks as rules
from marketplace.rules.checks import Written
from marketplace.rules.identifiers import flaws as code_flaws
from marketplace.shared.errors import Flaw, Invalid


class CheckInvalid(Invalid):
    """Something in the check is wrong or missing; ``flaws`` say what, each at its field."""

    code = "check_invalid"
    text = gettext_noop("The check cannot be kept like this. Mend what is marked.")


NOT_OF_THIS = gettext_noop("This is not looked at here.")


@atomic
def of_equipment(
    *, equipment: Equipment, given: Written, within: Organization, by: User, at: datetime
) -> EquipmentCheck:
    """
    Append what the platform (``within``) saw of a machine; on the nameplate it reads the number itself.

    :raises MissingRight: if ``by`` may not record checks for the platform
    :raises CheckInvalid: with every fault at its field
    """
    require_platform(by=by, within=within)
    if given.kind not in rules.OF_MACHINES:
        raise CheckInvalid(flaws=[Flaw("/kind", "not_of_this", NOT_OF_THIS)])
    _refuse(rules.flaws(given, registered=equipment.serial_number, at=at))
    made = EquipmentCheck.objects.create(equipment=equipment, **_values(given, by, at))
    facts = {"about": equipment.public_id, "kind": made.kind, "passed": made.passed}
    audit.record(by=by, action="check.equipment", subject=made.public_id, at=at, within=within, **facts)
    return made


@atomic
def of_organization(
    *, organization: Organization, given: Written, within: Organization, by: User, at: datetime
) -> OrganizationCheck:
    """
    Append what the platform (``within``) saw of a company. It is shown as what it is, and verifies nobody:
    that is decided once, from the papers of a case (:func:`marketplace.actions.verifications.decide`).

    :raises MissingRight: if ``by`` may not record checks for the platform
    :raises CheckInvalid: with every fault at its field; a credit code with wrong check digits never passes
    """
    require_platform(by=by, within=within)
    if given.kind not in rules.OF_COMPANIES:
        raise CheckInvalid(flaws=[Flaw("/kind", "not_of_this", NOT_OF_THIS)])
    organization = Organization.objects.locked().get(pk=organization.pk)
    flaws = rules.flaws(given, registered=organization.credit_code, at=at)
    if given.passed and not flaws:
        flaws = [Flaw("/seen", one.code, one.text, one.facts) for one in code_flaws(given.seen)]
    _refuse(flaws)
    made = OrganizationCheck.objects.create(organization=organization, **_values(given, by, at))
    facts = {"about": organization.public_id, "kind": made.kind, "passed": made.passed}
    audit.record(by=by, action="check.organization", subject=made.public_id, at=at, within=within, **facts)
    return made


def require_platform(*, by: User, within: Organization) -> None:
    """
    Let people of the platform go on who may record checks.

    :raises MissingRight: for everybody else
    """
    require(by, Permission.CHECK_RECORD, within=within)
    if within.kind != OrganizationKind.PLATFORM:
        raise MissingRight(organization=within.name)


def _values(given: Written, by: User, at: datetime) -> dict[str, object]:
    return {
        "kind": given.kind.value,
        "passed": given.passed,
        "seen": given.seen.strip(),
        "note": given.note.strip(),
        "checked_at": given.checked_at,
        "valid_until": given.until,
        "recorded_by": by.public_id,
        "recorded_by_name": by.name,
        "recorded_at": at,
    }


def _refuse(flaws: list[Flaw]) -> None:
    if flaws:
        raise CheckInvalid(flaws=flaws)
