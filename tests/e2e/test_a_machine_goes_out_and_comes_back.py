"""A real browser on a phone, with script off: hand-over with a photo, return and inspection, both sides."""

from datetime import timedelta

import pytest
from django.utils import timezone

from leasing.actions import leases, offers
from leasing.models import ConditionRecord, Lease, Photo
from leasing.rules.condition import Kind
from marketplace.shared.period import Period
from tests.e2e.test_the_workshop_on_its_phone import chromium, faults, opened, sign_in
from tests.factories.leasing import picture, read_notice, secure
from tests.leasing import world as worlds

pytestmark = [pytest.mark.e2e, pytest.mark.django_db(transaction=True)]
__all__ = ["chromium"]
DAY = timedelta(days=1)
PHOTO = {"name": "photo.jpg", "mimeType": "image/jpeg", "buffer": picture((640, 480))}


def bound(world):
    """Return a lease that begins today: contract concluded, deposit held, notice read."""
    now = timezone.now()
    made = offers.accept(
        lease=world.ask(period=Period(now - DAY, now + 30 * DAY), at=now - DAY), by=world.owner, at=now - DAY
    )
    read_notice(made, by=world.buyer, at=now - DAY)
    secure(made, by=world.owner, at=now - DAY)
    return made


def on_the_phone(chromium, server, person):
    person.set_password("secret-pass")
    person.save()
    page = opened(chromium, java_script_enabled=False)
    sign_in(page, server, person)
    return page


def sound(chromium, server, person, paths):
    """Return what axe, the width of the phone or the policy find at these pages, with script on."""
    page = opened(chromium, viewport={"width": 390, "height": 12000})
    sign_in(page, server, person)
    wrong = faults(page, server, paths, "zh-Hans")
    page.context.close()
    return wrong


def latest(kind):
    return ConditionRecord.objects.with_answers().filter(kind=kind).latest("pk")


def test_both_sides_know_how_it_went_out_and_came_back(chromium, live_server):
    world = worlds.make(machines=1)
    lease = bound(world)
    url = f"{live_server.url}/leases/{lease.public_id}/"
    owner, buyer = (on_the_phone(chromium, live_server, one) for one in (world.owner, world.buyer))

    owner.goto(url)
    owner.click("a.primary:has-text('交接')")
    owner.fill("input[name=serial]", "VMC-1")
    owner.fill("input[name='meter-run_time']", "120")
    owner.set_input_files("input[name='photo-housing']", PHOTO)
    owner.click("form button.primary:has-text('交接')")
    owner.wait_for_url(url)
    out = latest(Kind.HANDOVER)
    buyer.goto(f"{live_server.url}/records/{out.public_id}/")
    buyer.click("button.primary:has-text('确认')")
    buyer.wait_for_url(url)
    assert Lease.objects.get().status == "ACTIVE"
    leases.end(lease=Lease.objects.get(), by=world.buyer, at=timezone.now())

    owner.goto(url)
    owner.click("a.primary:has-text('收回设备')")
    assert Photo.objects.get().public_id in owner.content()
    owner.fill("input[name=serial]", "VMC-1")
    owner.fill("input[name='meter-run_time']", "130")
    owner.select_option("select[name='seen-housing']", "FAULT")
    owner.fill("input[name='text-housing']", "观察窗裂了")
    owner.set_input_files("input[name='photo-housing']", PHOTO)
    owner.select_option("select[name=wipe]", "WIPED")
    assert owner.evaluate("document.documentElement.scrollWidth") <= 390
    owner.click("form button.primary:has-text('收回设备')")
    owner.wait_for_url(url)
    back = latest(Kind.RETURN)
    buyer.goto(f"{live_server.url}/records/{back.public_id}/")
    assert "“外壳" in buyer.inner_text("main")
    assert buyer.locator(".seen img").count() == 2
    buyer.click("button.primary:has-text('确认')")
    buyer.wait_for_url(url)

    owner.goto(url)
    owner.click("a.primary:has-text('验收检查')")
    owner.select_option("select[name='seen-housing']", "FAULT")
    owner.fill("input[name='text-housing']", "观察窗裂了")
    owner.click("fieldset:has(select[name='seen-housing']) summary")
    owner.select_option("select[name='kind-housing']", "DAMAGE")
    owner.fill("input[name='estimate-housing']", "1200.50")
    owner.fill("input[name='percent-housing']", "100")
    owner.click("form button.primary:has-text('保存检查记录')")
    owner.wait_for_url(url)
    found = latest(Kind.INSPECTION)
    buyer.goto(f"{live_server.url}/records/{found.public_id}/")
    assert "¥1,200.50" in buyer.inner_text("main")
    buyer.click("summary:has-text('异议')")
    buyer.fill("textarea[name=reason]", "交接时已有裂纹")
    buyer.click("button.danger")
    buyer.wait_for_selector("text=交接时已有裂纹")

    owner.goto(f"{live_server.url}/records/{found.public_id}/")
    owner.click("a:has-text('提出损坏索赔')")
    owner.wait_for_url(f"{url}damage/new/")
    assert buyer.locator("a:has-text('提出损坏索赔')").count() == 0

    owner.goto(url)
    owner.click("a.primary:has-text('恢复可用')")
    owner.click("button.primary:has-text('设备已恢复可用')")
    owner.wait_for_url(url)
    assert Lease.objects.get().units.get().state == "READY"
    assert owner.complaints == buyer.complaints == []
    records = [f"/records/{one.public_id}/" for one in (out, back, found)]
    assert sound(chromium, live_server, world.buyer, [f"/leases/{lease.public_id}/", *records]) == []
    for page in (owner, buyer):
        page.context.close()


def test_every_form_of_the_way_back_is_sound(chromium, live_server):
    world = worlds.make(machines=1)
    lease = bound(world)
    world.owner.set_password("secret-pass")
    world.owner.save()
    path = f"/leases/{lease.public_id}/"

    pages = [f"{path}hand-over/", f"{path}return/", f"{path}inspection/", f"{path}ready/"]
    assert sound(chromium, live_server, world.owner, pages) == []
