"""
The platform announces something: it drafts, publishes, and withdraws; what was published never changes.

Organizations are told by the worker (:mod:`marketplace.actions.announcement_telling`).
"""

from dataclasses import asdict
from datetime import datetime
from functools import partial

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_noop

from marketplace.actions import announcement_telling, audit
from marketplace.gateway.transactions import atomic
from marketplace.models import Announcement, BackgroundJob, Organization, User
from marketplace.models.parties import OrganizationKind
from marketplace.permissions import MissingRight, Permission, require
from marketplace.queries import announcements as kept
from marketplace.rules import announcements as rules
from marketplace.rules.announcements import State, Wanted
from marketplace.shared.errors import Flaw, Invalid, NotPossible


class AnnouncementInvalid(Invalid):
    """Something in the announcement is wrong or missing; ``flaws`` say what, each at its field."""

    code = "announcement_invalid"
    text = gettext_noop("The announcement cannot be kept or published like this. Mend what is marked.")


class AnnouncementMoved(NotPossible):
    """It is no draft any more, or not published."""

    code = "announcement_moved"
    text = gettext_noop(
        "This cannot be done any more: drafts are changed and published, what was published is only "
        "withdrawn. Reload the page."
    )


class AnnouncementChanged(NotPossible):
    """Somebody changed it since the caller read it."""

    status = 412
    code = "announcement_changed"
    text = gettext_noop(
        "Somebody has changed this announcement: it is at version {version}, you saw {seen}. Read it again."
    )


class AnnouncementTold(NotPossible):
    """Nobody is left to be told."""

    code = "announcement_told"
    text = gettext_noop(
        "Everybody whom it is for has been told. Only work that was stopped or failed goes on."
    )


@atomic
def draft(*, wanted: Wanted, within: Organization, by: User, at: datetime) -> Announcement:
    """
    Keep a draft that only the platform (``within``) reads.

    :raises MissingRight: if ``by`` may not announce anything for the platform
    :raises AnnouncementInvalid: with every fault at its field
    """
    require_announcer(by=by, within=within)
    _refuse(rules.flaws(wanted))
    made = Announcement.objects.create(**_values(wanted), made_by=by.public_id, made_at=at)
    audit.record(by=by, action="announcement.draft", subject=made.public_id, at=at, within=within)
    return made


@atomic
def change(
    *,
    announcement: Announcement,
    wanted: Wanted,
    within: Organization,
    by: User,
    at: datetime,
    expected: int | None = None,
) -> Announcement:
    """
    Let a draft say something else.

    :raises MissingRight: if ``by`` may not announce anything for the platform
    :raises AnnouncementMoved: if it was published
    :raises AnnouncementChanged: if ``expected`` is not its version
    :raises AnnouncementInvalid: with every fault at its field
    """
    found = _locked(announcement, State.DRAFT, within, by, expected)
    _refuse(rules.flaws(wanted))
    for name, value in _values(wanted).items():
        setattr(found, name, value)
    found.version += 1
    found.save()
    audit.record(by=by, action="announcement.change", subject=found.public_id, at=at, within=within)
    return found


@atomic
def drop(
    *,
    announcement: Announcement,
    within: Organization,
    by: User,
    at: datetime,
    expected: int | None = None,
) -> None:
    """
    Throw a draft away.

    :raises MissingRight: if ``by`` may not announce anything for the platform
    :raises AnnouncementMoved: if it was published
    :raises AnnouncementChanged: if ``expected`` is not its version
    """
    found = _locked(announcement, State.DRAFT, within, by, expected)
    audit.record(by=by, action="announcement.drop", subject=found.public_id, at=at, within=within)
    found.delete()


