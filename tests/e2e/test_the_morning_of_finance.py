"""A real browser, the keyboard alone: finance of the platform has its morning, from the file to the lock."""

import pytest
from django.utils import timezone
from django.utils.module_loading import import_string

from billing.models import PeriodLock
from billing.payments.models import Allocation, BankLine, PaymentOrder, Receipt, Suggestion
from billing.payments.rules.month_close import before, last_day
from billing.payments.web import matching as board
from billing.rules import accounts as chart
from tests.billing.payments import matched
from tests.billing.world import member
from tests.e2e.test_the_workshop_on_its_phone import chromium, opened

pytestmark = [pytest.mark.e2e, pytest.mark.django_db(transaction=True)]
__all__ = ["chromium"]
HERE = """() => {
    const one = document.activeElement, box = one.getBoundingClientRect(), look = getComputedStyle(one);
    const said = one.getAttribute('aria-label') || one.labels?.[0]?.innerText || one.innerText || '';
    const ring = look.outlineStyle !== 'none' || one.closest('label')?.matches(':focus-within');
    const inside = box.bottom > 0 && box.top < innerHeight && box.width > 0 && box.height > 0;
    return {name: one.name || '', said: said.trim().replace(/\\s+/g, ' '), tag: one.tagName,
            url: one.getAttribute('href') || '', seen: Boolean(ring && inside)};
}"""
READ = "() => performance.now() - performance.getEntriesByType('navigation')[0].domContentLoadedEventEnd"
STATEMENT = """交易日期,借方发生额,贷方发生额,账户余额,对方户名,对方账号,附言
2026-11-10,,1000.00,1000.00,一号机械,6222001,货款 INV-2026-000171
2026-11-11,,3000.00,4000.00,二号机械,6222002,货款
2026-11-12,,50.00,4050.00,三号机械,6222003,货款 INV-2026-000114
"""


class Keys:
    """Somebody who has no mouse: walks by Tab, and sees where it is."""

    def __init__(self, chromium, server, person):
        person.set_password("secret-pass")
        person.save()
        self.page = opened(chromium, viewport={"width": 1024, "height": 640})
        self.unseen = []
        self.page.goto(f"{server.url}/login/?next=/finance/")
        self.walk(name="username")
        self.write(person.email)
        self.walk(name="password")
        self.write("secret-pass")
        self.press("Enter", "财务台")

    def here(self):
        """What has the focus."""
        return self.page.evaluate(HERE)

    def walk(self, words="", *, name="", url="", most=60, back=False):
        """Press Tab until what says these words, or has this name or address, has the focus."""
        passed = []
        for _ in range(most):
            self.page.keyboard.press("Shift+Tab" if back else "Tab")
            at = self.here()
            passed.append(at["said"][:20] or at["name"])
            if at["tag"] != "BODY" and not at["seen"]:
                self.unseen.append((self.page.url, at))
            if at["tag"] != "BODY" and words in at["said"] and name in at["name"] and url in at["url"]:
                return at
        raise AssertionError((words, name, url, passed))

    def skip(self):
        """Go past the head of the page, as its first link offers; a post from there comes back to there."""
        if not self.page.url.endswith("#content"):
            self.walk("跳到正文", most=1)
            self.press("Enter")
        return self

    def press(self, key, then=""):
        """Press a key; ``then`` is the heading of the page that it leads to, where it leads to one."""
        if not then:
            self.page.keyboard.press(key)
            return
        self.page.evaluate("document.body.dataset.old = 1")
        self.page.keyboard.press(key)
        self.page.wait_for_selector("body:not([data-old])", timeout=15_000)
        self.page.wait_for_load_state()
        assert then in self.page.inner_text("h1"), self.page.inner_text("main")

    def key(self, key, then="收款匹配"):
        """Press a key of the board, once the line could be read."""
        self.page.wait_for_timeout(max(0, 600 - self.page.evaluate(READ)))
        self.press(key, then)

    def write(self, text):
        self.page.keyboard.press("Control+a")
        self.page.keyboard.type(text)

    def says(self, *words):
        text = self.page.inner_text("main")
        assert all(word in text for word in words), text


def office():
    """Return a desk with invoices of three lessees that are open, and an owner who named its account."""
    made = matched.begin()
    lessor = made.scene.lessor
    made.desk.pays(lessor, member(lessor))
    for number, lessee, gross in (
        ("INV-2026-000101", "L1", 100_000),
        ("INV-2026-000102", "L2", 200_000),
        ("INV-2026-000103", "L2", 250_000),
        ("INV-2026-000104", "L3", 900_000),
    ):
        made.bill(number, lessee, gross)
    for place in (1, 2, 3):
        made.knows(f"622200{place}", made.lessee(f"L{place}"))
    return made


def receipt(minor):
    """Return the money of an amount, and what of it is left."""
    return Receipt.objects.get(amount_minor=minor)


