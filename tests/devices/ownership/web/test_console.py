"""The console of data rights: its places on every page, and what waits for whom."""

import re
from datetime import timedelta

import pytest
from django.utils import timezone

from devices.ownership.actions import agreements, amendments, duties, notices
from devices.ownership.models import Agreement, Duty, Grant
from devices.ownership.rules import data_terms
from marketplace.models import Claim
from marketplace.models.parties import Role
from marketplace.shared.period import Period
from tests import once
from tests.devices.ownership.actions.test_access import DAY, START
from tests.devices.ownership.actions.test_grants import Granting
from tests.devices.ownership.logged import logged
from tests.devices.ownership.terms import RAW, terms
from tests.factories.marketplace import equipment, member, organization

pytestmark = pytest.mark.django_db
CHINESE = {"headers": {"accept-language": "zh-hans"}}
PLACES = ("/data/", "/data/assets/", "/data/grants/", "/data/duties/", "/data/log/")
CURRENT = re.compile(r'<a href="([^"]+)" aria-current="page">')


@once.fixture
def world():
    found = Granting()
    Agreement.objects.filter(pk=found.of_b.pk).update(period=(START + 4 * DAY, None))
    found.of_b.refresh_from_db()
    return found


@pytest.fixture
def shown_to(world, client):
    def shown(who, path="/data/", person=None):
        client.force_login(person or world.people[who])
        answer = client.get(path, **CHINESE)
        assert answer.status_code == 200
        return answer.content.decode()

    return shown


def now():
    """Return a time box around the clock's time, which pages go by."""
    return Period(timezone.now() - DAY, timezone.now() + 300 * DAY)


def waits(text):
    return text.split('id="waiting"')[1].split("</section>")[0]


def marked(text):
    """Return which of the places is the current one."""
    return CURRENT.findall(text.split('class="places"')[1].split("</nav>")[0])


class TestPlaces:
    @pytest.mark.parametrize("path", PLACES)
    def test_stand_on_every_page_and_one_is_marked(self, world, shown_to, path):
        for who in (world.b, world.owner, world.provider, world.platform):
            shown = shown_to(who, path)
            nav = shown.split('class="places"')[1].split("</nav>")[0]
            assert [f'href="{one}"' in nav for one in PLACES] == [True] * 5
            assert marked(shown) == [path]

    def test_mark_the_place_that_a_page_belongs_to(self, world, shown_to):
        grant = world.given(world.job(readable=now()))

        assert marked(shown_to(world.b, f"/data/{world.of_b.public_id}/")) == ["/data/"]
        assert marked(shown_to(world.b, f"/data/{world.of_b.public_id}/diagnosis/")) == ["/data/"]
        assert marked(shown_to(world.a, f"/data-grants/{grant.public_id}/")) == ["/data/grants/"]

    def test_count_the_requests_that_wait_for_this_side(self, world, shown_to):
        world.asked(world.job(readable=now()))

        counted = '<span class="count">1</span>'
        assert counted in shown_to(world.a)
        assert counted in shown_to(world.owner)
        assert counted not in shown_to(world.b)
        assert counted not in shown_to(world.provider)


