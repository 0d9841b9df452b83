"""A platform that announces, with organizations of each audience."""

from dataclasses import dataclass, replace
from datetime import timedelta

from marketplace.actions import announcements, background_jobs
from marketplace.models import BackgroundJob, Notification, Organization, User
from marketplace.rules.announcements import Audience, Kind, Wanted
from tests.factories import marketplace as make
from tests.joining.world import AT

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
NEWS = Wanted(
    kind=Kind.GENERAL,
    title_zh="平台新功能",
    title_en="Something new",
    text_zh="第一段。\n\n见 https://jijian.example/zh。",
    text_en="One.\n\nSee https://jijian.example/en.",
    audience=Audience.EVERYBODY,
    shown_from=AT,
    shown_until=AT + 14 * DAY,
)
RULES = replace(NEWS, kind=Kind.RULES, title_zh="规则变更", in_force_from=AT + 7 * DAY)
WORKS = replace(
    NEWS, kind=Kind.MAINTENANCE, title_zh="系统升级", begins_at=AT + 3 * DAY, ends_at=AT + 3 * DAY + HOUR
)


@dataclass
class Platform:
    """Who announces, and whom."""

    platform: Organization
    clerk: User
    lessor: Organization
    workshop: Organization

    def who(self, at=AT):
        return {"within": self.platform, "by": self.clerk, "at": at}

    def drafted(self, wanted=NEWS, at=AT):
        return announcements.draft(wanted=wanted, **self.who(at))

    def published(self, wanted=NEWS, at=AT):
        return announcements.publish(announcement=self.drafted(wanted, at), **self.who(at))

    def withdrawn(self, one, at=AT + HOUR):
        return announcements.withdraw(announcement=one, reason="有误", **self.who(at))


def begin():
    """Return the platform, an owner in Suzhou that lists a machine, and a workshop in Ningbo."""
    platform = make.platform()
    lessor = make.organization("苏州租赁", "LESSOR")
    workshop = make.organization("宁波模具", "SME")
    Organization.objects.filter(pk=workshop.pk).update(region_code="330205")
    workshop.refresh_from_db()
    return Platform(platform, make.member(platform), lessor, workshop)


def work(at=AT):
    """Let the worker do all that waits, and return the names of who was told what since ever."""
    for job in BackgroundJob.objects.open().order_by("pk"):
        while background_jobs.advance(job=job.pk, at=at):
            continue
    return told()


def told(kind="announcement_published"):
    """Return the names of the organizations that were told."""
    found = Notification.objects.filter(kind=kind).order_by("pk")
    return list(found.values_list("organization__name", flat=True))
