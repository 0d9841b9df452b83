"""Files for banks: their sums, their codes, and no formula for a spreadsheet."""

import csv
import io
from datetime import UTC, date, datetime

from defusedxml.ElementTree import fromstring

from billing.payments.rules.order_files import NAMESPACE, Debtor, Transfer, pain001, table

DEBTOR = Debtor("机集平台", "31050001", "ICBKCNBJSHI")
AT = datetime(2026, 11, 27, 2, tzinfo=UTC)
N = {"p": NAMESPACE}


def transfer(**given):
    facts = {
        "reference": "OUT-7",
        "holder": "浙江甬江重工",
        "number": "33009",
        "bank_name": "中国银行宁波分行",
        "bank_code": "104332000001",
        "amount_minor": 815_200,
        "currency": "CNY",
        "memo": "10 月租金",
    }
    return Transfer(**facts | given)


def message(*transfers):
    return fromstring(pain001("m1", DEBTOR, transfers, made_at=AT, pay_on=date(2026, 11, 28)))


class TestPain001:
    def test_says_count_and_sum_twice(self):
        root = message(transfer(), transfer(amount_minor=5))

        for place in (".//p:GrpHdr", ".//p:PmtInf"):
            assert root.findtext(f"{place}/p:NbOfTxs", namespaces=N) == "2"
            assert root.findtext(f"{place}/p:CtrlSum", namespaces=N) == "8152.05"

    def test_names_the_order_so_that_it_comes_back(self):
        root = message(transfer())

        assert root.findtext(".//p:EndToEndId", namespaces=N) == "OUT-7"
        assert root.findtext(".//p:Ustrd", namespaces=N) == "OUT-7 10 月租金"
        amount = root.find(".//p:InstdAmt", namespaces=N)
        assert (amount.text, amount.get("Ccy")) == ("8152.00", "CNY")

    def test_writes_each_code_of_a_bank_where_it_belongs(self):
        found = message(transfer(), transfer(bank_code="BKCHCNBJ92A"), transfer(bank_code="", bank_name=""))
        agents = found.findall(".//p:CdtrAgt/p:FinInstnId", namespaces=N)

        assert agents[0].findtext(".//p:MmbId", namespaces=N) == "104332000001"
        assert agents[1].findtext("p:BICFI", namespaces=N) == "BKCHCNBJ92A"
        assert agents[2].findtext("p:Othr/p:Id", namespaces=N) == "NOTPROVIDED"
        assert found.findtext(".//p:DbtrAgt//p:BICFI", namespaces=N) == "ICBKCNBJSHI"


class TestTable:
    def test_has_a_row_an_order_and_no_formula(self):
        rows = list(
            csv.reader(io.StringIO(table(DEBTOR, [transfer(memo="=1+1"), transfer()]).decode("utf-8-sig")))
        )

        assert rows[1][7:] == ["8152.00", "'=1+1", "OUT-7"]
        assert rows[2][:4] == ["2", "31050001", "33009", "浙江甬江重工"]
