"""
Orders as banks take them: ISO 20022 pain.001.001.09, and a CSV table as Chinese online banks import.

Both are pure: the same orders give the same bytes. Amounts are minor units, written with two decimals.
"""

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from xml.etree.ElementTree import Element, SubElement, tostring

from marketplace.shared.money import Money

NAMESPACE = "urn:iso:std:iso:20022:tech:xsd:pain.001.001.09"
COLUMNS = (
    "序号",
    "付款账号",
    "收款账号",
    "收款户名",
    "收款银行",
    "联行号",
    "币种",
    "金额",
    "用途",
    "业务参考号",
)
# A table that a spreadsheet opens must not begin a cell with what it takes for a formula.
FORMULA = ("=", "+", "-", "@", "\t", "\r")


@dataclass(frozen=True)
class Debtor:
    """The account that pays."""

    name: str
    number: str
    bank_code: str


@dataclass(frozen=True)
class Transfer:
    """One payment of a file; ``reference`` comes back on the statement."""

    reference: str
    holder: str
    number: str
    bank_name: str
    bank_code: str
    amount_minor: int
    currency: str
    memo: str


def pain001(
    message: str, debtor: Debtor, transfers: Sequence[Transfer], *, made_at: datetime, pay_on: date
) -> bytes:
    """
    Return a pain.001.001.09 message with one payment information block; ``message`` names it (35 characters).

    Bank codes of eight or eleven letters and digits are written as BIC, twelve digits as a clearing member
    number of China's CNAPS, others as another identification.
    """
    root = Element("Document", xmlns=NAMESPACE)
    initiation = SubElement(root, "CstmrCdtTrfInitn")
    total = _amount(sum(one.amount_minor for one in transfers), transfers[0].currency)
    header = SubElement(initiation, "GrpHdr")
    _texts(header, MsgId=message[:35], CreDtTm=made_at.isoformat(timespec="seconds"))
    _texts(header, NbOfTxs=str(len(transfers)), CtrlSum=total)
    _texts(SubElement(header, "InitgPty"), Nm=debtor.name[:140])
    block = SubElement(initiation, "PmtInf")
    _texts(block, PmtInfId=message[:35], PmtMtd="TRF", NbOfTxs=str(len(transfers)), CtrlSum=total)
    _texts(SubElement(block, "ReqdExctnDt"), Dt=pay_on.isoformat())
    _texts(SubElement(block, "Dbtr"), Nm=debtor.name[:140])
    _account(block, "DbtrAcct", debtor.number)
    _agent(block, "DbtrAgt", debtor.bank_code, "")
    for one in transfers:
        _transfer(block, one)
    written: bytes = tostring(root, encoding="utf-8")
    return b'<?xml version="1.0" encoding="UTF-8"?>\n' + written


def table(debtor: Debtor, transfers: Sequence[Transfer]) -> bytes:
    """Return a CSV table in UTF-8 with a byte order mark, which spreadsheets and online banks read."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    for place, one in enumerate(transfers, start=1):
        cells = (debtor.number, one.number, one.holder, one.bank_name, one.bank_code, one.currency)
        amount = _amount(one.amount_minor, one.currency)
        writer.writerow([place, *map(_safe, cells), amount, _safe(one.memo), _safe(one.reference)])
    return text.getvalue().encode("utf-8-sig")


def _transfer(block: Element, one: Transfer) -> None:
    made = SubElement(block, "CdtTrfTxInf")
    _texts(SubElement(made, "PmtId"), EndToEndId=one.reference[:35])
    amount = SubElement(SubElement(made, "Amt"), "InstdAmt", Ccy=one.currency)
    amount.text = _amount(one.amount_minor, one.currency)
    _agent(made, "CdtrAgt", one.bank_code, one.bank_name)
    _texts(SubElement(made, "Cdtr"), Nm=one.holder[:140])
    _account(made, "CdtrAcct", one.number)
    _texts(SubElement(made, "RmtInf"), Ustrd=f"{one.reference} {one.memo}".strip()[:140])


def _account(parent: Element, name: str, number: str) -> None:
    other = SubElement(SubElement(SubElement(parent, name), "Id"), "Othr")
    _texts(other, Id=number[:34])


def _agent(parent: Element, name: str, code: str, bank: str) -> None:
    institution = SubElement(SubElement(parent, name), "FinInstnId")
    if len(code) in (8, 11) and code.isalnum() and not code.isdigit():
        _texts(institution, BICFI=code.upper())
    elif len(code) == 12 and code.isdigit():
        member = SubElement(institution, "ClrSysMmbId")
        _texts(SubElement(member, "ClrSysId"), Cd="CNAPS")
        _texts(member, MmbId=code)
    if bank:
        _texts(institution, Nm=bank[:140])
    if not len(institution):
        _texts(SubElement(institution, "Othr"), Id=code or "NOTPROVIDED")


def _texts(parent: Element, **texts: str) -> None:
    for name, text in texts.items():
        SubElement(parent, name).text = text


def _amount(minor: int, currency: str) -> str:
    return f"{Money(minor, currency).amount:f}"


def _safe(text: str) -> str:
    return f"'{text}" if text.startswith(FORMULA) else text
