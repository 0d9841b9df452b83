"""The platform drafts, publishes and withdraws; organizations are told a part at a time; the text stays."""

from dataclasses import replace
from datetime import timedelta

import pytest
from django.core.cache import cache
from django.db import DatabaseError, transaction
from django.utils import translation
from redis.exceptions import RedisError

from marketplace.actions import announcement_telling, announcements, background_jobs
from marketplace.actions.announcements import (
    AnnouncementChanged,
    AnnouncementInvalid,
    AnnouncementMoved,
    AnnouncementTold,
)
from marketplace.actions.background_jobs import JobRunning
from marketplace.models import Announcement, AuditEntry, BackgroundJob, Event, Notification, Organization
from marketplace.models.parties import Role
from marketplace.permissions import MissingRight
from marketplace.queries import announcements as kept
from marketplace.rules.announcements import Audience
from marketplace.tasks import keep_announcements
from tests import once
from tests.factories import marketplace as make
from tests.governing.announcing import DAY, HOUR, NEWS, RULES, WORKS, begin, told, work
from tests.joining.world import AT

pytestmark = pytest.mark.django_db
desk = once.fixture(begin)


@pytest.fixture(autouse=True)
def nothing_kept():
    yield
    cache.delete(kept.KEY)


def acts():
    return list(AuditEntry.objects.filter(action__startswith="announcement").values_list("action", flat=True))


class TestDrafts:
    def test_are_kept_changed_and_dropped(self, desk):
        made = desk.drafted(replace(NEWS, title_zh=" 标题 ", text_zh="一\r\n二\n"))
        assert (made.state, made.title_zh, made.text_zh, made.version) == ("DRAFT", "标题", "一\n二", 1)

        changed = announcements.change(announcement=made, wanted=RULES, expected=1, **desk.who())
        assert (changed.kind, changed.in_force_from, changed.version) == ("RULES", RULES.in_force_from, 2)

        announcements.drop(announcement=made, expected=2, **desk.who())
        assert Announcement.objects.count() == 0
        assert acts() == ["announcement.draft", "announcement.change", "announcement.drop"]

    def test_with_a_flaw_are_not_kept(self, desk):
        with pytest.raises(AnnouncementInvalid) as refused:
            desk.drafted(replace(NEWS, text_en="x" * 100_000, shown_until=AT))

        assert {flaw.pointer for flaw in refused.value.flaws} == {"/text_en", "/shown_until"}
        assert (Announcement.objects.count(), acts()) == (0, [])

    def test_with_a_flaw_stay_as_they_were(self, desk):
        made = desk.drafted()

        with pytest.raises(AnnouncementInvalid):
            announcements.change(announcement=made, wanted=replace(NEWS, title_en=""), **desk.who())

        made.refresh_from_db()
        assert (made.title_en, made.version) == ("Something new", 1)

    @pytest.mark.parametrize("verb", ["change", "drop", "publish"])
    def test_that_somebody_changed_meanwhile_are_left_alone(self, desk, verb):
        made = desk.drafted()
        announcements.change(announcement=made, wanted=RULES, **desk.who())
        given = {"wanted": NEWS} if verb == "change" else {}

        with pytest.raises(AnnouncementChanged):
            getattr(announcements, verb)(announcement=made, expected=1, **given, **desk.who())

        made.refresh_from_db()
        assert (made.state, made.kind, made.version) == ("DRAFT", "RULES", 2)


class TestWhoMay:
    @pytest.mark.parametrize("role", [Role.OPERATOR, Role.FINANCE, Role.VIEWER])
    def test_only_administrators_of_the_platform(self, desk, role):
        with pytest.raises(MissingRight):
            announcements.draft(wanted=NEWS, within=desk.platform, by=make.member(desk.platform, role), at=AT)

        assert Announcement.objects.count() == 0

    def test_no_administrator_of_another_organization(self, desk):
        made, admin = desk.drafted(), make.member(desk.lessor)
        who = {"within": desk.lessor, "by": admin, "at": AT}

        with pytest.raises(MissingRight):
            announcements.publish(announcement=made, **who)
        with pytest.raises(MissingRight):
            announcements.publish(announcement=made, **who | {"within": desk.platform})

        made.refresh_from_db()
        assert (made.state, BackgroundJob.objects.count()) == ("DRAFT", 0)