class TestWhatWaits:
    def test_is_nothing_at_first_and_says_what_would_stand_there(self, world, shown_to):
        assert "暂无" in waits(shown_to(world.b))

    def test_a_request_until_it_is_answered_or_its_time_is_over(self, world, shown_to):
        grant = world.asked(world.job(readable=now()))
        link = f"/data-grants/{grant.public_id}/"

        assert link in waits(shown_to(world.a))
        assert "Repair申请读取" in waits(shown_to(world.a))
        assert link not in waits(shown_to(world.provider))
        assert link not in waits(shown_to(None, person=member(world.a, Role.VIEWER)))
        asked = shown_to(world.a, "/data/grants/")
        assert asked.index("等您答复") < asked.index(link)
        Grant.objects.filter(pk=grant.pk).update(refused_at=timezone.now())
        assert link not in waits(shown_to(world.a))

    def test_grants_are_a_file_of_those_that_concern_the_reader(self, world, client):
        grant = world.asked(world.job(readable=now()))
        shown = {}
        for who in (world.a, world.b):
            client.force_login(world.people[who])
            answer = client.get("/data/grants/?format=csv", headers={"accept-language": "en"})
            shown[who] = answer.content.decode("utf-8-sig")

        assert shown[world.a].startswith("Kind,Machine,State,Reference")
        assert grant.reference in shown[world.a]
        assert str(grant.equipment) in shown[world.a]
        assert len(shown[world.b].splitlines()) == 1 + (grant.agreement == world.of_b)
        assert client.get("/data/grants/?format=xlsx").content.startswith(b"PK")
        client.force_login(member(world.a, Role.VIEWER))
        assert client.get("/data/grants/?format=ods").status_code == 400

    def test_an_outdated_request_waits_no_more(self, world, shown_to):
        world.asked(world.job())

        assert "data-grants" not in waits(shown_to(world.a))
        assert "data-grants" in shown_to(world.a, "/data/grants/")

    def test_a_request_for_a_diagnosis_while_the_lease_runs(self, world, shown_to):
        world.asked(world.diagnosis(agreement=world.of_b))
        assert "data-grants" in waits(shown_to(world.b))

        Agreement.objects.filter(pk=world.of_b.pk).update(period=(START + 4 * DAY, START + 5 * DAY))
        assert "data-grants" not in waits(shown_to(world.b))

    def test_a_proposal_waits_for_the_side_that_did_not_make_it(self, world, shown_to):
        owner, lessee = organization(), organization()
        world.people |= {owner: member(owner), lessee: member(lessee)}
        held = agreements.open(
            equipment=equipment(owner),
            owner=owner,
            lessee=lessee,
            period=Period(START, None),
            reference="lea_9",
            billing_channels=[],
            by=world.people[owner],
            at=START,
        )
        made = amendments.propose(
            agreement=held, terms=terms(RAW), by=world.people[owner], within=owner, at=timezone.now()
        )

        link = f"/data/{held.public_id}/#proposal"
        assert link in waits(shown_to(lessee))
        assert link not in waits(shown_to(owner))
        assert 'id="proposal"' in shown_to(lessee, f"/data/{held.public_id}/")
        amendments.withdraw(proposal=made, by=world.people[owner], at=timezone.now())
        assert link not in waits(shown_to(lessee))

    def test_a_notice_waits_while_the_machine_is_held_for_the_lessee(self, world, shown_to):
        period = Period(timezone.now() + DAY, timezone.now() + 3 * DAY)
        told = {"reference": "lea_8", "owner": world.owner, "lessee": world.b, "equipment": [world.machine]}
        told |= {"terms": data_terms.DEFAULT, "billing_channels": [], "by": world.people[world.owner]}
        notices.deliver(period=period, at=timezone.now(), **told)
        again = notices.deliver(period=period, at=timezone.now(), **told)
        link = "/leases/lea_8/data-notice/"
        assert link not in waits(shown_to(world.b))

        times = {"core": (period.start, period.end), "period": (period.start, period.end)}
        claim = Claim.objects.create(
            equipment=world.machine, reason="LEASE", reference="lea_8", created_at=START, **times
        )
        assert waits(shown_to(world.b)).count(link) == 1
        assert link not in waits(shown_to(world.owner))
        claim.active = False
        claim.save()
        assert link not in waits(shown_to(world.b))
        claim.active = True
        claim.save()
        notices.accept(notice=again, digest=again.digest, by=world.people[world.b], at=timezone.now())
        assert link not in waits(shown_to(world.b))

    def test_what_is_soon_erased_is_said_once_for_each_day(self, world, shown_to):
        duties.incur(agreement=world.of_a, by=world.people[world.owner], at=timezone.now())
        erasing = Duty.objects.filter(kind="ERASE").exclude(retentions=["EVIDENCE"])
        erasing.update(due_at=timezone.now() + timedelta(days=5))

        mine = waits(shown_to(world.a))
        assert mine.count("/data/duties/") == 1
        assert "请先导出" in mine
        theirs = waits(shown_to(world.owner))
        assert "将于" in theirs
        assert "请先导出" not in theirs
        erasing.update(due_at=timezone.now() - timedelta(days=1))
        assert "应予删除" in waits(shown_to(world.a))
        erasing.update(due_at=timezone.now() + timedelta(days=60))
        assert "/data/duties/" not in waits(shown_to(world.a))


