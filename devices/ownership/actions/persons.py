"""A person's name in the log of reads is asked to go, masked at once, looked up by the auditor, erased."""

from datetime import datetime

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext_noop

from devices.ownership.models import LoggedPerson
from devices.ownership.permissions import require_auditor, require_clock
from devices.ownership.rules import persons
from marketplace.actions import audit
from marketplace.models import Organization, User
from marketplace.models.parties import OrganizationKind
from marketplace.permissions import Permission, require
from marketplace.shared.errors import Invalid, NotPossible

AT_ONCE = 500  # names in one run of the clock


class NobodyNamed(NotPossible):
    """There is no name that could go."""

    code = "nobody_named"
    text = gettext_noop("The log of reads names nobody of this id, or somebody asked for it already.")


class LookingNeedsReason(Invalid):
    """Whoever looks up a masked name says why."""

    code = "looking_needs_reason"
    text = gettext_noop("Say why you look up the name: it is written down.")


class PersonErased(NotPossible):
    """The name is gone."""

    code = "person_erased"
    text = gettext_noop("The name was erased. Nobody can tell any more who it was.")


@transaction.atomic
def ask(*, user: str, by: User, within: Organization, at: datetime) -> int:
    """
    Ask that a person's name (``user``: its public id) goes from the log of reads; return how many are masked.

    The person itself asks for all its names, an administrator of its organization for those of that
    organization, an auditor of the platform for all. From now on the name is withheld from everybody but the
    auditor; the clock erases it when the law does not demand it any more. The audit trail says who asked for
    whom, and no pseudonym: else it would tell forever what was to be erased.

    :raises MissingRight: if it is another person's name and ``by`` may not edit members of ``within``
    :raises NobodyNamed: if no name is there, or it was asked for before
    """
    found = LoggedPerson.objects.filter(user=user, asked_at=None, erased_at=None)
    if user != by.public_id:
        platform = within.kind == OrganizationKind.PLATFORM
        require(by, Permission.LOG_AUDIT if platform else Permission.MEMBER_EDIT, within=within)
        found = found if platform else found.filter(organization=within.public_id)
    masked = len(found.locked())
    if not masked:
        raise NobodyNamed
    found.update(asked_at=at)
    audit.record(by=by, action="person.ask", subject=user, at=at, within=within, source="pipl_47")
    return masked


@transaction.atomic
def erase_due(*, by: User, at: datetime) -> int:
    """
    Erase the names that were asked for and need not be kept any more (``LOG_KEEP_YEARS``); return how many.

    :raises ClockOnly: if ``by`` is a person
    """
    require_clock(by)
    last = persons.year_of(at) - settings.LOG_KEEP_YEARS - 1
    found = list(LoggedPerson.objects.waiting(last).locked()[:AT_ONCE])
    for one in found:
        one.user, one.name, one.secret, one.asked_at, one.erased_at = "", "", b"", None, at
        one.save(update_fields=["user", "name", "secret", "asked_at", "erased_at"])
        audit.record(by=by, action="person.erase", subject=one.public_id, at=at, year=one.year)
    return len(found)


@transaction.atomic
def reveal(
    *, person: LoggedPerson, reason: str, by: User, within: Organization, at: datetime
) -> LoggedPerson:
    """
    Look up, as the platform's auditor, who is behind a pseudonym; the look and its reason are written down.

    :raises MissingRight: if the role of ``by`` does not allow it
    :raises AuditorOnly: if ``within`` is not the platform
    :raises LookingNeedsReason: if no reason is given
    :raises PersonErased: if the name is gone
    """
    require_auditor(by, within=within)
    if not reason.strip():
        raise LookingNeedsReason
    found = LoggedPerson.objects.get(pk=person.pk)
    if found.state is persons.State.ERASED:
        raise PersonErased
    said = reason.strip()[:300]
    audit.record(by=by, action="person.reveal", subject=found.public_id, at=at, within=within, reason=said)
    return found
