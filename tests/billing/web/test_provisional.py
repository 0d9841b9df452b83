"""The page of a bill before it is issued, as each side sees it, and the list of those that wait."""

import re
from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import override

from billing import tasks
from billing.actions import invoices
from billing.models import BillingMode, BillObjection, BillTelling, ReviewItem
from billing.queries.sellers import NoPlatform
from billing.web import provisional as pages
from leasing.actions import leases
from leasing.models import Lease
from marketplace.models import Notification
from marketplace.models.parties import Role
from tests.billing.actions.test_corrections import OCTOBER, say, scrap
from tests.billing.actions.test_provisional import ENDED, UNTIL, bill, by_lessor, meter, object_to, returned
from tests.factories import marketplace as factory


@pytest.fixture
def ended(by_part, monkeypatch):
    say(by_part, 0, 4)
    meter(by_part)
    at(monkeypatch, ENDED)
    return by_part


def at(monkeypatch, moment):
    monkeypatch.setattr(timezone, "now", lambda: moment)


def client(person, language="en"):
    found = Client(headers={"accept-language": language})
    found.force_login(person)
    return found


def text(answer):
    """Return what a reader sees."""
    return " ".join(re.sub("<[^>]+>", " ", answer.content.decode()).split())


def path(scene):
    return reverse("provisional-bill", args=[scene.lease.public_id])


def shown(person, scene, language="en"):
    return text(client(person, language).get(path(scene)))


class TestBill:
    def test_shows_the_lessee_lines_dates_and_the_next_step(self, ended):
        said = shown(ended.buyer, ended)

        assert "May be objected to until" in said
        assert "2,461.21" in said
        assert "If something is wrong, object below" in said
        assert ended.platform.name in said
        assert BillTelling.objects.get().organization == ended.lessee

    def test_is_there_in_chinese(self, ended):
        said = shown(ended.buyer, ended, "zh-hans")

        assert "异议截止时间" in said
        assert "下一步：请核对各行" in said
        assert "May be" not in said

    @pytest.mark.parametrize(
        ("language", "said"),
        [("en", "waits for the closing readings"), ("zh-hans", "正在等待下列设备归还记录中的结束读数")],
    )
    def test_says_why_the_last_one_is_not_final_yet(self, ended, language, said):
        leases.end(lease=Lease.objects.get(pk=ended.lease.pk), by=ended.owner, at=ENDED)

        page = shown(ended.buyer, ended, language)
        assert said in page
        assert ended.unit.equipment.name in page
        returned(ended)
        assert said not in shown(ended.buyer, ended, language)

    def test_shows_the_lessor_what_it_sells_and_what_is_held(self, ended):
        scrap(ended, 1, ENDED)
        say(ended, 5, start=3)
        said = shown(ended.owner, ended)

        assert ended.platform.name not in said.split("May be objected to until")[1].split("Object before")[0]
        assert "There is nothing to do if they are right" in said
        assert ReviewItem.objects.exists()

    def test_says_when_the_time_is_over_and_that_a_run_approves_it(self, ended, monkeypatch):
        BillingMode.objects.create(
            organization=ended.lessor, mode="REVIEWED", set_by=ended.owner, set_at=ENDED
        )
        at(monkeypatch, UNTIL)
        said = shown(ended.buyer, ended)

        assert "The time for objections is over" in said
        assert "the seller approves it before" in said
        assert "Object to this bill" not in said

    def test_says_that_use_is_still_counted(self, by_part, monkeypatch):
        say(by_part, 0, 4)
        meter(by_part, at=OCTOBER.end - timedelta(hours=1))
        at(monkeypatch, ENDED)

        assert "Use is still being counted" in shown(by_part.buyer, by_part)
        assert not BillTelling.objects.exists()

    def test_says_that_nothing_waits(self, ended):
        object_to(ended)
        bill(ended)
        said = shown(ended.buyer, ended)

        assert "No period of this lease is over" in said
        assert "Issued as a disputed line" in said

    def test_says_what_cannot_be_computed(self, ended, monkeypatch):
        def broken(**given):
            raise NoPlatform

        monkeypatch.setattr(invoices, "rate", broken)

        assert "The platform is not registered" in shown(ended.buyer, ended)

    def test_is_read_by_the_platform_and_not_by_viewers_or_strangers(self, ended):
        assert "There is nothing to do for you here" in shown(ended.finance, ended)
        assert client(factory.member(ended.lessee, Role.VIEWER)).get(path(ended)).status_code == 403
        stranger = factory.member(factory.organization())
        assert client(stranger).get(path(ended)).status_code == 404

    def test_is_linked_from_the_use(self, ended):
        answer = client(ended.buyer).get(reverse("usage", args=[ended.lease.public_id]))

        assert path(ended) in answer.content.decode()


