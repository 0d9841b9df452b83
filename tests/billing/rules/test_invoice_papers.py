"""Invoices, notes and statements as papers: every figure stands where it is looked for."""

from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from billing.rules import invoice_papers, statement_papers
from billing.rules.invoice_papers import Document, Line, Party, percent
from billing.rules.statement_papers import Entry, Part, Statement, Sums
from marketplace.shared.money import Money
from marketplace.shared.period import Period

ZONE = ZoneInfo("Asia/Shanghai")
OCTOBER = Period(datetime(2026, 9, 30, 16, tzinfo=UTC), datetime(2026, 10, 31, 16, tzinfo=UTC))
MADE = datetime(2026, 11, 2, 4, tzinfo=UTC)
LAW = "VAT Law"


def yuan(minor, currency="CNY"):
    return Money(minor, currency)


def line(kind="per_unit", **changes):
    given = {
        "kind": kind,
        "meter": "parts",
        "unit": "piece",
        "quantity": Decimal(1200),
        "price": Decimal("0.6"),
        "net": yuan(72_000),
        "rate": Decimal("0.13"),
        "tax": yuan(9_360),
        "gross": yuan(81_360),
        "basis": LAW,
        "steps": [{"step": "measured", "numbers": {"raw": "1200"}}],
    }
    return Line(**(given | changes))


def document(**changes):
    given = {
        "kind": "INVOICE",
        "number": "A-1",
        "seller": Party("Seller", "CODE", "Road 1", "0574", "ICBC 6222"),
        "buyer": Party("Buyer"),
        "period": OCTOBER,
        "zone": ZONE,
        "lines": [line()],
        "net": yuan(72_000),
        "tax": yuan(9_360),
        "gross": yuan(81_360),
        "made_at": MADE,
        "issued_on": date(2026, 11, 2),
        "due_on": date(2026, 11, 17),
        "lease": "L-1",
        "subject": "A lathe",
    }
    return Document(**(given | changes))


def said(paper):
    """Return facts, tables and sentences of each section by its heading."""
    return {
        each.heading: dict(each.facts) | {"table": each.table, "sentences": list(each.sentences)}
        for each in paper.sections
    }


def of(**changes):
    return invoice_papers.paper(document(**changes), str)


class TestInvoice:
    def test_says_who_what_when_how_much_and_until_when(self):
        made = of()
        told = said(made)

        assert (made.title, made.number, made.lead) == ("Invoice", "A-1", "")
        assert told["Seller and buyer"]["Seller"] == "Seller；credit code CODE；Road 1；0574"
        assert told["Seller and buyer"]["Buyer"] == "Buyer"
        about = told["What is billed"]
        assert about["Period"] == "2026年10月1日 – 2026年10月31日 (Asia/Shanghai)"
        assert (about["Lease"], about["Subject"], about["Issued"]) == ("L-1", "A lathe", "2026年11月2日")
        assert told["Lines"]["table"].rows == [
            ["Use · Parts", "1,200 pcs", "¥0.60", "¥720.00", "13%", "¥93.60", "¥813.60"]
        ]
        assert told["Lines"]["table"].notes == ["Measured: 1,200"]
        assert told["Total"]["Gross"] == "¥813.60"
        assert told["Total"]["In capitals"] == "捌佰壹拾叁元陆角整"
        paid = told["Payment terms"]
        assert (paid["Due"], paid["Account of the seller"]) == ("2026年11月17日", "ICBC 6222")
        assert paid["Remittance text"] == "A-1"
        assert made.footer == "Invoice A-1 · Seller"

    def test_says_a_share_of_the_rent_and_what_has_no_quantity(self):
        share = line("percentage", meter="", unit="", quantity=None, price=Decimal("0.03"))
        base = line("base_fee", meter="", unit="", quantity=None, price=None, recorded="Ticket 4", steps=())

        table = said(of(lines=[share, base]))["Lines"]["table"]

        assert [row[:3] for row in table.rows] == [["Share of the rent", "", "3%"], ["Base fee", "", ""]]
        assert table.notes[1] == "Ticket 4"

    def test_adds_up_by_rate_and_law(self):
        services = line(rate=Decimal("0.060"), net=yuan(100), tax=yuan(6), gross=yuan(106))

        rows = said(of(lines=[line(), services, line()]))["VAT by rate"]["table"].rows

        assert rows == [
            ["6%", LAW, "¥1.00", "¥0.06", "¥1.06"],
            ["13%", LAW, "¥1,440.00", "¥187.20", "¥1,627.20"],
        ]

    def test_of_a_draft_says_that_it_is_none_to_pay(self):
        made = of(is_draft=True, number="", issued_on=None, due_on=None, seller=Party("Seller"))

        assert made.number == "Draft"
        assert "a draft and not to be paid" in made.lead
        assert set(said(made)["Payment terms"]) == {"table", "sentences"}

    def test_that_is_not_in_yuan_has_no_capitals_and_a_stranger_to_the_lease_no_lease(self):
        dollars = {name: yuan(100, "USD") for name in ("net", "tax", "gross")}

        told = said(of(lines=[line(**dollars)], lease="", subject="", **dollars))

        assert set(told["Total"]) == {"Net", "VAT", "Gross", "table", "sentences"}
        assert set(told["What is billed"]) == {"Period", "Issued", "table", "sentences"}


