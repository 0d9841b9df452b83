"""
Journals of a month as vouchers (记账凭证) that other accounting programs import.

Kingdee (金蝶 KIS, K/3) takes a table with the heads of its own template, Yonyou (用友 U8, 总账工具) a text
file whose first line names the format and whose fields stand between commas. Both number vouchers of a month
from 1; a journal is a voucher, a line of it an entry. Both carry amounts of the book's currency alone.
"""

from collections.abc import Iterable, Iterator
from decimal import Decimal

from billing.rules.accounts import CHART
from billing.rules.export_values import Posted, PostedLine
from marketplace.rules.msgids import gettext_noop
from marketplace.shared.errors import NotPossible
from marketplace.shared.money import Money

WORD = "记"
KINGDEE = (
    "日期",
    "凭证字",
    "凭证号",
    "附单据数",
    "摘要",
    "科目代码",
    "科目名称",
    "借方金额",
    "贷方金额",
    "币别",
    "汇率",
    "数量",
    "单价",
    "制单人",
    "审核人",
    "过账人",
)
KINGDEE_CURRENCY = {"CNY": "RMB"}
YONYOU = "填制凭证,V800"
YONYOU_LONGEST = 60
NOTHING = Decimal(0)


class VoucherCurrency(NotPossible):
    """A journal is in another currency, which the formats cannot carry."""

    code = "voucher_currency"
    text = gettext_noop(
        "Journal {journal} is in {currency}, which vouchers cannot carry. Export the book as CSV for it."
    )


def kingdee(journals: Iterable[Posted], currency: str) -> Iterator[list[str | int | Decimal]]:
    """
    Yield the rows of Kingdee's table below its heads ``KINGDEE``; amounts in major units, ``maker`` unknown.

    :raises VoucherCurrency: if a line is in another currency than the book
    """
    said = KINGDEE_CURRENCY.get(currency, currency)
    for number, journal, line in _entries(journals, currency):
        debit, credit = _sides(line)
        head: list[str | int | Decimal] = [journal.on.isoformat(), WORD, number, 0, _memo(journal)]
        yield [*head, line.code, CHART[line.code].name_zh, debit, credit, said, 1, "", "", "", "", ""]


def yonyou(journals: Iterable[Posted], currency: str, maker: str) -> Iterator[str]:
    """
    Yield the lines of Yonyou's file; ``maker`` is who writes the vouchers there.

    :raises VoucherCurrency: if a line is in another currency than the book
    """
    yield YONYOU
    by = _field(maker)
    for number, journal, line in _entries(journals, currency):
        debit, credit = _sides(line)
        memo = _field(_memo(journal))[:YONYOU_LONGEST]
        yield f"{journal.on},{WORD},{number},0,{memo},{line.code},{debit:f},{credit:f},,,,{by}"


def _entries(journals: Iterable[Posted], currency: str) -> Iterator[tuple[int, Posted, PostedLine]]:
    month, number = "", 0
    for journal in journals:
        number = 1 if f"{journal.on:%Y-%m}" != month else number + 1
        month = f"{journal.on:%Y-%m}"
        for line in journal.lines:
            if line.currency != currency:
                raise VoucherCurrency(journal=journal.public_id, currency=line.currency)
            yield number, journal, line


def _sides(line: PostedLine) -> tuple[Decimal, Decimal]:
    amount = Money(abs(line.amount_minor), line.currency).amount
    return (amount, NOTHING) if line.amount_minor > 0 else (NOTHING, amount)


def _memo(journal: Posted) -> str:
    return f"{journal.memo} {journal.public_id}".strip()


def _field(text: str) -> str:
    """Write a text so that it stays one field."""
    return " ".join(text.replace(",", " ").split())