class TestTheLog:
    def test_can_be_narrowed_to_refusals(self, world, shown_to):
        world.read(world.provider, "maintenance", channels=["load"], at=timezone.now())
        world.read(world.b, "operation", channels=["load"], at=timezone.now())

        assert shown_to(world.b, "/data/log/").count('data-state="') == 2
        refused = shown_to(world.b, "/data/log/?only=refused")
        assert refused.count('data-state="DENY"') == refused.count('data-state="')

    def test_can_leave_the_meter_out(self, world, shown_to):
        world.read(world.b, "operation", channels=["load"], at=timezone.now())
        logged(
            at=timezone.now(),
            device="dev_1",
            device_name="Lathe",
            purpose="meter_of_record",
            outcome="PERMIT",
            concerns=[world.b.public_id],
            agreements=[world.of_b.public_id],
        )

        assert "Lathe" in shown_to(world.b, "/data/log/")
        assert "Lathe" not in shown_to(world.b, "/data/log/?only=others")
        assert "Lathe" not in shown_to(world.b, f"/data/{world.of_b.public_id}/")
        assert "Mill" in shown_to(world.b, "/data/log/?only=others")

    def test_says_that_nobody_was_refused(self, shown_to, world):
        assert "没有被拒绝的读取" in shown_to(world.b, "/data/log/?only=refused")


class TestDuties:
    def test_what_is_undone_comes_first(self, world, shown_to):
        duties.incur(agreement=world.of_a, by=world.people[world.owner], at=timezone.now())
        Duty.objects.filter(kind="INFORM").update(fulfilled_at=timezone.now())

        shown = shown_to(world.a, "/data/duties/")

        rows = shown.partition("<tbody>")[2]
        assert rows.rindex("未到期") < rows.index("已履行")


class TestAnAgreementInSentences:
    def test_names_both_sides_and_what_each_may_use(self, world, shown_to):
        shown = (
            shown_to(world.b, f"/data/{world.of_b.public_id}/").split('id="rights"')[1].split("</section>")[0]
        )

        assert "全部数据：每条读数" in shown
        assert "设备状态：按15 分钟汇总" in shown
        assert "无，除非另有授权" in shown
        assert shown.index(world.b.name) < shown.index(world.owner.name)

    def test_says_what_competitors_get(self, world, shown_to):
        Agreement.objects.filter(pk=world.of_b.pk).update(competitor=True)

        shown = shown_to(world.owner, f"/data/{world.of_b.public_id}/")

        assert "设备状态：按1 小时汇总" in shown
        assert "属于同一行业" in shown

    def test_says_whether_it_is_in_force(self, world, shown_to):
        assert "已结束" in shown_to(world.a, f"/data/{world.of_a.public_id}/")
        assert "生效中" in shown_to(world.b, f"/data/{world.of_b.public_id}/")
        Agreement.objects.filter(pk=world.of_b.pk).update(suspended_at=timezone.now())
        assert "已由承租方暂停" in shown_to(world.owner, f"/data/{world.of_b.public_id}/")
        Agreement.objects.filter(pk=world.of_b.pk).update(
            suspended_at=None, period=(timezone.now() + DAY, None)
        )
        assert "尚未开始" in shown_to(world.b)


class TestAGrant:
    def test_of_an_open_one_its_recipient_finds_the_device(self, world, shown_to):
        grant = world.given(world.job(readable=now()))
        path = f"/data-grants/{grant.public_id}/"

        assert f"/devices/{world.device.public_id}/" in shown_to(world.provider, path)
        assert f"/devices/{world.device.public_id}/" not in shown_to(world.a, path)
        assert f"/data/{world.of_a.public_id}/" not in shown_to(world.provider, path)

    def test_who_asked_reads_for_whom_it_waits(self, world, shown_to):
        grant = world.asked(world.job(readable=now()))

        assert "等待数据所属一方答复" in shown_to(world.provider, f"/data-grants/{grant.public_id}/")
        assert "如获同意" in shown_to(world.a, f"/data-grants/{grant.public_id}/")
