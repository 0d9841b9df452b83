"""The samples of the world and our own, read to the values that were found by other means."""

from datetime import date
from decimal import Decimal

import pytest

from billing.payments.rules.statements import camt, mt940, parsed, reading
from billing.payments.rules.statements import ofx as ofx_reader
from billing.payments.rules.statements.parsed import Unreadable
from tests.billing.payments.rules.statements import samples
from tests.billing.payments.rules.statements.samples import entry, sample

MT940 = ":20:A\n:25:1\n:60F:C261101EUR10,00\n"


def ofx(movement, after="", before=""):
    return f"<OFX><STMTRS><CURDEF>CNY{before}<STMTTRN>{movement}</STMTTRN>{after}</STMTRS></OFX>"


def read(name):
    return reading.read(sample(name)).statements


def codes(statement):
    return [flaw.code for flaw in statement.flaws]


class TestCamt:
    @pytest.mark.parametrize("name", samples.of("camt053"))
    def test_reads_public_files_as_they_are(self, name):
        for found, known in zip(read(name), samples.PUBLIC[name]["statements"], strict=True):
            assert len({line.raw["entry"] for line in found.booked}) == known["booked_entries"]
            assert found.total == Decimal(known["sum"])
            assert found.balances == known["balances"]
            assert found.flaws == ()
            by_code = known["balances_by_code"]
            opening = by_code.get("OPBD", by_code.get("PRCD"))
            assert found.opening == (None if opening is None else Decimal(opening))
            assert found.closing == Decimal(by_code["CLBD"])

    def test_a_batch_becomes_a_line_for_each_payment_if_these_add_up(self):
        lines = read("camt053/viafintech-valid_example.xml")[0].lines

        assert [line.amount for line in lines[-2:]] == [Decimal("-3.50"), Decimal("-2.50")]
        assert len(lines) == 5

    def test_a_batch_whose_payments_do_not_add_up_stays_one_line(self):
        parts = "".join(f"<TxDtls><Amt Ccy='EUR'>{amount}</Amt></TxDtls>" for amount in ("3.00", "2.00"))
        found = camt.read(samples.camt(entry("10.00", more=f"<NtryDtls>{parts}</NtryDtls>")))

        assert [line.amount for line in found[0].lines] == [Decimal("10.00")]

    def test_a_payment_that_came_back_says_why(self):
        first, second, third = read("camt053/sr-statement_ac04.xml")[0].lines

        assert (first.memo, second.memo) == ("AC04 Beneficiary account closed", "AC06")
        assert third.booked_on == date(2026, 6, 15), "without a day it has that of the closing balance"

    def test_what_is_pending_is_no_money(self):
        found = camt.read(samples.camt(entry(), entry("7.00", status="<Cd>PDNG</Cd>")))[0]

        assert (len(found.lines), len(found.booked), found.total) == (2, 1, Decimal("10.00"))

    @pytest.mark.parametrize(
        ("sign", "reversal", "name"),
        [
            ("CRDT", "false", "Payer"),
            ("DBIT", "false", "Payee"),
            ("DBIT", "true", "Payer"),
            ("CRDT", "1", "Payee"),
        ],
    )
    def test_the_other_side_of_a_reversal_is_that_of_what_is_taken_back(self, sign, reversal, name):
        parties = "<RltdPties><Dbtr><Nm>Payer</Nm></Dbtr><Cdtr><Pty><Nm>Payee</Nm></Pty></Cdtr></RltdPties>"
        more = f"<RvslInd>{reversal}</RvslInd><NtryDtls><TxDtls>{parties}</TxDtls></NtryDtls>"
        [line] = camt.read(samples.camt(entry("10.00", sign, more)))[0].lines

        assert line.counterparty == name
        assert line.is_reversal == (reversal != "false")
        assert (line.amount > 0) == (sign == "CRDT")

    @pytest.mark.parametrize("version", [f"{number:02}" for number in range(2, 15)])
    def test_reads_every_version(self, version):
        [line] = camt.read(samples.camt(entry(), version=version))[0].lines

        assert (line.booked_on, line.amount, line.currency) == (date(2026, 11, 5), Decimal("10.00"), "EUR")

    def test_pages_of_one_statement_have_intermediate_balances(self):
        balances = samples.balance("ITBD", "5.00") + samples.balance("ITBD", "15.00")
        found = camt.read(samples.camt(entry(), balances=balances))[0]

        assert (found.opening, found.closing, found.balances) == (Decimal("5.00"), Decimal("15.00"), True)

    @pytest.mark.parametrize(
        ("bad", "code"),
        [
            (entry("8.855"), "too_many_decimals"),
            (entry("lots"), "no_amount"),
            (entry(""), "no_amount"),
            (entry(sign="BOTH"), "no_direction"),
            (entry(day="2026-02-30"), "no_day"),
            (entry().replace("EUR", "USD"), "other_currency"),
        ],
    )
    def test_what_cannot_be_booked_is_told_at_its_line(self, bad, code):
        found = reading.read(samples.camt(entry(), bad)).statements[0]

        assert [(flaw.code, flaw.pointer.rpartition("/")[0]) for flaw in found.flaws] == [
            (code, "/statements/0/lines/1")
        ]
        assert len(found.lines) == 2

    @pytest.mark.parametrize(
        "bad",
        [
            samples.camt(entry())[:-40],
            b'<!DOCTYPE a [<!ENTITY b "c">]>' + samples.camt(entry()),
            samples.camt(entry()).replace(b"<Stmt>", b"<Stmt>" + b"<a>" * 70),
            samples.camt().replace(b"Stmt>", b"Else>").replace(b"BkToCstmrElse", b"BkToCstmrStmt"),
        ],
    )
    def test_a_damaged_or_hostile_file_is_refused(self, bad):
        with pytest.raises(Unreadable):
            reading.read(bad)