class TestPublishing:
    def test_says_when_and_has_the_worker_tell(self, desk):
        made = desk.published()

        assert (made.state, made.published_at, made.version) == ("PUBLISHED", AT, 2)
        job = BackgroundJob.objects.get()
        assert (job.kind, job.subject, job.total) == ("announcement", made.public_id, 3)
        assert told() == []  # not in the request
        assert work() == ["苏州租赁", "宁波模具"]  # not the platform itself

    def test_of_rules_needs_seven_days(self, desk):
        made = desk.drafted(RULES)

        with pytest.raises(AnnouncementInvalid) as refused:
            announcements.publish(announcement=made, **desk.who(AT + timedelta(seconds=1)))

        (flaw,) = refused.value.flaws
        assert (flaw.pointer, flaw.code) == ("/in_force_from", "too_soon")
        made.refresh_from_db()
        assert (made.state, BackgroundJob.objects.count()) == ("DRAFT", 0)
        assert announcements.publish(announcement=made, **desk.who()).published_at == AT

    @pytest.mark.parametrize("verb", ["change", "drop", "publish"])
    def test_is_the_end_of_the_draft(self, desk, verb):
        made = desk.published()
        given = {"wanted": RULES} if verb == "change" else {}

        with pytest.raises(AnnouncementMoved):
            getattr(announcements, verb)(announcement=made, **given, **desk.who())

        made.refresh_from_db()
        assert (made.kind, made.version, BackgroundJob.objects.count()) == ("GENERAL", 2, 1)

    def test_of_what_was_dropped_is_refused(self, desk):
        made = desk.drafted()
        announcements.drop(announcement=Announcement.objects.get(), **desk.who())

        with pytest.raises(AnnouncementMoved):
            announcements.publish(announcement=made, **desk.who())

    def test_lays_it_where_pages_look_when_it_stands(self, desk, django_capture_on_commit_callbacks):
        with django_capture_on_commit_callbacks() as then:
            made = desk.published()
            assert kept.current() == []

        run_of_ours(then)
        (one,) = kept.current()
        assert (one.public_id, one.title_zh, one.shown_until) == (
            made.public_id,
            NEWS.title_zh,
            NEWS.shown_until,
        )

        with django_capture_on_commit_callbacks() as then:
            desk.withdrawn(made)
        run_of_ours(then)
        assert kept.current() == []


def test_much_news_pushes_no_maintenance_off_the_pages(desk, monkeypatch):
    monkeypatch.setattr(kept, "MOST", 2)
    for wanted in (WORKS, RULES, NEWS, NEWS, NEWS):
        desk.published(wanted)

    kept.keep_current(AT)

    kinds = sorted(one.kind for one in kept.current())
    assert kinds == ["GENERAL", "GENERAL", "MAINTENANCE", "RULES"]


def run_of_ours(callbacks):
    """Run what lays announcements down; queueing needs a worker."""
    for one in callbacks:
        if getattr(one, "func", None) is kept.keep_current:
            one()


class TestWithdrawing:
    def test_says_why_and_tells_who_was_told(self, desk):
        made = desk.published(replace(NEWS, audience=Audience.OWNERS))
        assert work() == ["苏州租赁"]

        gone = desk.withdrawn(made)
        work()

        assert (gone.state, gone.withdrawn_at, gone.reason) == ("WITHDRAWN", AT + HOUR, "有误")
        assert told("announcement_withdrawn") == ["苏州租赁"]

    def test_stops_the_telling(self, desk):
        made = desk.published()
        desk.withdrawn(made)

        assert (work(), told("announcement_withdrawn")) == ([], [])

    @pytest.mark.parametrize("reason", ["", "  ", "x" * 301])
    def test_needs_a_reason(self, desk, reason):
        made = desk.published()

        with pytest.raises(AnnouncementInvalid):
            announcements.withdraw(announcement=made, reason=reason, **desk.who())

        made.refresh_from_db()
        assert (made.state, made.reason) == ("PUBLISHED", "")

    def test_is_for_what_is_published(self, desk):
        draft, gone = desk.drafted(), desk.withdrawn(desk.published())

        for one in (draft, gone):
            with pytest.raises(AnnouncementMoved):
                announcements.withdraw(announcement=one, reason="again", **desk.who())

        assert Announcement.objects.get(pk=draft.pk).state == "DRAFT"


