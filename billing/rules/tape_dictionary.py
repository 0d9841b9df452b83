"""
The dictionary of the receivables tape (ABS 数据带): each field with its type, unit and meaning, by version.

``docs/receivables-tape.json`` is this list and a test compares the two. A field is never renamed, nor does
its meaning change: that is another version.
"""

import csv
import io
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from typing import Any

VERSION = 1


@dataclass(frozen=True)
class TapeField:
    """One column of the tape."""

    name: str
    type: str
    unit: str
    zh: str
    en: str


FIELDS = (
    TapeField("row", "integer", "", "行号，从1开始", "Number of the row, from 1"),
    TapeField(
        "kind",
        "INVOICE | INSTALMENT | FIXED",
        "",
        "已开账单 | 融资租赁未到账期的分期 | 未开账期的固定租金",
        "Billed receivable | instalment of a finance lease not billed | fixed rent of a period not billed",
    ),
    TapeField("in_books", "boolean", "", "是否已入账", "Whether the books hold it"),
    TapeField("seller", "text", "", "出售方统一社会信用代码", "Unified social credit code of the seller"),
    TapeField(
        "obligor",
        "text",
        "",
        "债务人匿名键，仅在本数据带内一致",
        "Key of the obligor, the same in this tape alone",
    ),
    TapeField("obligor_kind", "text", "", "债务人类型", "Kind of the obligor"),
    TapeField(
        "obligor_region",
        "text",
        "GB/T 2260",
        "债务人省级区划（前两位）",
        "Province of the obligor, two digits",
    ),
    TapeField("obligor_industry", "text", "GB/T 4754", "债务人行业代码", "Industry code of the obligor"),
    TapeField(
        "contract",
        "text",
        "",
        "租约匿名键，仅在本数据带内一致",
        "Key of the lease, the same in this tape alone",
    ),
    TapeField("contract_from", "date", "", "租约起始日", "First day of the lease"),
    TapeField("contract_to", "date", "", "租约结束日", "Day on which the lease ends"),
    TapeField("document", "text", "", "账单号或期次", "Number of the invoice, or of the instalment"),
    TapeField(
        "period_from", "date", "", "账期起始日", "First day of the billed period; empty of an instalment"
    ),
    TapeField(
        "period_to", "date", "", "账期结束日（不含）", "Day on which the period ends; empty of an instalment"
    ),
    TapeField("currency", "text", "ISO 4217", "币种", "Currency"),
    TapeField("basis", "GROSS | NET", "", "含税 | 不含税", "Tax included | before tax"),
    TapeField("billed_minor", "integer", "fen", "应收金额", "What was asked for, credit notes taken off"),
    TapeField("paid_minor", "integer", "fen", "已付或已核减金额", "What was paid, or let off, until the day"),
    TapeField("open_minor", "integer", "fen", "未收余额", "What is open when the day ends"),
    TapeField(
        "principal_minor", "integer", "fen", "其中本金（仅分期）", "Principal in it, of an instalment alone"
    ),
    TapeField(
        "interest_minor", "integer", "fen", "其中利息（仅分期）", "Interest in it, of an instalment alone"
    ),
    TapeField(
        "due_on",
        "date",
        "",
        "到期日；固定租金为账期结束日或截止日（取较晚者）后15天",
        "Day on which it is due; of fixed rent 15 days after its period, "
        "or after the day of the tape if that is later",
    ),
    TapeField("days_past_due", "integer", "day", "逾期天数", "Days after the due day; 0 if not overdue"),
    TapeField("bucket", "not_due | 1-30 | 31-60 | 61-90 | 91+", "day", "账龄区间", "Age after the due day"),
    TapeField("disputed", "boolean", "", "是否有争议", "Whether a line of it is disputed on the day"),
)
NAMES = tuple(field.name for field in FIELDS)


def dictionary() -> dict[str, object]:
    """Return the dictionary as JSON."""
    return {"version": VERSION, "fields": [asdict(field) for field in FIELDS]}


def csv_text(rows: Iterable[Mapping[str, Any]]) -> str:
    """Write rows of a tape as CSV, the columns named as in the dictionary; no cell can begin a formula."""
    buffer = io.StringIO(newline="")
    writer = csv.writer(buffer)
    writer.writerow(NAMES)
    writer.writerows([row[name] for name in NAMES] for row in rows)
    return buffer.getvalue()