class TestMt940:
    @pytest.mark.parametrize("name", samples.of("mt940"))
    def test_reads_public_files_as_they_are(self, name):
        for found, known in zip(read(name), samples.PUBLIC[name]["statements"], strict=True):
            assert (found.currency, len(found.lines)) == (known["currency"], known["lines"])
            assert (found.opening, found.closing) == (Decimal(known["opening"]), Decimal(known["closing"]))
            assert (found.total, found.balances) == (Decimal(known["sum"]), known["balances"])
            assert found.flaws == ()

    def test_30_february_is_the_last_of_february(self):
        [line] = read("mt940/self-provided-february_30.sta")[0].lines

        assert (line.value_on, line.booked_on) == (date(2016, 2, 29), date(2016, 3, 1))
        assert ":61:1602300301DR6,00N024NONREF" in line.raw

    def test_what_stands_after_the_closing_balance_is_of_no_line(self):
        last = read("mt940/jejik-ing.sta")[0].lines[-1]

        assert "D000004C" not in last.memo
        assert last.memo.startswith("0111111111 Hr S Marechal")

    def test_a_reversed_credit_takes_money_away(self):
        lines = ":61:2611021102RC3,00NTRFX1\n:61:2611021102RD1,00NTRFX2\n"
        found = mt940.read(f"{MT940}{lines}:62F:C261102EUR8,00\n")[0]

        assert [(line.amount, line.is_reversal) for line in found.lines] == [
            (Decimal(-3), True),
            (Decimal(1), True),
        ]
        assert found.balances is True

    @pytest.mark.parametrize(
        "bad", ["261399D1,00NTRFX", "nothing", "2611021102C,NTRFX", "", "2611024040C5,00"]
    )
    def test_a_line_that_the_package_cannot_read_does_not_take_others_with_it(self, bad):
        text = f"{MT940}:61:2611021102C3,00NTRFX1\n:61:{bad}\n:61:2611021102C1,00NTRFX2\n"
        found = mt940.read(text)[0]

        assert [found.lines[0].amount, found.lines[2].amount] == [Decimal(3), Decimal(1)]
        assert len(found.lines) == 3

    def test_a_balance_that_is_none_is_told(self):
        found = reading.read(
            b":20:A\n:25:1\n:60F:rubbish\n:61:2611021102C3,00NTRFX1\n:62F:C261102EUR8,00\n"
        ).statements[0]

        assert codes(found) == ["no_amount"]
        assert found.balances is None

    def test_a_text_is_never_taken_for_the_name_of_a_file(self):
        assert mt940._parsed("/etc/passwd") is not None


