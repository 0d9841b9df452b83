"""The XML of the bureau is read whole or refused with every fault."""

from dataclasses import replace
from decimal import Decimal

import pytest

from billing.rules import tax_invoice_xml
from billing.rules.tax_invoice_xml import MOST_ITEMS, SIZE, Unreadable, read
from billing.rules.tax_invoices import Kind
from tests.billing.tax_papers import DAY, NUMBER, SELLER, issued, rent, wanted, xml


def refused(data):
    with pytest.raises(Unreadable) as caught:
        read(data)
    return [(flaw.pointer, flaw.code) for flaw in caught.value.flaws]


class TestRead:
    def test_gives_the_face(self):
        paper = read(xml(issued()))

        assert (paper.number, paper.issued_on, paper.kind, paper.bureau) == (
            NUMBER,
            DAY,
            Kind.SPECIAL,
            "江苏",
        )
        assert paper.seller == SELLER
        assert paper.items == (replace(rent(), price=Decimal("36"), quantity=Decimal("1.00")),)
        assert (paper.net_minor, paper.tax_minor) == (308_600, 40_118)

    @pytest.mark.parametrize("rate", ["0.13", "13%", "0.1300"])
    def test_reads_both_ways_of_writing_a_rate(self, rate):
        assert read(xml(issued(), rate=rate)).items[0].rate == Decimal("0.13")

    @pytest.mark.parametrize("word", ["免税", "不征税"])
    def test_reads_words_for_no_tax_as_nothing(self, word):
        assert read(xml(issued(), rate=word)).items[0].rate == 0

    def test_does_not_care_about_namespaces(self):
        data = xml(issued(), namespace=' xmlns="http://www.chinatax.gov.cn/e"')

        assert read(data).number == NUMBER

    def test_reads_ordinary_and_red_ones(self):
        red = issued(wanted(rent(-100, -13), kind=Kind.ORDINARY))

        assert read(xml(red)).kind is Kind.ORDINARY
        assert read(xml(red)).net_minor == -100

    def test_reads_rows_without_quantity(self):
        bare = issued(wanted(replace(rent(), quantity=None, price=None)))

        assert read(xml(bare)).items[0].quantity is None

    @pytest.mark.parametrize("day", ["2026/11/02 10:00", "2026年11月2日", "2026-11-02"])
    def test_reads_days_in_several_forms(self, day):
        assert read(xml(issued()).replace(f"{DAY} 10:00:00".encode(), day.encode())).issued_on == DAY


class TestRefused:
    @pytest.mark.parametrize(
        "data",
        [
            b"",
            b"no xml",
            xml(issued())[:-20],
            b'<!DOCTYPE x [<!ENTITY a "b">]><EInvoice>&a;</EInvoice>',
            b'<?xml version="1.0" encoding="klingon"?><EInvoice/>',
        ],
    )
    def test_is_what_is_no_whole_xml(self, data):
        assert refused(data) == [("", "no_xml")]

    def test_is_another_document(self):
        assert refused(b"<Invoice/>") == [("", "no_invoice")]

    def test_is_a_file_that_is_too_large(self):
        assert refused(b" " * (SIZE + 1)) == [("", "too_large")]

    def test_is_told_all_faults_at_once(self):
        found = refused(b"<EInvoice><IssuItemInformation/></EInvoice>")

        assert ("/SellerIdNum", "missing") in found
        assert ("/Amount", "missing") in found
        assert ("/IssueTime", "missing") in found

    def test_is_one_without_items(self):
        data = xml(issued(), extra="").split(b"<IssuItemInformation>")
        bare = data[0] + data[1].split(b"</IssuItemInformation>")[1]

        assert refused(bare) == [("/IssuItemInformation", "missing")]

    def test_is_one_with_very_many_elements(self, monkeypatch):
        monkeypatch.setattr(tax_invoice_xml, "MOST_ELEMENTS", 20)

        assert refused(xml(issued())) == [("", "too_large")]

    def test_is_one_whose_items_stand_in_each_other(self):
        inner = b"<IssuItemInformation><ItemName>x</ItemName></IssuItemInformation></IssuItemInformation>"

        assert ("/Amount", "missing") in refused(xml(issued()).replace(b"</IssuItemInformation>", inner))

    def test_is_one_with_too_many_items(self, monkeypatch):
        monkeypatch.setattr(tax_invoice_xml, "MOST_ITEMS", 1)

        assert refused(xml(issued(wanted(rent(), rent())))) == [("/IssuItemInformation", "too_many_items")]
        assert MOST_ITEMS == 2_000

    @pytest.mark.parametrize(
        ("old", "new", "fault"),
        [
            (b"<Amount>3086.00", b"<Amount>3086.001", ("/Amount", "no_amount")),
            (b"<Amount>3086.00", b"<Amount>1e3", ("/Amount", "no_amount")),
            (b"<Quantity>1.00", b"<Quantity>NaN", ("/Quantity", "no_number")),
            (b"<TaxRate>0.13", b"<TaxRate>Infinity", ("/TaxRate", "no_number")),
            (b"<TaxRate>0.13", b"<TaxRate>113%", ("/TaxRate", "no_number")),
            (b"<TaxRate>0.13", b"<TaxRate>%", ("/TaxRate", "no_number")),
            (b"<TaxRate>0.13", b"<TaxRate>x", ("/TaxRate", "no_number")),
            (b"<TaxRate>0.13", b"<TaxRate>1E-300000", ("/TaxRate", "no_number")),
            (b"<TaxRate>0.13", b"<TaxRate>0.1300000000001", ("/TaxRate", "no_number")),
            (b"<IssueTime>2026-11-02", b"<IssueTime>2026-13-02", ("/IssueTime", "no_day")),
            (b"<IssueTime>2026-11-02", b"<IssueTime>soon", ("/IssueTime", "no_day")),
        ],
    )
    def test_is_what_is_no_number_or_day(self, old, new, fault):
        assert refused(xml(issued()).replace(old, new)) == [fault]
