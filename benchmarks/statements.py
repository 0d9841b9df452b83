"""
Statements of banks at size: each format read and stored, beside the same rows by bare COPY with all indexes.
"""

import io
import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from functools import partial
from typing import Any

import xlsxwriter
from django.db import connection, models, transaction

from benchmarks.figures import words_of
from billing.actions import books
from billing.payments.actions import banks, statements
from billing.payments.models import BankLine, Statement, StatementFile, StatementLine
from billing.payments.rules.statements import reading
from marketplace.models.parties import OrganizationKind, Role
from tests.factories import marketplace as make

Row = tuple[str, str, str, str]
AT = datetime(2026, 12, 1, tzinfo=UTC)
FIRST = date(2026, 11, 1)
LINES, ROUNDS = 10_000, 3
OPENING = 50_000_000
WRITTEN: tuple[type[models.Model], ...] = (BankLine, StatementLine)
HEADINGS = (
    "交易日期",
    "摘要",
    "借方发生额",
    "贷方发生额",
    "账户余额",
    "对方户名",
    "对方账号",
    "用途",
    "交易流水号",
)


@dataclass(frozen=True)
class Moved:
    """One movement: fen, what comes in positive, and what stands on the account after it."""

    on: date
    minor: int
    balance: int
    name: str
    account: str
    memo: str
    ref: str

    @property
    def came(self) -> bool:
        """Whether it came in."""
        return self.minor > 0


def rows() -> list[Row]:
    """Return the rows: lines a second of each format, of a file whose lines are all known, and the limit."""
    return measured(LINES, ROUNDS)


def measured(many: int, rounds: int) -> list[Row]:
    """Import ``rounds`` statements of so many lines in each format, each to an account of its own."""
    desk = Desk()
    found = []
    for name, write in FORMATS.items():
        read, stored, bare = [], [], []
        for _ in range(rounds):
            account, before = desk.account(), {model: last_of(model) for model in WRITTEN}
            content = write(account.number, moves(many))
            read.append(many / timed(partial(reading.read, content)))
            stored.append(many / timed(partial(desk.read, account, content)))
            bare.append(many / copied(before))
        found.append(
            row(f"statement, {name}, {many:,} lines, {len(content) / many:.0f} B each", stored, bare)
        )
        found.append((f"… {name} read alone, nothing stored", words_of(read, "lines/s"), "", ""))
    return [*found, desk.known(many, rounds, bare)]


class Desk:
    """Finance of a platform, and its accounts at a bank."""

    def __init__(self) -> None:
        """Open the book."""
        platform = make.organization("Bench platform", kind=OrganizationKind.PLATFORM)
        self.about: dict[str, Any] = {"within": platform, "by": make.member(platform, Role.ADMIN), "at": AT}
        self.book, self.accounts = books.platform_book(at=AT), 0

    def account(self) -> Any:
        """Open an account."""
        self.accounts += 1
        facts = {"ledger_code": "1002.02", "holder": "P", "bank_name": "ICBC"}
        return banks.open_account(book=self.book, number=f"3105{self.accounts:08d}", **facts, **self.about)

    def take(self, account: Any, content: bytes) -> StatementFile:
        """Keep a file; it is so large that the worker is to read it."""
        return statements.take(bank_account=account, name="a", content=content, **self.about)[0]

    def read(self, account: Any, content: bytes) -> None:
        """Keep a file and do what the worker does with it."""
        file = statements.read(file=self.take(account, content), by=self.about["by"], at=AT)
        assert file.state == StatementFile.State.READ and file.new_lines == file.lines, file.flaws
        assert Statement.objects.get(file=file).is_balanced is not False

    def known(self, many: int, rounds: int, bare: Sequence[float]) -> Row:
        """Import statements again, in another format than before: every line is known."""
        again = []
        for _ in range(rounds):
            account, moved = self.account(), moves(many)
            self.read(account, camt(account.number, moved))
            file = self.take(account, csv(account.number, moved))
            again.append(many / timed(partial(statements.read, file=file, by=self.about["by"], at=AT)))
            file.refresh_from_db()
            assert file.lines == many and file.new_lines == 0
        return row("… CSV, every line known by a CAMT.053 that came before", again, bare)