class TestOfx:
    @pytest.mark.parametrize("name", samples.of("ofx"))
    def test_reads_public_files_as_they_are(self, name):
        found, known = read(name), samples.PUBLIC[name]
        lines = [line for statement in found for line in statement.lines]

        assert [line.amount for line in lines] == [Decimal(amount) for amount in known["amounts"]]
        assert len({line.bank_ref for line in lines}) == known["distinct_fitid"]
        assert [each.closing for each in found] == [Decimal(amount) for amount in known["ledger_balance"]]

    def test_values_without_an_end_and_in_a_closed_list_are_read_alike(self):
        sgml = "OFXHEADER:100\n" + ofx("<DTPOSTED>20261105<TRNAMT>1,50<NAME>A &amp; B<MEMO>")
        values = "<DTPOSTED>20261105</DTPOSTED><TRNAMT>1.50</TRNAMT><NAME><![CDATA[A & B]]></NAME>"
        xml = "<?xml version='1.0'?>" + ofx(values).replace("<CURDEF>CNY", "<CURDEF>CNY</CURDEF>")
        for text in (sgml, xml):
            [line] = reading.read(text.encode()).statements[0].lines
            assert (line.amount, line.counterparty, line.memo) == (Decimal("1.50"), "A & B", "")

    def test_what_cannot_be_read_is_told(self):
        text = ofx("<DTPOSTED>x<TRNAMT>y", "<LEDGERBAL><BALAMT>z</LEDGERBAL>")

        assert codes(reading.read(text.encode()).statements[0]) == ["no_amount", "no_amount", "no_day"]

    def test_pending_movements_and_other_currencies_are_told_apart(self):
        pending = "<STMTTRNP><DTTRAN>20261105<TRNAMT>1</STMTTRNP>"
        text = ofx(
            "<DTPOSTED>20261105<TRNAMT>2<TRNTYPE>REVERSAL<CURRENCY><CURSYM>USD</CURRENCY>", before=pending
        )
        found = reading.read(text.encode()).statements[0]

        assert [line.status for line in found.lines] == ["PDNG", "BOOK"]
        assert found.lines[1].is_reversal
        assert codes(found) == ["other_currency"]

    def test_one_that_was_cut_off_is_refused(self):
        with pytest.raises(Unreadable):
            reading.read(sample("ofx/checking.ofx")[:900])


class TestOurs:
    def test_the_same_month_in_three_formats_has_the_same_lines(self):
        found = [read(name)[0] for name in samples.SCENARIO.values()]
        lines = [
            [(line.booked_on, line.amount_minor, line.bank_ref) for line in each.booked] for each in found
        ]

        assert lines[0] == lines[1] == lines[2]
        assert len(lines[0]) == 16
        for each in found:
            assert (each.account, each.currency) == ("31050001SHEBEIZULIN", "CNY")
            assert (each.opening_minor, each.closing_minor, each.total_minor) == (50000000, 56614958, 6614958)
            assert each.balances is True
            assert each.difference_minor == 0

    def test_table_and_camt_agree_on_who_paid_and_why(self):
        table, camt_ = (read(samples.SCENARIO[form])[0].booked for form in ("TABLE", "CAMT"))
        said = [[(each.counterparty_account, each.memo) for each in lines] for lines in (table, camt_)]

        assert said[0] == said[1]

    def test_the_overlap_is_a_part_of_it(self):
        part = read(samples.OVERLAP)[0]

        assert len(part.booked) == 9
        assert part.balances is True


class TestBounds:
    """More than is read is refused, whatever the format."""

    @pytest.mark.parametrize("module", [camt, mt940, ofx_reader, parsed])
    def test_more_lines_than_are_read(self, monkeypatch, module):
        monkeypatch.setattr(module, "MOST_LINES", 1)
        for name in ("mt940/cmxl-mt940.sta", "camt053/viafintech-valid_example.xml", "ofx/checking.ofx"):
            if module is parsed or module.__name__.rpartition(".")[2][:3] in name[:4]:
                with pytest.raises(Unreadable):
                    read(name)

    def test_a_line_without_any_day_and_sums_that_nobody_can_book(self):
        nowhere = entry().replace("<BookgDt><Dt>2026-11-05</Dt></BookgDt>", "")
        assert codes(reading.read(samples.camt(nowhere)).statements[0]) == ["no_day"]
        much = [entry("9" * 13)] * 10_000
        assert codes(reading.read(samples.camt(*much)).statements[0]) == ["sum_too_large"]

    def test_flaws_end_somewhere(self):
        found = reading.read(samples.camt(*[entry("x")] * 90)).statements[0]
        assert len(found.flaws) == parsed.MOST_FLAWS

    def test_balances_with_too_many_decimals_are_told(self):
        found = reading.read(samples.camt(entry(), balances=samples.balance("OPBD", "1.005"))).statements[0]
        assert codes(found) == ["too_many_decimals"]