class TestTelling:
    @pytest.mark.parametrize(
        ("audience", "region", "names"),
        [
            (Audience.OWNERS, "", ["苏州租赁", "列机床的小厂"]),
            (Audience.LESSEES, "", ["宁波模具", "列机床的小厂"]),
            (Audience.REGION, "33", ["宁波模具"]),
            (Audience.REGION, "65", []),
        ],
    )
    def test_reaches_the_audience_alone(self, desk, audience, region, names):
        make.listing(make.organization("列机床的小厂"))
        desk.published(replace(NEWS, audience=audience, region=region))

        assert work() == names

    def test_goes_on_in_parts_and_tells_nobody_twice(self, desk, monkeypatch):
        monkeypatch.setattr(announcement_telling, "AT_ONCE", 2)
        made = desk.published()
        job = BackgroundJob.objects.get()

        assert background_jobs.advance(job=job.pk, at=AT) is True
        assert told() == ["苏州租赁"]
        make.organization("后来的")
        assert background_jobs.advance(job=job.pk, at=AT) is False
        assert told() == ["苏州租赁", "宁波模具"]

        job.refresh_from_db()
        assert (job.status, job.done, job.total) == ("SUCCEEDED", 3, 3)
        BackgroundJob.objects.filter(pk=job.pk).update(status="QUEUED", done=0, finished_at=None)
        assert work() == ["苏州租赁", "宁波模具"]
        types = Event.objects.filter(object=made.public_id).values_list("type", "organization__name")
        assert sorted(types) == sorted([("announcement.published", name) for name in told()])

    def test_leads_to_the_page_and_speaks_both_languages(self, desk):
        made = desk.published()
        work()

        one = Notification.objects.get(organization=desk.workshop)
        assert (one.link, one.facts["title_en"]) == (f"/announcements/{made.public_id}/", "Something new")
        assert one.said == "平台公告：平台新功能。"
        with translation.override("en"):
            assert one.said == "The platform announces: Something new (平台新功能)."

    @pytest.mark.parametrize("end", ["fail", "cancel"])
    def test_goes_on_after_its_work_ended_too_early(self, desk, monkeypatch, end):
        monkeypatch.setattr(announcement_telling, "AT_ONCE", 2)
        made = desk.published()
        job = BackgroundJob.objects.get()
        background_jobs.advance(job=job.pk, at=AT)
        if end == "fail":
            background_jobs.fail(job=job.pk, at=AT)
        else:
            background_jobs.cancel(job=job, by=desk.clerk, at=AT)
        assert work() == ["苏州租赁"]
        make.organization("后来的")

        announcements.tell_rest(announcement=made, **desk.who(AT + HOUR))

        with pytest.raises(JobRunning):
            announcements.tell_rest(announcement=made, **desk.who(AT + HOUR))
        assert work(AT + HOUR) == ["苏州租赁", "宁波模具"]
        assert Event.objects.filter(object=made.public_id).count() == 2
        assert acts()[-1] == "announcement.tell"

    def test_does_not_begin_anew_when_its_work_was_done(self, desk):
        draft, made = desk.drafted(), desk.published()
        work()

        for one in (draft, made):
            with pytest.raises(AnnouncementTold):
                announcements.tell_rest(announcement=one, **desk.who())

        assert BackgroundJob.objects.count() == 1

    def test_of_the_rest_is_for_administrators_of_the_platform(self, desk):
        made = desk.published()
        background_jobs.fail(job=BackgroundJob.objects.get().pk, at=AT)
        who = desk.who() | {"by": make.member(desk.platform, Role.OPERATOR)}

        with pytest.raises(MissingRight):
            announcements.tell_rest(announcement=made, **who)

        assert BackgroundJob.objects.count() == 1

    def test_of_a_withdrawal_passes_over_who_has_closed_meanwhile(self, desk):
        made = desk.published()
        work()
        Organization.objects.filter(pk=desk.workshop.pk).update(closing_at=AT - DAY, closed_at=AT)
        desk.withdrawn(made)
        work()

        assert told("announcement_withdrawn") == ["苏州租赁"]

    def test_passes_over_who_has_closed(self, desk):
        Organization.objects.filter(pk=desk.workshop.pk).update(closing_at=AT - DAY, closed_at=AT - HOUR)
        desk.published()

        assert work() == ["苏州租赁"]

    def test_nothing_is_left_of_a_job_without_organizations(self, desk):
        made = desk.published()
        BackgroundJob.objects.update(done=3)

        assert work() == []
        job = BackgroundJob.objects.get(subject=made.public_id)
        assert (job.status, job.done) == ("SUCCEEDED", 3)