def moves(many: int) -> list[Moved]:
    """Return the movements of a month: one in ten goes out, each has its own reference."""
    made, balance = [], OPENING
    for number in range(many):
        minor = (number * 7_919) % 99_991 + 100
        minor = -minor if number % 10 == 9 else minor
        balance += minor
        payer = number % 5_000
        made.append(
            Moved(
                on=FIRST + timedelta(days=number * 30 // many),
                minor=minor,
                balance=balance,
                name=f"苏州精工第{payer}机械有限公司",
                account=f"6222{payer:08d}",
                memo=f"租金 ZL{number:09d} 11月",
                ref=f"TX{number:09d}",
            )
        )
    return made


def csv(number: str, moved: Sequence[Moved]) -> bytes:
    """Write a table as Chinese banks do, GB18030, with two columns of amounts."""
    return "\r\n".join(",".join(cells) for cells in table(number, moved)).encode("gb18030")


def xlsx(number: str, moved: Sequence[Moved]) -> bytes:
    """Write the same table as a workbook, texts apart, as most programs do."""
    file = io.BytesIO()
    with xlsxwriter.Workbook(file) as book:
        sheet = book.add_worksheet()
        for place, cells in enumerate(table(number, moved)):
            sheet.write_row(place, 0, cells)
    return file.getvalue()


def table(number: str, moved: Sequence[Moved]) -> list[list[str]]:
    """Return the cells of a table."""
    cells = [["账号：", number], ["币种：", "人民币"], list(HEADINGS)]
    for one in moved:
        amounts = ["", yuan(one.minor)] if one.came else [yuan(-one.minor), ""]
        said = [yuan(one.balance), one.name, one.account, one.memo, one.ref]
        cells.append([f"{one.on:%Y%m%d}", "转账", *amounts, *said])
    return cells


def camt(number: str, moved: Sequence[Moved]) -> bytes:
    """Write a CAMT.053 of version 8."""
    head = (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        '<Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.053.001.08">'
        f"<BkToCstmrStmt><Stmt><Id>S1</Id><Acct><Id><Othr><Id>{number}</Id></Othr></Id><Ccy>CNY</Ccy></Acct>"
    )
    last = moved[-1]
    parts = [head, _balance("OPBD", OPENING, FIRST), _balance("CLBD", last.balance, last.on)]
    for one in moved:
        sign, role = ("CRDT", "Dbtr") if one.came else ("DBIT", "Cdtr")
        what = f'<Amt Ccy="CNY">{yuan(abs(one.minor))}</Amt><CdtDbtInd>{sign}</CdtDbtInd>'
        party = (
            f"<{role}><Pty><Nm>{one.name}</Nm></Pty></{role}>"
            f"<{role}Acct><Id><Othr><Id>{one.account}</Id></Othr></Id></{role}Acct>"
        )
        parts.append(
            f"<Ntry>{what}<Sts><Cd>BOOK</Cd></Sts><BookgDt><Dt>{one.on}</Dt></BookgDt><ValDt><Dt>{one.on}</Dt>"
            f"</ValDt><AcctSvcrRef>{one.ref}</AcctSvcrRef><BkTxCd><Prtry><Cd>TRF</Cd></Prtry></BkTxCd><NtryDtls>"
            f"<TxDtls><Refs><AcctSvcrRef>{one.ref}</AcctSvcrRef></Refs>{what}<RltdPties>{party}</RltdPties>"
            f"<RmtInf><Ustrd>{one.memo}</Ustrd></RmtInf></TxDtls></NtryDtls></Ntry>"
        )
    return "\n".join([*parts, "</Stmt></BkToCstmrStmt></Document>"]).encode()


def _balance(code: str, minor: int, on: date) -> str:
    return (
        f'<Bal><Tp><CdOrPrtry><Cd>{code}</Cd></CdOrPrtry></Tp><Amt Ccy="CNY">{yuan(minor)}</Amt>'
        f"<CdtDbtInd>CRDT</CdtDbtInd><Dt><Dt>{on}</Dt></Dt></Bal>"
    )


def mt940(number: str, moved: Sequence[Moved]) -> bytes:
    """Write an MT940, which has no Chinese."""
    last = moved[-1]
    parts = [":20:S1", f":25:{number}", ":28C:11/1", f":60F:C{FIRST:%y%m%d}CNY{comma(OPENING)}"]
    for one in moved:
        sign = "C" if one.came else "D"
        parts.append(f":61:{one.on:%y%m%d}{one.on:%m%d}{sign}{comma(abs(one.minor))}NTRF{one.ref}")
        parts.append(f":86:ZUJIN {one.ref[2:]} /ORDP/SUZHOU JINGGONG {one.account}")
    return "\n".join([*parts, f":62F:C{last.on:%y%m%d}CNY{comma(last.balance)}", "-"]).encode()


def ofx(number: str, moved: Sequence[Moved]) -> bytes:
    """Write an OFX of version 1, which has a closing balance alone."""
    last = moved[-1]
    parts = [
        "OFXHEADER:100\nDATA:OFXSGML\nVERSION:102\nENCODING:UNICODE\nCHARSET:UNICODE\n\n<OFX><BANKMSGSRSV1><STMTTRNRS>",
        f"<STMTRS><CURDEF>CNY<BANKACCTFROM><BANKID>1<ACCTID>{number}<ACCTTYPE>CHECKING</BANKACCTFROM>",
        f"<BANKTRANLIST><DTSTART>{FIRST:%Y%m%d}<DTEND>{last.on:%Y%m%d}",
    ]
    for one in moved:
        kind = "CREDIT" if one.came else "DEBIT"
        parts.append(
            f"<STMTTRN><TRNTYPE>{kind}<DTPOSTED>{one.on:%Y%m%d}<TRNAMT>{yuan(one.minor)}<FITID>{one.ref}"
            f"<NAME>{one.name}<BANKACCTTO><BANKID>1<ACCTID>{one.account}</BANKACCTTO><MEMO>{one.memo}</STMTTRN>"
        )
    parts.append(
        f"</BANKTRANLIST><LEDGERBAL><BALAMT>{yuan(last.balance)}<DTASOF>{last.on:%Y%m%d}</LEDGERBAL>"
    )
    return "\n".join([*parts, "</STMTRS></STMTTRNRS></BANKMSGSRSV1></OFX>"]).encode()


FORMATS: dict[str, Callable[[str, Sequence[Moved]], bytes]] = {
    "CSV": csv,
    "XLSX": xlsx,
    "CAMT.053": camt,
    "MT940": mt940,
    "OFX": ofx,
}


def copied(before: dict[type[models.Model], int]) -> float:
    """Return the seconds in which rows behind some keys go by COPY into tables that have their indexes."""
    data = {}
    with connection.cursor() as cursor:
        for model in WRITTEN:
            table = model._meta.db_table
            cursor.execute(f"CREATE TABLE IF NOT EXISTS bare_{table} (LIKE {table} INCLUDING INDEXES)")
            rows = f"SELECT * FROM {table} WHERE id > {before[model]} ORDER BY id"
            with cursor.copy(f"COPY ({rows}) TO STDOUT (FORMAT BINARY)") as out:
                data[table] = b"".join(out)
    began = time.perf_counter()
    with transaction.atomic(), connection.cursor() as cursor:
        for table, content in data.items():
            with cursor.copy(f"COPY bare_{table} FROM STDIN (FORMAT BINARY)") as copy:
                copy.write(content)
    return time.perf_counter() - began


def last_of(model: type[models.Model]) -> int:
    """Return the last key of a table."""
    return model._default_manager.aggregate(last=models.Max("pk"))["last"] or 0


def row(what: str, rates: list[float], bare: Sequence[float]) -> Row:
    """Return a row of the table beside its limit."""
    ratio = statistics.median(rates) / statistics.median(bare)
    return what, words_of(rates, "lines/s"), f"COPY {statistics.median(bare):,.0f} lines/s", f"{ratio:.3f}"


def timed(work: Callable[[], object]) -> float:
    """Return the seconds that something takes."""
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def yuan(minor: int) -> str:
    """Write fen as yuan."""
    return f"{Decimal(minor) / 100:.2f}"


def comma(minor: int) -> str:
    """Write fen as yuan with a comma."""
    return yuan(minor).replace(".", ",")
