"""
An owner from a file of idle machines to the money for the first lease, in a real browser: every step read.

On the phone it walks with script; at the desk, in English, script is off: nothing that it must do needs any.
"""

from datetime import timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from leasing.actions import handovers, leases
from leasing.models import ConditionRecord
from marketplace.models import Equipment, Listing
from marketplace.shared import clock
from marketplace.shared.period import Period, local_midnight
from tests.e2e.journey import DESK, PHONE, Times, Walker
from tests.e2e.story import RENT, Story, works
from tests.e2e.test_a_machine_goes_out_and_comes_back import PHOTO
from tests.e2e.test_the_workshop_on_its_phone import chromium
from tests.factories.leasing import read_notice, secure

pytestmark = [pytest.mark.e2e, pytest.mark.slow, pytest.mark.django_db(transaction=True)]
__all__ = ["chromium"]
ZONE = ZoneInfo("Asia/Shanghai")
HEAD = "场地,地区代码,城市,设备类别,制造商,型号,序列号,规格,挂牌标题,计价方式,单价,押金,上架"
SPECS = "轴数=5; 行程X=650; 行程Y=520; 行程Z=475; 主轴转速=18000; 数控系统=Heidenhain"
ROW = "一号车间,320594,苏州,加工中心,DMG MORI,DMU 50,SN-{0},{1},五轴加工中心 {0} 号,小时,86.00,20000,否"
FILE = "\r\n".join([HEAD, *(ROW.format(number, SPECS) for number in (1, 2, 3))])


def takes_in(ann):
    """Let three machines be tried, and taken in."""
    ann.opens("/imports/")
    file = {"name": "机床.csv", "mimeType": "text/csv", "buffer": FILE.encode("gb18030")}
    ann.page.set_input_files("main input[type=file]", file)
    ann.presses("Check the file")
    works()
    ann.opens(ann.page.url).sees("Tried; nothing is stored yet")
    assert not Equipment.objects.exists()
    ann.page.click("main form.actions button.primary")
    ann.page.wait_for_load_state()
    works()
    ann.opens(ann.page.url).sees("Taken in", "五轴加工中心 1 号", "五轴加工中心 3 号")
    return Listing.objects.select_related("owner").get(title="五轴加工中心 1 号")


@pytest.mark.parametrize(("looks", "script"), [(PHONE, True), (DESK, False)], ids=["phone", "no-script"])
def test_an_owner_from_its_file_to_its_money(chromium, live_server, monkeypatch, looks, script):
    story = Story(Times(monkeypatch))
    name = f"owner-{looks['locale']}"
    ann = Walker(chromium, live_server, story.owner, looks, name=name, script=script)

    # Three machines come from a file; one gets a picture, a device and its key, and is published.
    listing = takes_in(ann)
    machine = listing.units.get().equipment
    ann.opens(f"/my-listings/{listing.public_id}/photos/")
    ann.page.set_input_files("main input[type=file]", PHOTO)
    ann.presses("Add")
    assert listing.photos.count() == 1
    story.connects(machine)
    ann.opens(f"/devices/{story.device.public_id}/").presses("Make a key")
    token = ann.page.locator("main code.key").first.inner_text()
    ann.opens(f"/equipment/{machine.public_id}/").presses("Publish")
    listing.refresh_from_db()
    assert listing.status == "PUBLISHED"

    # A workshop asks for a week; the owner finds the request on its first page, and accepts it.
    first = clock.today() + timedelta(days=7)
    period = Period(*(local_midnight(first + timedelta(days=days), ZONE) for days in (0, 7)))
    leases.request(
        listing=listing,
        lessee=story.lessee,
        period=period,
        expected_usage={"run_time": Decimal(10)},
        note="",
        by=story.bob,
        at=clock.now(),
    )
    ann.opens("/today/").presses("五轴加工中心 1 号").presses("Accept the request")
    assert story.lease.status == "CONTRACTED"
    read_notice(story.lease, by=story.bob, at=clock.now())

    # It hands the machine over, and the workshop confirms that.
    at = story.times.go_to(story.lease.starts_at + timedelta(hours=9))
    secure(story.lease, by=story.owner, at=at)
    ann.opens("/today/").sees("五轴加工中心 1 号")
    ann.opens(f"/leases/{story.lease.public_id}/hand-over/").fills(serial="SN-1")
    ann.page.set_input_files("main input[type=file] >> nth=0", PHOTO)
    ann.presses("Hand the machine over")
    record = ConditionRecord.objects.get()
    handovers.confirm(record=record, digest=record.digest, by=story.bob, at=clock.now())
    assert story.lease.status == "ACTIVE"
    story.machine_runs(token)
    ann.opens("/today/")
    ann.opens(f"/leases/{story.lease.public_id}/usage/").sees("¥860.00")

    # The lease is over: the owner sees its invoice, that it is paid, and what comes to its account.
    invoice = story.is_billed()
    ann.opens("/invoices/").sees(RENT)
    ann.opens(f"/invoices/{invoice.public_id}/").sees(RENT, "昆山恒立五金")
    story.is_paid(invoice)
    order = story.pays_out()
    ann.opens(f"/payouts/{order.public_id}/statement/").sees(
        f"¥{order.amount_minor / 100:,.2f}", order.reference
    )
    ann.done()
