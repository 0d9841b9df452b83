"""A real browser on a phone, script off: each next step is found by the words on the page, on both sides."""

from datetime import timedelta

import pytest
from django.utils import timezone

from leasing.models import Annex, Lease, Ticket, TicketPhoto
from tests.e2e.test_a_machine_goes_out_and_comes_back import PHOTO, on_the_phone
from tests.e2e.test_the_pages_of_a_lease import running
from tests.e2e.test_the_workshop_on_its_phone import chromium
from tests.factories import marketplace as make
from tests.leasing import world as worlds

pytestmark = [pytest.mark.e2e, pytest.mark.django_db(transaction=True)]
__all__ = ["chromium"]


def press(page, words):
    """Press the one thing in the page that says exactly this, and wait for what it opens."""
    found = page.locator("a, button, summary").get_by_text(words, exact=True)
    own = page.locator("a, button, summary", has_text=words)
    (found if found.count() else own).filter(visible=True).first.click(timeout=8_000)
    page.wait_for_load_state()


def done(*pages):
    """Look that nothing was refused and nothing is wider than the phone, and close."""
    for page in pages:
        assert page.evaluate("document.documentElement.scrollWidth") <= 390
        assert page.complaints == []
        page.context.close()


def test_a_workshop_asks_for_days_and_the_lessor_finds_the_request_on_its_first_page(chromium, live_server):
    world = worlds.make(machines=1)
    make.searchable()
    owner, buyer = (on_the_phone(chromium, live_server, one) for one in (world.owner, world.buyer))
    first = timezone.localdate() + timedelta(days=7)

    buyer.goto(live_server.url)
    press(buyer, "找设备")
    press(buyer, "立式加工中心 VMC-850")
    press(buyer, "申请租用")
    buyer.get_by_label("起租日").fill(first.isoformat())
    buyer.get_by_label("到期日").fill((first + timedelta(days=29)).isoformat())
    press(buyer, "发送申请")
    buyer.wait_for_url("**/leases/lea_*/")
    lease = Lease.objects.get()
    assert lease.status == "REQUESTED"
    assert "立式加工中心 VMC-850" in buyer.inner_text("h1")

    press(owner, "今日")
    press(owner, "立式加工中心 VMC-850")
    press(owner, "接受申请")
    owner.wait_for_url(f"**/leases/{lease.public_id}/")
    press(buyer, "租约")
    press(buyer, lease.number)
    press(buyer, "阅读并同意")
    assert Lease.objects.get().status == "CONTRACTED"
    assert "数据" in buyer.inner_text("h1")
    press(buyer, "更多")
    places = buyer.locator(".bottombar a").filter(visible=True).all_inner_texts()
    assert {"今日", "租约", "留言", "账单"} <= set(places)
    done(owner, buyer)


def test_a_fault_is_reported_at_the_machine_repaired_and_confirmed(chromium, live_server):
    world = worlds.make(machines=1)
    machine = running(world).units.get().equipment
    owner, buyer = (on_the_phone(chromium, live_server, one) for one in (world.owner, world.buyer))

    buyer.goto(f"{live_server.url}/equipment/{machine.public_id}/here/")
    press(buyer, "报修")
    buyer.get_by_label("看到或听到的现象").fill("主轴异响")
    buyer.set_input_files("input[type=file]", PHOTO)
    press(buyer, "提交报修")
    buyer.wait_for_url("**/tickets/*/")
    ticket, at_ticket = Ticket.objects.get(), buyer.url
    assert TicketPhoto.objects.get().ticket == ticket
    assert buyer.locator(".shots img").count() == 1

    press(owner, "今日")
    press(owner, "立式加工中心 VMC-850")
    assert owner.url == at_ticket
    press(owner, "我已知悉")
    press(owner, "开始维修")
    owner.get_by_label("维修内容").fill("更换主轴轴承")
    press(owner, "已修复")
    assert Ticket.objects.get().status == "SOLVED"

    press(buyer, "今日")
    press(buyer, "立式加工中心 VMC-850")
    assert buyer.url == at_ticket
    assert "更换主轴轴承" in buyer.inner_text("main")
    press(buyer, "已恢复正常")
    assert Ticket.objects.get().status == "CONFIRMED"
    done(owner, buyer)


def test_an_extension_is_proposed_seen_with_what_follows_and_accepted(chromium, live_server):
    world = worlds.make(machines=1)
    lease = running(world)
    owner, buyer = (on_the_phone(chromium, live_server, one) for one in (world.owner, world.buyer))
    last = timezone.localdate(lease.ends_at) + timedelta(days=10)

    press(buyer, "租约")
    press(buyer, lease.number)
    press(buyer, "变更、中止或结束租约")
    press(buyer, "提出变更")
    buyer.get_by_role("link", name="延长租期").click()
    buyer.get_by_label("到期日").fill(last.isoformat())
    press(buyer, "查看后果")
    assert "¥" in buyer.inner_text("main")
    press(buyer, "发送提议")
    assert Annex.objects.get().state == "PROPOSED"

    press(owner, "通知")
    press(owner, "提议变更租约")
    press(owner, "接受变更")
    assert Annex.objects.get().state == "IN_EFFECT"
    assert timezone.localdate(Lease.objects.get().ends_at) == last + timedelta(days=1)
    done(owner, buyer)
