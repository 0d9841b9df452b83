"""
Tell organizations of an announcement, a part at a time by the worker: administrators by mail, programs by an
event, everybody of them on the page of notifications. Whoever registers later finds it in the list.
"""

from collections.abc import Collection
from datetime import datetime
from typing import Final

from marketplace.actions import background_jobs, events, notifications
from marketplace.actions.background_jobs import Kind, Step
from marketplace.models import Announcement, BackgroundJob, Notification, Organization, User
from marketplace.models.apikeys import Scope
from marketplace.models.parties import OrganizationKind
from marketplace.permissions import Permission
from marketplace.queries.memberships import listing_owned_by
from marketplace.rules.announcements import Reader, State, concerns
from marketplace.rules.event_types import EventType
from marketplace.rules.notifications import Kind as Told

PUBLISHED: Final = "announcement"
WITHDRAWN: Final = "announcement-withdrawn"
AT_ONCE: Final = 200  # organizations in a step


def begin(
    *, announcement: Announcement, platform: Organization, by: User, at: datetime, total: int | None = None
) -> BackgroundJob:
    """
    Have the worker tell of what was published or withdrawn; all organizations of this moment are looked at.

    ``total`` looks at as many as an earlier work did, which went wrong; who was told is not told again.

    :raises JobRunning: if they are being told
    :raises MissingRight: if ``by`` may not announce anything for the platform
    """
    return background_jobs.start(
        kind=_told_of(announcement),
        subject=announcement.public_id,
        title=announcement.title_zh,
        total=Organization.objects.count() if total is None else total,
        organization=platform,
        by=by,
        at=at,
    )


def last(*, announcement: Announcement) -> BackgroundJob | None:
    """Return the work that tells, or told, of what was published or withdrawn, or nothing."""
    known = BackgroundJob.objects.filter(kind=_told_of(announcement), subject=announcement.public_id)
    return known.order_by("-pk").first()


def _told_of(announcement: Announcement) -> str:
    return WITHDRAWN if announcement.state == State.WITHDRAWN else PUBLISHED


def tell_published(*, job: BackgroundJob, at: datetime) -> Step:
    """Tell the next organizations; nobody any more once it was withdrawn, which waits for this step."""
    one = Announcement.objects.locked().get(public_id=job.subject)
    if one.state != State.PUBLISHED:
        return Step(job.done, True)
    near = _next(job)
    _tell(one, Told.ANNOUNCEMENT_PUBLISHED, [each for each in near if _is_for(one, each)], at)
    return _ended(job, near)


def tell_withdrawn(*, job: BackgroundJob, at: datetime) -> Step:
    """Tell those of the next organizations who were told that it was published."""
    one = Announcement.objects.get(public_id=job.subject)
    near = _next(job)
    known = Notification.objects.filter(once=_once(one, Told.ANNOUNCEMENT_PUBLISHED), organization__in=near)
    told = set(known.values_list("organization", flat=True))
    to = [each for each in near if each.pk in told and each.closed_at is None]
    _tell(one, Told.ANNOUNCEMENT_WITHDRAWN, to, at)
    return _ended(job, near)


def _next(job: BackgroundJob) -> list[Organization]:
    """Return the next organizations: none goes away, and those who come later stand behind the last one."""
    known = Organization.objects.order_by("pk").annotate(lists=listing_owned_by("pk"))
    return list(known[job.done : min(job.done + AT_ONCE, job.total)])


def _is_for(one: Announcement, each: Organization) -> bool:
    if each.kind == OrganizationKind.PLATFORM or each.closed_at is not None:
        return False
    lists: bool = each.lists  # type: ignore[attr-defined]
    return concerns(one.audience, one.region, Reader(each.kind, each.region_code, lists))


def _tell(one: Announcement, kind: Told, to: Collection[Organization], at: datetime) -> None:
    facts = {"title_zh": one.title_zh, "title_en": one.title_en}
    link, once = f"/announcements/{one.public_id}/", _once(one, kind)
    notifications.notify(kind=kind, to=to, facts=facts, link=link, once=once, at=at)
    type = EventType(str(kind).replace("_", "."))
    events.publish(type=type, object=one.public_id, to=to, at=at, once=once)


def _once(one: Announcement, kind: Told) -> str:
    return f"{kind} {one.public_id}"


def _ended(job: BackgroundJob, near: Collection[Organization]) -> Step:
    done = job.done + len(near)
    return Step(done, not near or done >= job.total)


def _kind(name: str) -> Kind:
    return Kind(
        step=tell_published if name == PUBLISHED else tell_withdrawn,
        unit="organizations",
        page="/platform/announcements/{subject}/",
        address="/api/v1/announcements/{subject}/",
        permission=Permission.ANNOUNCEMENT_PUBLISH,
        reads=Scope.ANNOUNCEMENTS_WRITE,
        writes=Scope.ANNOUNCEMENTS_WRITE,
    )


KINDS: Final = {name: _kind(name) for name in (PUBLISHED, WITHDRAWN)}
