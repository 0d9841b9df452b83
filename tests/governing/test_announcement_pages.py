"""The banner of every page, the public list, and where the platform writes; without script."""

from dataclasses import replace
from datetime import timedelta

import pytest
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from marketplace.actions import background_jobs
from marketplace.models import Announcement, BackgroundJob
from marketplace.models.parties import Role
from marketplace.queries import announcements as kept
from marketplace.rules.announcements import Audience
from marketplace.shared import clock
from tests import once
from tests.factories import marketplace as make
from tests.governing.announcing import DAY, HOUR, NEWS, RULES, WORKS, begin, told, work
from tests.joining.world import AT

pytestmark = pytest.mark.django_db
desk = once.fixture(begin)
LIST = "/announcements/"
HOSTILE = "<script>alert(1)</script> javascript:alert(1) https://jijian.example/x。"


@pytest.fixture(autouse=True)
def at(monkeypatch):
    monkeypatch.setattr(clock, "now", lambda: AT)
    yield AT
    cache.delete(kept.KEY)


def browser(person=None, language="zh-hans"):
    client = Client(headers={"accept-language": language})
    if person is not None:
        client.force_login(person)
    return client


def published(desk, wanted=NEWS, at=AT):
    one = desk.published(wanted, at=at)
    kept.keep_current(at)
    return one


def read(client, url=LIST):
    answer = client.get(url)
    assert answer.status_code == 200
    return answer.content.decode()


def banner(client, url=LIST):
    text = read(client, url)
    return text.partition('<aside class="announcement')[2].partition("</aside>")[0]


def hidden(text, name):
    """Return what the first hidden field of a name holds."""
    return text.partition(f'name="{name}" value="')[2].partition('"')[0]


class TestTheBanner:
    def test_stands_on_pages_of_strangers_and_people_in_their_language(self, desk):
        one = published(desk)

        for client in (browser(), browser(make.member(desk.workshop))):
            assert f'href="/announcements/{one.public_id}/">平台新功能' in banner(client, "/help/")
        assert "Something new" in banner(browser(language="en"), "/login/")

    def test_is_one_and_the_most_urgent(self, desk, monkeypatch):
        published(desk)
        published(desk, WORKS)

        text = banner(browser())
        assert ("系统升级" in text, "平台新功能" in text, "urgent" in text) == (True, False, False)
        monkeypatch.setattr(clock, "now", lambda: WORKS.begins_at - DAY)
        assert " urgent" in (text := banner(browser())) and "即将维护" in text
        monkeypatch.setattr(clock, "now", lambda: WORKS.begins_at)
        assert "系统维护中" in banner(browser())
        monkeypatch.setattr(clock, "now", lambda: WORKS.ends_at)
        assert "平台新功能" in banner(browser())
        monkeypatch.setattr(clock, "now", lambda: NEWS.shown_until)
        assert banner(browser()) == ""

    def test_is_for_its_audience(self, desk):
        published(desk, replace(RULES, audience=Audience.OWNERS))
        lister = make.organization("列机床的小厂")
        make.listing(lister)

        seen = {
            name: banner(browser(person)) != ""
            for name, person in (
                ("stranger", None),
                ("workshop", make.member(desk.workshop)),
                ("lessor", make.member(desk.lessor)),
                ("lister", make.member(lister)),
                ("of none", make.user()),
            )
        }

        assert seen == {
            "stranger": False,
            "workshop": False,
            "lessor": True,
            "lister": True,
            "of none": False,
        }

    def test_costs_no_query(self, desk):
        client = browser(make.member(desk.lessor))
        read(client, "/help/")

        def queries():
            with CaptureQueriesContext(connection) as made:
                text = banner(client, "/help/")
            assert len(text.encode()) < 1_500
            return len(made), text != ""

        before, _ = queries()
        published(desk, replace(NEWS, audience=Audience.OWNERS))
        assert queries() == (before, True)
        client.post(reverse("announcement-away", args=[Announcement.objects.get().public_id]))
        read(client, "/help/")
        assert queries() == (before, False)

    @pytest.mark.parametrize("is_member", [True, False])
    def test_is_put_away_by_a_button_and_the_next_one_comes(self, desk, is_member):
        news, rules = published(desk), published(desk, RULES)
        client = browser(make.member(desk.workshop) if is_member else None)
        assert "规则变更" in banner(client)

        gone = client.post(f"/announcements/{rules.public_id}/away/", {"next": "/help/?x=1"})

        assert (gone.status_code, gone["Location"]) == (302, "/help/?x=1")
        assert "平台新功能" in banner(client)
        client.post(f"/announcements/{news.public_id}/away/")
        assert banner(client) == ""
        assert banner(browser()) != ""  # nobody else's

    def test_put_away_before_it_was_urgent_is_shown_once_more(self, desk, monkeypatch):
        one = published(desk, WORKS)
        client = browser()
        far = hidden(banner(client), "mark")
        monkeypatch.setattr(clock, "now", lambda: WORKS.begins_at - DAY)  # the page is open meanwhile

        client.post(f"/announcements/{one.public_id}/away/", {"mark": far})
        text = banner(client)
        assert " urgent" in text
        client.post(f"/announcements/{one.public_id}/away/", {"mark": hidden(text, "mark")})

        assert banner(client) == ""
        assert (far, hidden(text, "mark")) == (one.public_id, f"{one.public_id}!")

    def test_put_away_is_what_is_named_and_nothing_else(self, desk):
        one = published(desk)
        client = browser(make.member(desk.workshop))

        client.post(f"/announcements/{one.public_id}/away/", {"mark": "ann_another!"})

        assert client.session["announcements"] == [one.public_id]

    def test_put_away_by_a_stranger_is_signed(self, desk):
        one = published(desk)
        client = browser()
        client.post(f"/announcements/{one.public_id}/away/")
        assert client.cookies["announcements"]["httponly"] is True

        client.cookies["announcements"] = one.public_id

        assert banner(client) != ""

    @pytest.mark.parametrize("name", ["ann_nobody", "x" * 300])
    def test_nothing_is_remembered_of_what_is_not_shown(self, desk, name):
        client = browser()

        gone = client.post(f"/announcements/{name}/away/", {"next": "https://elsewhere.example/"})

        assert (gone.status_code, gone["Location"], dict(client.cookies)) == (302, "/", {})

    def test_remembers_the_last_twenty(self, desk):
        client = browser(make.member(desk.workshop))
        session = client.session
        session["announcements"] = [f"ann_{n}" for n in range(20)]
        session.save()
        one = published(desk)

        client.post(f"/announcements/{one.public_id}/away/")

        assert client.session["announcements"] == [*(f"ann_{n}" for n in range(1, 20)), one.public_id]

    def test_is_asked_for_by_a_form_alone(self, desk):
        one = published(desk)

        assert browser().get(f"/announcements/{one.public_id}/away/").status_code == 405