class TestWhatPagesShow:
    def test_is_laid_down_anew_each_minute(self, desk):
        desk.published(WORKS, at=AT)
        kept.keep_current(AT)
        cache.delete(kept.KEY)
        assert kept.current() == []

        kept.keep_current(AT)

        assert [one.kind for one in kept.current()] == ["MAINTENANCE"]
        kept.keep_current(WORKS.shown_until)
        assert kept.current() == []

    def test_is_nothing_while_the_cache_is_away(self, desk, monkeypatch):
        def away(*given, **named):
            raise RedisError

        desk.published()
        kept.keep_current(AT)
        monkeypatch.setattr(kept.cache, "get", away)
        monkeypatch.setattr(kept.cache, "set", away)

        keep_announcements()
        assert kept.current() == []


REFUSED = {
    "text": {"text_zh": "anders"},
    "title": {"title_en": "anders"},
    "moment": {"shown_until": NEWS.shown_until + DAY},
    "audience": {"audience": "OWNERS"},
    "back": {"state": "DRAFT", "published_at": None},
    "author": {"made_by": "usr_x"},
}


class TestTheDatabase:
    @pytest.mark.parametrize("values", REFUSED.values(), ids=REFUSED)
    def test_keeps_what_was_published(self, desk, values):
        made = desk.published()

        with pytest.raises(DatabaseError), transaction.atomic():
            Announcement.objects.filter(pk=made.pk).update(**values)
        with pytest.raises(DatabaseError), transaction.atomic():
            Announcement.objects.filter(pk=made.pk).delete()
        gone = {"state": "WITHDRAWN", "withdrawn_at": AT, "reason": "x"}
        with pytest.raises(DatabaseError), transaction.atomic():
            Announcement.objects.filter(pk=made.pk).update(**gone | values)

        assert Announcement.objects.get(pk=made.pk).said == NEWS

    def test_keeps_what_was_withdrawn(self, desk):
        made = desk.withdrawn(desk.published())

        for values in ({"reason": "anders"}, {"state": "PUBLISHED", "withdrawn_at": None, "reason": ""}):
            with pytest.raises(DatabaseError), transaction.atomic():
                Announcement.objects.filter(pk=made.pk).update(**values)

    def test_withdraws_no_draft(self, desk):
        made = desk.drafted()
        gone = {"state": "WITHDRAWN", "published_at": AT, "withdrawn_at": AT, "reason": "x"}

        with pytest.raises(DatabaseError), transaction.atomic():
            Announcement.objects.filter(pk=made.pk).update(**gone)

    def test_begins_as_a_draft(self, desk):
        made = desk.withdrawn(desk.published())
        made.pk, made.public_id = None, "ann_another"

        with pytest.raises(DatabaseError, match="drafted, published"), transaction.atomic():
            made.save(force_insert=True)

    @pytest.mark.parametrize(
        ("wanted", "values"),
        [
            (NEWS, {"title_zh": ""}),
            (NEWS, {"title_en": "  "}),
            (NEWS, {"text_zh": " "}),
            (NEWS, {"text_en": "x" * 5_001}),
            (NEWS, {"shown_until": AT}),
            (NEWS, {"region": "33"}),
            (NEWS, {"audience": "REGION", "region": "99"}),
            (NEWS, {"in_force_from": AT + 8 * DAY}),
            (NEWS, {"begins_at": AT, "ends_at": AT + HOUR}),
            (RULES, {"in_force_from": None}),
            (RULES, {"shown_until": RULES.in_force_from - HOUR}),
            (WORKS, {"begins_at": None}),
            (WORKS, {"ends_at": WORKS.begins_at}),
            (NEWS, {"state": "PUBLISHED"}),
            (NEWS, {"published_at": AT}),
            (NEWS, {"state": "PUBLISHED", "published_at": NEWS.shown_until}),
            (WORKS, {"state": "PUBLISHED", "published_at": WORKS.ends_at}),
            (RULES, {"state": "PUBLISHED", "published_at": AT + timedelta(seconds=1)}),
            (RULES, {"state": "PUBLISHED", "published_at": AT, "shown_from": AT + HOUR}),
            (NEWS, {"reason": "x"}),
        ],
    )
    def test_keeps_no_nonsense(self, desk, wanted, values):
        made = desk.drafted(wanted)

        with pytest.raises(DatabaseError), transaction.atomic():
            Announcement.objects.filter(pk=made.pk).update(**values)
