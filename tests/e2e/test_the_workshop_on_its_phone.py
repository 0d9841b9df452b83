"""A real browser: the workshop's part of the main job, with script and without."""

import os
import shutil
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from django.utils import timezone
from playwright.sync_api import sync_playwright

from devices.ownership.models import Agreement
from leasing.models import Lease
from tests import doors
from tests.factories import marketplace as make

os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "true")  # playwright's calls run inside an event loop
AXE = (Path(__file__).resolve().parents[1] / "vendor" / "axe.min.js").read_text()
RUN = """async () => {
    const tags = ['wcag2a', 'wcag2aa', 'wcag21aa', 'wcag22aa'];
    const only = {runOnly: {type: 'tag', values: tags}, resultTypes: ['violations']};
    const found = await axe.run(document, only);
    const serious = found.violations.filter(one => ['serious', 'critical'].includes(one.impact));
    return serious.map(one => one.id + one.nodes.map(node => ' ' + node.html.slice(0, 99)));
}"""
ARGS = ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--disable-background-networking"]
STAY = "--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE 127.0.0.1 , EXCLUDE localhost"
BROWSER = shutil.which("chromium") or shutil.which("chromium-browser") or ""
pytestmark = [pytest.mark.e2e, pytest.mark.django_db(transaction=True)]


@pytest.fixture(scope="module")
def chromium():
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=BROWSER or None, args=[*ARGS, STAY])
        yield browser
        browser.close()


def opened(chromium, **more):
    """Return a page on a phone that notes what the policy or the network refuses, and brings axe along."""
    settings = {"viewport": {"width": 390, "height": 844}, "locale": "zh-CN", "timezone_id": "Asia/Shanghai"}
    context = chromium.new_context(**(settings | more))
    context.add_init_script(AXE)  # sent once: to send it to each page takes longer than to look at it
    page = context.new_page()
    page.complaints = []
    page.on("console", lambda said: page.complaints.append(said.text) if "Security" in said.text else None)
    page.on("requestfailed", lambda request: page.complaints.append(request.url) if lost(request) else None)
    return page


def bring_axe(page):
    """Load axe where it is not yet: with script off nothing is brought along."""
    if not page.evaluate("typeof axe === 'object'"):
        page.evaluate(AXE)


def lost(request):
    """A request that the browser gave up because the reader went on is no failure."""
    return "ERR_ABORTED" not in (request.failure or "")


def in_words(page):
    """Return what a page says, without what it quotes to be checked: signed text is JSON."""
    page.evaluate("document.querySelectorAll('code.key').forEach(one => one.remove())")
    return page.inner_text("body")


def faults(page, server, paths, lang):
    """Return what is wrong with pages: status, width, axe, language, words that are code, the policy."""
    wrong = []
    for path in paths:
        answer = page.goto(server.url + path)
        if page.locator("[hx-trigger~=load]").count():
            page.wait_for_load_state("networkidle")
        bring_axe(page)
        found = {
            "status": answer.status != 200 and answer.status,
            "overflow": page.evaluate("document.documentElement.scrollWidth > innerWidth"),
            "axe": page.evaluate(RUN),
            "lang": page.evaluate("document.documentElement.lang") != lang,
            "raw": [mark for mark in ("None", "{", "}}", "%(") if mark in in_words(page)],
            "refused": page.complaints[:3],
        }
        wrong += [(path, name, what) for name, what in found.items() if what]
        page.complaints.clear()
    return wrong


def test_axe_is_brought_to_each_page_and_finds_what_is_wrong(chromium):
    page = opened(chromium)

    for number in (1, 2):
        page.goto(f"data:text/html,<title>{number}</title><input>")
        bring_axe(page)
        found = page.evaluate(RUN)
        assert [one.split()[0] for one in found] == ["html-has-lang", "label"], found
    page.context.close()


def sign_in(page, server, person):
    page.goto(f"{server.url}/login/")
    page.fill("input[name=username]", person.email)
    page.fill("input[name=password]", "secret-pass")
    page.click("form button.primary")
    page.wait_for_load_state("networkidle")