class TestTheList:
    def test_says_that_nothing_is_there(self, desk):
        desk.drafted()

        assert "暂无公告" in read(browser())
        assert "没有符合筛选条件的公告" in read(browser(), f"{LIST}?kind=RULES")

    def test_holds_what_was_published_for_everybody_to_read(self, desk):
        desk.published(replace(NEWS, audience=Audience.REGION, region="33"))
        desk.withdrawn(desk.published(WORKS))
        desk.drafted(replace(RULES, title_zh="草稿规则"))

        text = read(browser())

        assert text.index("系统升级") < text.index("平台新功能")
        assert ("浙江" in text, "已撤回" in text, "草稿规则" in text) == (True, True, False)
        assert "Zhejiang" in read(browser(language="en"))

    def test_is_filtered(self, desk):
        desk.published()
        desk.published(RULES)

        text = read(browser(), f"{LIST}?kind=RULES")
        assert ("规则变更</a>" in text, "平台新功能" in text) == (True, False)
        assert "没有符合" in read(browser(), f"{LIST}?kind=NOTHING")

    @pytest.mark.parametrize("form", ["csv", "xlsx"])
    def test_is_handed_out_as_a_file(self, desk, form):
        desk.published(WORKS)

        answer = browser().get(f"{LIST}?format={form}")

        assert (answer.status_code, answer["Content-Disposition"]) == (
            200,
            f'attachment; filename="announcements.{form}"',
        )
        if form == "csv":
            begins = f"{timezone.localtime(WORKS.begins_at):%Y-%m-%d %H:%M}"
            row = answer.content.decode("utf-8-sig").splitlines()[1]
            assert row.split(",")[1:4] == ["系统维护", "系统升级", "所有人"] and begins in row

    def test_refuses_a_file_of_a_filter_that_it_cannot_read(self, desk):
        assert browser().get(f"{LIST}?format=csv&kind=NOTHING").status_code == 400
        assert browser().get(f"{LIST}?format=csv&state=DRAFT").status_code == 400

    def test_is_linked_beside_help(self, desk):
        footer = read(browser(), "/login/").partition("<footer")[2]

        assert footer.index('href="/help/"') < footer.index('href="/announcements/"')


