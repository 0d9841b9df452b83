"""
A small manufacturer from its first search to its rating, in a real browser: every step read, and looked at.

What the owner, the platform and the machine do in between is done by their actions; the machine's readings
come by post, and are metered, billed and matched by what does it every day.
"""

from datetime import timedelta

import pytest

from devices.ownership.models import NoticeAcceptance
from leasing.actions import offers
from leasing.actions import settlements as settling
from leasing.models import ConditionRecord, Lease, Rating
from leasing.rules.condition import Kind
from marketplace.shared import clock
from tests.e2e.journey import DESK, PHONE, Times, Walker
from tests.e2e.story import PLAN, RENT, WHOLE, Story
from tests.e2e.test_the_morning_of_finance import Keys
from tests.e2e.test_the_workshop_on_its_phone import chromium, opened
from tests.factories import marketplace as make

pytestmark = [pytest.mark.e2e, pytest.mark.slow, pytest.mark.django_db(transaction=True)]
__all__ = ["chromium"]
DAYS = ("free_from", "free_to", "first_day", "last_day")


def asks(bob, story):
    """Search, compare, calculate, and ask for a week."""
    first = clock.today() + timedelta(days=7)
    bob.opens("/?q=加工中心").sees("五轴加工中心 DMU 50", "立式加工中心 VMC 850")
    bob.fills(q="加工中心 DMU").presses("Search").sees("五轴加工中心 DMU 50", "苏州")
    bob.opens("/?q=加工中心")
    bob.presses("Add to comparison").presses("Add to comparison").presses("Compare machines")
    bob.sees("五轴加工中心 DMU 50", "立式加工中心 VMC 850")
    bob.opens(f"/listings/{story.listing.public_id}/").fills(usage_run_time="10").presses("Calculate").sees(
        WHOLE
    )
    bob.presses("Ask for a lease")
    bob.fills(
        first_day=first.isoformat(), last_day=(first + timedelta(days=6)).isoformat(), usage_run_time="10"
    )
    bob.presses("Calculate").sees(WHOLE)
    bob.presses("Send the request")
    bob.page.wait_for_url("**/leases/lea_*/")
    assert story.lease.starts_at.date() == first - timedelta(days=1)  # midnight in Shanghai
    bob.sees("五轴加工中心 DMU 50")


@pytest.mark.parametrize("looks", [PHONE, DESK], ids=["phone", "desk"])
def test_a_workshop_from_its_search_to_its_rating(chromium, live_server, monkeypatch, looks):
    story = Story(Times(monkeypatch)).offers()
    bob = Walker(chromium, live_server, story.bob, looks, name=f"sme-{looks['locale']}")

    # It finds a machine, knows what ten hours cost with tax, and asks for a week.
    asks(bob, story)
    lease = story.lease
    at = f"/leases/{lease.public_id}/"
    assert lease.status == "REQUESTED"

    # The owner accepts; the workshop reads what becomes of the data, and confirms how the machine came.
    offers.accept(lease=lease, by=story.owner, at=clock.now())
    bob.opens(at).presses("Read and accept").presses("I have read and agree")
    assert story.lease.status == "CONTRACTED"
    bob.opens(f"{at}contract/").sees("昆山恒立五金", "苏州远澜精密")
    story.hands_over()
    out = ConditionRecord.objects.get(kind=Kind.HANDOVER)
    bob.opens(f"/records/{out.public_id}/").presses("Confirm the record")
    assert story.lease.status == "ACTIVE"

    # It watches use and cost grow.
    story.machine_runs()
    bob.opens(f"{at}usage/").sees("10 小时" if looks is PHONE else "10 h", "¥860.00", WHOLE)

    # The invoice says the same to the fen, and how it is paid; then that it is.
    invoice = story.is_billed()
    bob.opens(f"/invoices/{invoice.public_id}/").sees(RENT)
    bob.presses("Pay this invoice").sees(RENT, "3105")
    story.is_paid(invoice)
    bob.opens(f"/invoices/{invoice.public_id}/pay/").sees("This invoice is paid.")

    # The machine is back; what is left is settled, and the other side is rated.
    back = ConditionRecord.objects.get(kind=Kind.RETURN)
    bob.opens(f"/records/{back.public_id}/").presses("Confirm the record")
    bob.opens(f"{at}settlement/").presses("Propose it")
    settlement = story.lease.settlements.latest("pk")
    settling.agree(
        settlement=settlement,
        digest=settlement.digest,
        by=story.owner,
        within=story.lessor,
        at=clock.now(),
    )
    bob.opens(f"{at}rating/")
    bob.fills(as_agreed="5", machine="4", punctual="5", contact="5", text="准时").presses("Write the rating")
    assert Rating.objects.get().text == "准时"
    bob.done()


class Workshop(Keys):
    """Somebody of a workshop who has no mouse."""

    def __init__(self, chromium, server, person):
        self.page = opened(chromium, viewport={"width": 1024, "height": 640})
        self.unseen = []
        self.page.goto(f"{server.url}/login/?next=/")
        self.walk(name="username")
        self.write(person.email)
        self.walk(name="password")
        self.write("secret-pass")
        self.press("Enter", "闲置设备租赁")


def test_a_workshop_asks_reads_and_agrees_without_a_mouse(chromium, live_server):
    now = clock.now()
    owner = make.member(make.organization("苏州远澜精密"))
    bob = make.member(make.organization("昆山恒立五金"))
    make.platform()
    make.listing(owner.memberships.get().organization, title="五轴加工中心 DMU 50", price_plan=PLAN)
    make.searchable()
    keys = Workshop(chromium, live_server, bob)

    # It searches, opens what it finds, and reads what ten hours cost.
    keys.skip().walk(name="q")
    keys.write("加工中心")
    keys.press("Enter", "闲置设备租赁")
    keys.skip().walk("五轴加工中心 DMU 50", url="/listings/")
    keys.press("Enter", "五轴加工中心 DMU 50")
    keys.skip().walk(name="usage_run_time")
    keys.write("10")
    keys.press("Enter")
    keys.page.wait_for_selector(f"text={WHOLE}")

    # It asks for the days that are proposed, and ten hours.
    keys.skip().walk("申请租用")
    keys.press("Enter", "申请租用")
    keys.skip().walk(name="usage_run_time")
    keys.write("10")
    keys.walk("发送申请")
    keys.press("Enter", "五轴加工中心 DMU 50")
    lease = Lease.objects.get()
    assert (lease.status, lease.expected_usage["run_time"]) == ("REQUESTED", "10")

    # The owner accepts; it finds the lease, reads the notice on its data, and agrees.
    offers.accept(lease=lease, by=owner, at=now)
    keys.walk("租约", url="/leases/")
    keys.press("Enter", "租约")
    keys.skip().walk(lease.number)
    keys.press("Enter", "五轴加工中心 DMU 50")
    keys.skip().walk("阅读并同意")
    keys.press("Enter", "数据告知书")
    keys.skip().walk("我已阅读并同意")
    keys.press("Enter", "五轴加工中心 DMU 50")
    keys.says("已同意")
    assert NoticeAcceptance.objects.count() == 1
    # The parts of a date are within its field, and each draws the focus itself.
    assert [at for _url, at in keys.unseen if at["name"] not in DAYS] == []
    assert keys.page.complaints == []
    keys.page.context.close()