@atomic
def publish(
    *,
    announcement: Announcement,
    within: Organization,
    by: User,
    at: datetime,
    expected: int | None = None,
) -> Announcement:
    """
    Publish a draft: everybody may read it from now on, and the worker tells whom it is for.

    :raises MissingRight: if ``by`` may not announce anything for the platform
    :raises AnnouncementMoved: if it was published
    :raises AnnouncementChanged: if ``expected`` is not its version
    :raises AnnouncementInvalid: if it is over already, or rules would hold within seven days
    """
    found = _locked(announcement, State.DRAFT, within, by, expected)
    local = at.astimezone(timezone.get_current_timezone())
    _refuse(rules.flaws(found.said) or rules.too_late(found.said, local))
    found.state, found.published_at = State.PUBLISHED.value, at
    found.version += 1
    found.save()
    facts = {"title": found.title_zh, "audience": found.audience, "region": found.region}
    audit.record(by=by, action="announcement.publish", subject=found.public_id, at=at, within=within, **facts)
    announcement_telling.begin(announcement=found, platform=within, by=by, at=at)
    transaction.on_commit(partial(kept.keep_current, at))
    return found


@atomic
def withdraw(
    *, announcement: Announcement, reason: str, within: Organization, by: User, at: datetime
) -> Announcement:
    """
    Withdraw what was published, with a reason that everybody reads; who was told of it is told of that, too.

    :raises MissingRight: if ``by`` may not announce anything for the platform
    :raises AnnouncementInvalid: if no reason is given
    :raises AnnouncementMoved: if it is a draft, or was withdrawn
    """
    found = _locked(announcement, State.PUBLISHED, within, by, None)
    _refuse(rules.reason_flaws(reason))
    found.state, found.withdrawn_at, found.reason = State.WITHDRAWN.value, at, reason.strip()
    found.version += 1
    found.save()
    facts = {"reason": found.reason}
    audit.record(
        by=by, action="announcement.withdraw", subject=found.public_id, at=at, within=within, **facts
    )
    announcement_telling.begin(announcement=found, platform=within, by=by, at=at)
    transaction.on_commit(partial(kept.keep_current, at))
    return found


@atomic
def tell_rest(*, announcement: Announcement, within: Organization, by: User, at: datetime) -> Announcement:
    """
    Have the worker tell those who were not told, as its work was stopped or failed; nobody hears it twice.

    :raises MissingRight: if ``by`` may not announce anything for the platform
    :raises AnnouncementTold: if it is a draft, or its work was done
    :raises JobRunning: if they are being told
    """
    require_announcer(by=by, within=within)
    found = Announcement.objects.locked().filter(pk=announcement.pk).first()
    job = announcement_telling.last(announcement=found) if found is not None else None
    if found is None or job is None or job.status == BackgroundJob.Status.SUCCEEDED:
        raise AnnouncementTold
    announcement_telling.begin(announcement=found, platform=within, by=by, at=at, total=job.total)
    audit.record(by=by, action="announcement.tell", subject=found.public_id, at=at, within=within)
    return found


def require_announcer(*, by: User, within: Organization) -> None:
    """
    Let people go on who may announce something for the platform.

    :raises MissingRight: for everybody else
    """
    require(by, Permission.ANNOUNCEMENT_PUBLISH, within=within)
    if within.kind != OrganizationKind.PLATFORM:
        raise MissingRight(organization=within.name)


def _locked(
    announcement: Announcement, state: State, within: Organization, by: User, expected: int | None
) -> Announcement:
    """Return an announcement under its lock, if it stands where the step begins and nobody changed it."""
    require_announcer(by=by, within=within)
    found = Announcement.objects.locked().filter(pk=announcement.pk).first()
    if found is None or found.state != state:
        raise AnnouncementMoved
    if expected is not None and expected != found.version:
        raise AnnouncementChanged(version=found.version, seen=expected)
    return found


def _values(wanted: Wanted) -> dict[str, object]:
    """Return what is kept of it: texts without blanks around them, lines ended in one way."""
    values = asdict(wanted) | {"kind": wanted.kind.value, "audience": wanted.audience.value}
    for name in ("title_zh", "title_en", "text_zh", "text_en"):
        values[name] = values[name].replace("\r\n", "\n").strip()
    return values


def _refuse(flaws: list[Flaw]) -> None:
    if flaws:
        raise AnnouncementInvalid(flaws=flaws)