@pytest.mark.parametrize("script", [True, False], ids=["with script", "without script"])
def test_a_workshop_finds_prices_and_asks_for_a_machine(chromium, live_server, script):
    owner = make.organization("苏州远澜精密", kind="LEAD_ENTERPRISE")
    make.platform()
    make.listing(owner, title="五轴加工中心 DMU 50")
    make.searchable()
    bob = make.member(make.organization("昆山恒立五金"), name="Bob")
    page = opened(chromium, java_script_enabled=script)

    page.goto(f"{live_server.url}/?q=DMU")
    page.click("text=五轴加工中心 DMU 50")
    page.fill("input[name=usage_run_time]", "40")
    page.click("text=计算")
    page.wait_for_selector("text=¥7,481.99")
    page.click(".dock >> text=申请租用")
    page.fill("input[name=username]", bob.email)
    page.fill("input[name=password]", "secret-pass")
    page.click("form button.primary")
    first = timezone.localdate() + timedelta(days=7)
    page.fill("input[name=first_day]", first.isoformat())
    page.fill("input[name=last_day]", (first + timedelta(days=29)).isoformat())
    page.fill("input[name=usage_run_time]", "40")
    page.click("button:has-text('计算')")
    page.wait_for_load_state("networkidle")
    assert "¥" in page.inner_text("#estimate")
    assert "csrf" not in page.url
    page.click("button.primary:has-text('发送申请')")
    page.wait_for_url("**/leases/lea_*/")

    lease = Lease.objects.get()
    zone = ZoneInfo("Asia/Shanghai")
    assert lease.status == "REQUESTED"
    assert lease.starts_at == datetime(first.year, first.month, first.day, tzinfo=zone)
    assert page.complaints == []
    page.context.close()


@pytest.mark.parametrize("script", [True, False], ids=["with script", "without script"])
def test_a_lessee_registers_its_data_and_asks_whether_they_may_leave_the_country(
    chromium, live_server, script
):
    world = doors.build()
    bob, agreement = world.scene.buyer, Agreement.objects.get(public_id=world.ids["agreement"]["public_id"])
    bob.set_password("secret-pass")
    bob.save()
    page = opened(chromium, java_script_enabled=script)
    sign_in(page, live_server, bob)
    first = timezone.localtime(agreement.span.start + timedelta(minutes=1))

    page.goto(f"{live_server.url}/data/assets/{world.ids['asset']['public_id']}/")
    page.click("text=登记对它的权利")
    page.fill("input[name=starts_at]", f"{first:%Y-%m-%dT%H:%M}")
    page.fill("input[name=ends_at]", f"{first:%Y-%m-%dT%H:%M}")
    page.click("button.primary:has-text('提交申请')")
    page.wait_for_selector("text=结束时间必须晚于开始时间")
    page.fill("input[name=ends_at]", f"{first + timedelta(hours=8):%Y-%m-%dT%H:%M}")
    page.click("button.primary:has-text('提交申请')")
    page.wait_for_url("**/data/registrations/reg_*/")
    assert "您的申请等待平台决定" in page.inner_text("body")

    page.goto(f"{live_server.url}/data/assets/{world.ids['asset']['public_id']}/")
    page.click("text=能否出境？")
    page.fill("input[name=destination]", "de")
    page.fill("input[name=recipient]", "Mutterhaus GmbH")
    page.click("summary:has-text('个人')")
    page.select_option("select[name=personal]", "false")
    page.click("summary:has-text('机关')")
    page.select_option("select[name=for_foreign_authority]", "false")
    page.click("button.primary:has-text('询问')")
    page.wait_for_url("**/data/borders/brd_*/")

    assert "数据可以出境" in page.inner_text("body")
    assert "第 5 步" in page.inner_text("body")
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    assert page.complaints == []
    page.context.close()


def test_what_is_signed_is_folded_on_the_screen_and_printed_on_paper(chromium, live_server):
    world = doors.build()
    world.scene.buyer.set_password("secret-pass")
    world.scene.buyer.save()
    page = opened(chromium)
    sign_in(page, live_server, world.scene.buyer)

    for path in (
        f"/data/certificates/{world.ids['certificate']['public_id']}/",
        f"/data/registrations/{world.ids['registration']['public_id']}/",
    ):
        page.goto(live_server.url + path)
        text = page.locator("code.key").first
        assert not text.is_visible()
        page.emulate_media(media="print")
        assert text.is_visible()
        page.emulate_media(media="screen")
    page.context.close()