def test_from_the_statement_to_the_lock_without_a_mouse(chromium, live_server, tmp_path, monkeypatch):
    monkeypatch.setattr(board, "later", lambda task, **given: import_string(task)(**given))
    made, file = office(), tmp_path / "icbc-2026-11.csv"
    file.write_text(STATEMENT, encoding="utf-8")
    one = Keys(chromium, live_server, made.desk.first)

    # The file of the bank is given.
    one.skip().walk("银行对账单")
    one.press("Enter", "银行对账单")
    one.skip().walk(name="file")
    with one.page.expect_file_chooser(timeout=15_000) as asked:
        one.press("Space")
    asked.value.set_files(file)
    one.walk("读取")
    one.press("Enter", "icbc-2026-11.csv")
    assert BankLine.objects.count() == 3
    one.says("3 条新流水已入库")

    # The matcher runs; what it is not sure of waits on the board.
    one.skip().walk("匹配收到的款项")
    one.press("Enter", "收款匹配")
    one.skip().walk("运行匹配")
    one.press("Enter", "收款匹配")
    assert [found.match_pass for found in Suggestion.objects.all()] == ["P5", "P5"]
    assert not Allocation.objects.exists()
    one.says("建议", "0.80", "INV-2026-000101")

    # A suggestion is taken: the invoice is paid, and the owner's share of it is free, less a fee of ten per
    # cent and VAT on it.
    one.key("Enter")
    assert made.open()["INV-2026-000101"] == 0
    assert receipt(100_000).left_minor == 0
    assert made.desk.on(chart.OWNER_PAYABLE) == -90_619

    # Another one is not.
    one.key("j")
    one.says("¥50.00", "INV-2026-000104")
    one.key("x")
    assert sorted(found.state for found in Suggestion.objects.all()) == ["DROPPED", "TAKEN"]
    assert made.open()["INV-2026-000104"] == 900_000

    # One line pays two invoices in part; the difference is seen before it is saved.
    one.key("k")
    one.key("i", "")
    assert "INV-2026-000102" in one.here()["said"]
    one.press("Space")
    one.walk("支付 INV-2026-000102")
    one.write("1800.00")
    one.walk("INV-2026-000103", name="invoice")
    one.press("Space")
    one.walk("支付 INV-2026-000103")
    one.write("1000.00")
    assert one.page.inner_text("[data-difference]") == "200.00"
    one.press("Enter", "收款匹配")
    assert not Allocation.objects.filter(invoice=made.invoices["INV-2026-000102"]).exists()
    one.says("差额 ¥200.00", "再次保存")
    assert "保存" in one.here()["said"]
    one.walk("支付 INV-2026-000103", back=True)
    one.write("1200.00")
    one.press("Enter", "收款匹配")
    assert (made.open()["INV-2026-000102"], made.open()["INV-2026-000103"]) == (20_000, 130_000)
    assert receipt(300_000).left_minor == 0
    assert made.desk.on(chart.OWNER_PAYABLE) == -362_478

    # One of the two is taken back: the money is there again, and so is the debt.
    one.skip().walk("已处理的")
    one.press("Enter", "收款匹配")
    one.skip().walk("3,000.00")
    one.press("Enter", "收款匹配")
    one.key("u")
    undone = Allocation.objects.get(undoes__isnull=False)
    assert (undone.invoice.number, undone.amount_minor) == ("INV-2026-000103", -120_000)
    assert made.open()["INV-2026-000103"] == 250_000
    assert receipt(300_000).left_minor == 120_000
    assert made.desk.on(chart.OWNER_PAYABLE) == -253_734

    # What is free is proposed to be paid to its owner.
    one.walk("财务台")
    one.press("Enter", "财务台")
    one.skip().walk("待批准付款")
    one.press("Enter", "付款与退款")
    one.skip().walk("提出以上付款")
    one.press("Enter", "付款与退款")
    order = PaymentOrder.objects.get()
    assert (order.state, order.amount_minor, order.maker) == ("PROPOSED", 253_734, made.desk.first.public_id)

    # A second person approves it.
    two = Keys(chromium, live_server, made.desk.office.chief)
    two.skip().walk("待批准付款")
    two.press("Enter", "付款与退款")
    two.skip().walk(order.reference)
    two.press("Enter", order.reference)
    two.skip().walk("批准付款")
    two.press("Enter", order.reference)
    order.refresh_from_db()
    assert (order.state, order.checker) == ("APPROVED", made.desk.office.chief.public_id)
    assert (made.desk.on(chart.OWNER_PAYABLE), made.desk.on(chart.ORDERED)) == (0, -253_734)

    # The month before is locked softly.
    month = before(timezone.localdate())
    two.walk("财务台")
    two.press("Enter", "财务台")
    two.skip().walk("月结")
    two.press("Enter", f"{month.year}年{month.month}月")
    two.skip().walk("软锁")
    two.press("Enter", f"{month.year}年{month.month}月")
    assert PeriodLock.objects.of(made.desk.book).soft == last_day(month)
    two.says("软锁")

    for person in (one, two):
        assert person.unseen == []
        assert person.page.complaints == []
        person.page.context.close()