class TestOne:
    def test_is_escaped_and_only_web_addresses_are_links(self, desk):
        one = desk.published(replace(NEWS, title_zh="<b>标题</b>", text_zh=HOSTILE))

        text = read(browser(), f"{LIST}{one.public_id}/")

        assert "<script>alert" not in text and "<b>标题" not in text
        assert "&lt;script&gt;alert(1)&lt;/script&gt; javascript:alert(1) " in text
        assert (
            '<a href="https://jijian.example/x" rel="nofollow noopener">https://jijian.example/x</a>。'
            in text
        )

    def test_is_read_in_both_languages_and_says_when(self, desk):
        one = desk.published(RULES)

        chinese, english = (
            read(browser(), f"{LIST}{one.public_id}/"),
            read(browser(language="en"), f"{LIST}{one.public_id}/"),
        )

        assert chinese.index("第一段") < chinese.index("One.") and "规则变更" in chinese
        assert english.index("One.") < english.index("第一段") and "in force from" in english

    def test_says_why_it_was_withdrawn(self, desk):
        one = desk.withdrawn(desk.published())

        assert "有误" in read(browser(), f"{LIST}{one.public_id}/")

    def test_is_not_there_while_it_is_a_draft(self, desk):
        one = desk.drafted()

        for client in (browser(), browser(desk.clerk)):
            assert client.get(f"{LIST}{one.public_id}/").status_code == 404


def typed(**changes):
    """Return a form as a browser sends it, with local moments."""
    values = {name: getattr(NEWS, name) for name in Announcement.SAID} | changes
    sent = {}
    for name, value in values.items():
        if hasattr(value, "astimezone"):
            value = f"{timezone.localtime(value):%Y-%m-%dT%H:%M}"
        sent[name] = "" if value is None else str(value)
    return sent


NEW = "/platform/announcements/new/"