class TestObjections:
    def form(self, scene, **changes):
        about = f"{scene.lessor.public_id}:parts"
        return {"period": "2026-10-15", "about": about, "reason": "USAGE", "text": "Twice"} | changes

    def raised(self, scene, person=None, **changes):
        address = reverse("bill-object", args=[scene.lease.public_id])
        return text(client(person or scene.buyer).post(address, self.form(scene, **changes), follow=True))

    def act(self, scene, made, act, person, **given):
        address = reverse("bill-objection-act", args=[scene.lease.public_id, made.public_id, act])
        return client(person).post(address, given, follow=True)

    def test_are_raised_and_answered(self, ended):
        assert "Your objection is written down" in self.raised(ended)
        made = BillObjection.objects.get()
        asked = shown(ended.owner, ended)
        assert "Next: answer the objection below" in asked
        assert "· Use · Parts ·" in asked.split("Objections to this bill")[1]
        said = text(self.act(ended, made, "answer", ended.owner, fact="", text="See report 7"))

        assert "Your answer is written down" in said
        assert "See report 7" in shown(ended.buyer, ended)

    @pytest.mark.parametrize(
        ("component", "said"),
        [
            ("parts", "Use · Parts"),
            ("meter:parts", "Parts"),
            ("base", "Base fee"),
            ("service", "Share of the rent"),
        ],
    )
    def test_name_what_they_are_about_in_words(self, ended, component, said):
        seller = ended.platform if component == "service" else ended.lessor
        object_to(ended, component=component, seller=seller.public_id)
        page = client(ended.buyer).get(path(ended)).content.decode()

        assert f"· {said} ·" in " ".join(page.split())
        assert f'<span class="code">{component}</span>' not in page

    @pytest.mark.parametrize(
        ("component", "said"), [("damage.dmg_1", "Damage"), ("gone", "One line of the bill"), ("", "")]
    )
    def test_name_facts_and_what_is_gone_too(self, ended, component, said):
        made = object_to(ended)
        made.component = component

        with override("en"):
            assert pages._about(made) == said

    def test_may_be_to_all_that_a_meter_counted(self, ended):
        assert "written down" in self.raised(ended, about=f"{ended.lessor.public_id}:meter:parts")
        assert BillObjection.objects.get().component == "meter:parts"

    def test_are_agreed_to_by_a_fact_that_can_be_chosen(self, ended):
        made = object_to(ended)
        scrap(ended, 1, ENDED)
        fact = f"REVIEW:{ended.unit.review_items.get().public_id}"

        assert fact in client(ended.owner).get(path(ended)).content.decode()
        self.act(ended, made, "answer", ended.owner, fact=fact, text="Right")
        assert BillObjection.objects.get().outcome == "AGREED"

    def test_are_withdrawn(self, ended):
        made = by_lessor(ended)

        assert "withdrawn" in text(self.act(ended, made, "withdraw", ended.owner))
        assert "closed" in text(self.act(ended, made, "withdraw", ended.owner))
        assert self.act(ended, made, "burn", ended.owner).status_code == 404

    @pytest.mark.parametrize(
        ("changes", "said"),
        [
            ({"period": "x\r\ny"}, "There is no bill to object to"),
            ({"text": ""}, "Say it in at most 500 characters"),
            ({"about": "", "reason": "MOOD"}, "Choose one of the reasons"),
            ({"about": "org_x:"}, "Name the lessor or the platform"),
        ],
    )
    def test_say_what_is_wrong_with_them(self, ended, changes, said):
        assert said in self.raised(ended, **changes)
        assert not BillObjection.objects.exists()

    def test_are_not_the_platforms(self, ended):
        address = reverse("bill-object", args=[ended.lease.public_id])

        assert client(ended.finance).post(address, self.form(ended)).status_code == 403
        assert not BillObjection.objects.exists()


class TestWaiting:
    def test_lists_what_waits_until_when_and_what_is_objected_to(self, ended):
        object_to(ended)
        shown(ended.owner, ended)
        said = text(client(ended.owner).get(reverse("provisional-bills")))

        assert ended.lease.number in said
        assert "2,461.21" in said

    def test_says_that_nothing_waits_and_that_runs_bill(self, ended):
        bill(ended)
        BillingMode.objects.create(
            organization=ended.lessor, mode="REVIEWED", set_by=ended.owner, set_at=ENDED
        )
        said = text(client(ended.owner).get(reverse("provisional-bills")))

        assert "No bill waits" in said
        assert "by an approved invoice run alone" in said

    def test_is_not_for_every_role_or_others(self, ended):
        viewer = factory.member(ended.lessor, Role.VIEWER)
        stranger = factory.member(factory.organization())
        for person in (viewer, stranger):
            said = text(client(person).get(reverse("provisional-bills")))
            assert ended.lease.number not in said


class TestClock:
    def test_tells_the_lessee_once(self, ended, monkeypatch):
        monkeypatch.setattr(tasks.tell_bill, "delay", tasks.tell_bill)
        tasks.tell_bills()
        tasks.tell_bills()

        assert Notification.objects.filter(kind="bill_provisional").count() == 1