class TestNotes:
    def test_say_what_they_correct_and_before_and_after(self):
        corrected = {"step": "corrected", "numbers": {"after": "7", "before": "9", "net": "-2"}}
        less = {"net": yuan(-200), "tax": yuan(-26), "gross": yuan(-226)}
        changed = line(before=yuan(900), after=yuan(700), steps=[corrected], **less)
        given = {"kind": "CREDIT_NOTE", "number": "A-2", "corrects": "A-1", "reasons": ["Late", "Scrap"]}

        made = of(lines=[changed], **given, **less)
        told = said(made)

        assert made.title == "Credit note"
        assert "corrects invoice A-1" in made.lead
        assert (told["What is billed"]["Corrects"], told["What is billed"]["Reason"]) == (
            "A-1",
            "Late；Scrap",
        )
        assert told["Lines"]["table"].rows[0][1:4] == ["¥9.00", "¥7.00", "-¥2.00"]
        assert told["Lines"]["table"].notes == ["Less what was billed: 7 - 9 = -2"]
        assert told["Total"]["In capitals"] == "负贰元贰角陆分"
        assert "nothing is to be paid" in told["Payment terms"]["sentences"][0]
        assert "Due" not in told["Payment terms"]

    def test_that_debit_are_to_be_paid_and_new_lines_have_no_before(self):
        told = said(of(kind="DEBIT_NOTE", corrects="A-1", lines=[line(after=yuan(72_000))]))

        assert told["Lines"]["table"].rows[0][1:3] == ["", "¥720.00"]
        assert told["Payment terms"]["Due"] == "2026年11月17日"


def statement(**changes):
    entry = Entry("A-1", "INVOICE", date(2026, 11, 2), date(2026, 11, 17), yuan(100), yuan(13), yuan(113))
    billed = Sums(yuan(113), yuan(0))
    given = {
        "lease": "L-1",
        "subject": "A lathe",
        "buyer": Party("Buyer", "CODE"),
        "period": OCTOBER,
        "zone": ZONE,
        "parts": [
            Part(Party("Seller"), [entry], billed),
            Part(Party("Platform"), [], Sums(yuan(6), yuan(6))),
        ],
        "sums": Sums(yuan(119), yuan(6)),
        "made_at": MADE,
    }
    return Statement(**(given | changes))


class TestStatement:
    def test_says_what_each_seller_issued_and_the_sum(self):
        made = statement_papers.paper(statement(), str)
        told = said(made)

        assert (made.title, made.number) == ("Statement of invoices", "L-1")
        assert told["Lease and period"]["Buyer"] == "Buyer；credit code CODE"
        assert told["Seller"]["table"].rows == [
            ["A-1", "Invoice", "2026-11-02", "2026-11-17", "¥1.00", "¥0.13", "¥1.13"]
        ]
        assert told["Seller"].keys() == {"Billed", "table", "sentences"}
        assert told["Platform"]["Disputed"] == "¥0.06"
        assert told["Platform"]["To be paid"] == "¥0.00"
        together = told["All sellers together"]
        assert (together["Billed"], together["Disputed"], together["To be paid"]) == (
            "¥1.19",
            "¥0.06",
            "¥1.13",
        )
        assert together["In capitals"] == "壹元壹角叁分"

    def test_in_another_currency_has_no_capitals(self):
        sums = Sums(yuan(5, "USD"), yuan(0, "USD"))

        told = said(statement_papers.paper(replace(statement(), parts=[], sums=sums), str))

        assert "In capitals" not in told["All sellers together"]


def test_percents_have_no_zeros_behind_them():
    assert [percent(Decimal(each)) for each in ("0.1300", "0.06", "0.005", "0")] == [
        "13%",
        "6%",
        "0.5%",
        "0%",
    ]