class TestWriting:
    def test_a_draft_is_written_changed_published_and_withdrawn(self, desk):
        client = browser(desk.clerk)
        assert "暂无公告" in read(client, "/platform/announcements/")

        made = client.post(NEW, typed(), follow=True)
        one = Announcement.objects.get()
        url = f"/platform/announcements/{one.public_id}/"
        assert made.redirect_chain == [(url, 302)] and "仅平台可见" in made.content.decode()
        client.post(url, typed(title_zh="改过的标题") | {"version": "1"})
        client.post(f"{url}publish/", {"version": "2"})
        one.refresh_from_db()
        assert (one.state, one.title_zh, one.shown_from) == ("PUBLISHED", "改过的标题", NEWS.shown_from)
        assert "改过的标题" in read(client, url) and "改过的标题" in read(browser())
        assert BackgroundJob.objects.get().subject == one.public_id

        work()
        client.post(f"{url}withdraw/", {"reason": "写错了"})
        one.refresh_from_db()
        assert (one.state, one.reason) == ("WITHDRAWN", "写错了")
        assert "写错了" in read(client, url)

    def test_the_rest_is_told_by_a_button_after_the_work_was_stopped(self, desk):
        one, client = desk.published(), browser(desk.clerk)
        url = f"/platform/announcements/{one.public_id}/"
        assert "告知其余各方" not in read(client, url)
        background_jobs.cancel(job=BackgroundJob.objects.get(), by=desk.clerk, at=AT)
        assert f'action="{url}tell/"' in read(client, url)

        assert "正在告知其余各方" in client.post(f"{url}tell/", follow=True).content.decode()
        work()

        assert len(told()) == 2
        assert f'action="{url}tell/"' not in read(client, url)
        client.post(f"{url}tell/")
        assert BackgroundJob.objects.count() == 2

    def test_a_draft_is_thrown_away(self, desk):
        one = desk.drafted()

        gone = browser(desk.clerk).post(f"/platform/announcements/{one.public_id}/drop/", {"version": "1"})

        assert (gone["Location"], Announcement.objects.count()) == ("/platform/announcements/", 0)

    @pytest.mark.parametrize(
        ("changes", "field"),
        [
            ({"shown_until": NEWS.shown_from}, "shown_until"),
            ({"text_zh": "字" * 100_000}, "text_zh"),
            ({"audience": "NOBODY"}, "audience"),
            ({"audience": "REGION", "region": "99"}, "region"),
            ({"audience": "REGION"}, "region"),
            ({"kind": "RULES"}, "in_force_from"),
            ({"kind": "MAINTENANCE"}, "begins_at"),
            ({"title_en": "  "}, "title_en"),
            ({"shown_from": "yesterday"}, "shown_from"),
            ({"shown_from": "0001-01-01T00:00"}, "shown_from"),
        ],
    )
    def test_what_is_wrong_is_said_at_its_field_and_nothing_is_kept(self, desk, changes, field):
        answer = browser(desk.clerk).post(NEW, typed(**changes))

        assert answer.status_code == 400
        assert field in answer.context["form"].errors
        assert Announcement.objects.count() == 0

    def test_rules_too_soon_stay_a_draft_and_it_is_said_from_when_they_may_hold(self, desk):
        one = desk.drafted(replace(RULES, in_force_from=AT + 7 * DAY - HOUR))

        answer = browser(desk.clerk).post(
            f"/platform/announcements/{one.public_id}/publish/", {"version": "1"}, follow=True
        )

        assert "《电子商务法》第三十四条" in answer.content.decode()
        one.refresh_from_db()
        assert one.state == "DRAFT"

    def test_a_draft_that_somebody_changed_is_neither_kept_nor_published(self, desk):
        one, client = desk.drafted(), browser(desk.clerk)
        Announcement.objects.update(version=2)
        url = f"/platform/announcements/{one.public_id}/"

        for _ in range(2):  # what comes back says again what was seen
            answer = client.post(url, typed(title_zh="另一个") | {"version": "1"})
            text = answer.content.decode()
            assert (answer.status_code, hidden(text, "version"), f'href="{url}">打开当前草稿' in text) == (
                400,
                "1",
                True,
            )
        assert "第 2 版" in client.post(f"{url}publish/", {"version": "1"}, follow=True).content.decode()

        one.refresh_from_db()
        assert (one.state, one.title_zh) == ("DRAFT", "平台新功能")

    @pytest.mark.parametrize("sent", [{}, {"version": ""}, {"version": "x"}, {"version": "9" * 50}])
    def test_a_draft_is_left_alone_by_who_does_not_say_what_was_seen(self, desk, sent):
        one, client = desk.drafted(), browser(desk.clerk)
        url = f"/platform/announcements/{one.public_id}/"

        assert client.post(url, typed(title_zh="另一个") | sent).status_code == 400
        for verb in ("publish", "drop"):
            assert "第 1 版" in client.post(f"{url}{verb}/", sent, follow=True).content.decode()

        one.refresh_from_db()
        assert (one.state, one.title_zh) == ("DRAFT", "平台新功能")

    def test_what_was_published_is_not_written_over(self, desk):
        one = desk.published()

        answer = browser(desk.clerk).post(
            f"/platform/announcements/{one.public_id}/", typed(title_zh="另一个"), follow=True
        )

        assert "已无法执行此操作" in answer.content.decode()
        one.refresh_from_db()
        assert one.title_zh == "平台新功能"

    def test_is_for_administrators_of_the_platform(self, desk):
        one = desk.drafted()
        addresses = ("/platform/announcements/", NEW, f"/platform/announcements/{one.public_id}/")

        for person, status in (
            (make.member(desk.lessor), 404),
            (make.member(desk.platform, Role.OPERATOR), 403),
        ):
            for url in addresses:
                assert browser(person).get(url).status_code == status
        assert "/platform/announcements/" in read(browser(desk.clerk), "/platform/")

    def test_filters_by_state(self, desk):
        desk.drafted()
        client = browser(desk.clerk)

        assert "平台新功能" in read(client, "/platform/announcements/?state=DRAFT")
        assert "没有符合" in read(client, "/platform/announcements/?state=WITHDRAWN")


def test_minutes_of_the_clock_are_local(desk):
    client = browser(desk.clerk)
    client.post(NEW, typed(shown_until=AT + timedelta(days=20)))

    assert Announcement.objects.get().shown_until == AT + timedelta(days=20)
