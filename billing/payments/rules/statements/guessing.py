"""
Proposes how to read a table that nobody mapped yet: by the headings of common banks, proved by the balances.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import pairwise
from typing import Final

from billing.payments.rules.statements import tables, values
from billing.payments.rules.statements.dialects import Dialect, Sign, normal
from billing.payments.rules.statements.parsed import ParsedStatement

SAMPLE: Final = 300  # rows that a proposal is tried on
DECIMAL_COMMA: Final = re.compile(r"-?[0-9]{1,3}(\.[0-9]{3})*,[0-9]{2}", re.ASCII)
DECIMAL_POINT: Final = re.compile(r"-?[0-9,]{1,20}\.[0-9]{1,2}", re.ASCII)

# What banks write above their columns, the better word first.
WORDS: Final[Mapping[str, tuple[str, ...]]] = {
    "booked_on": (
        "记账日期",
        "入账日期",
        "记账日",
        "交易日期",
        "交易日",
        "入账时间",
        "记账时间",
        "日期",
        "业务日期",
        "发生日期",
        "交易时间",
        "交易日期时间",
        "booking date",
        "booked on",
        "transaction date",
        "posting date",
        "date",
    ),
    "value_on": ("起息日", "起息日期", "value date"),
    "debit": (
        "借方发生额",
        "借方金额",
        "借方",
        "支出金额",
        "支出",
        "支出额",
        "转出金额",
        "付款金额",
        "借",
        "debit",
        "debit amount",
        "withdrawal",
        "withdrawals",
        "paid out",
        "money out",
    ),
    "credit": (
        "贷方发生额",
        "贷方金额",
        "贷方",
        "收入金额",
        "收入",
        "收入额",
        "存入金额",
        "转入金额",
        "收款金额",
        "贷",
        "credit",
        "credit amount",
        "deposit",
        "deposits",
        "paid in",
        "money in",
    ),
    "amount": ("交易金额", "发生额", "金额", "交易额", "amount", "transaction amount"),
    "direction": (
        "借贷标志",
        "借贷方向",
        "借贷标识",
        "借/贷",
        "借贷",
        "收支",
        "收/支",
        "收付标志",
        "收支类型",
        "收支方向",
        "方向",
        "往来账标识",
        "dc",
        "d/c",
        "dr/cr",
        "direction",
        "type of entry",
        "credit/debit",
        "debit/credit",
    ),
    "balance": (
        "账户余额",
        "余额",
        "本次余额",
        "交易后余额",
        "帐户余额",
        "当前余额",
        "balance",
        "running balance",
    ),
    "counterparty": (
        "对方户名",
        "对方名称",
        "对方账户名称",
        "对方单位名称",
        "对方单位",
        "对方账户名",
        "对手方名称",
        "对手户名",
        "对方姓名",
        "收(付)方名称",
        "收/付方名称",
        "收付方名称",
        "交易对方",
        "对方",
        "counterparty",
        "counterparty name",
        "name",
    ),
    "counterparty_account": (
        "对方账号",
        "对方帐号",
        "对方账户",
        "对方帐户",
        "对手方账号",
        "对手账号",
        "收(付)方账号",
        "收(付)方帐号",
        "收付方账号",
        "counterparty account",
        "account of counterparty",
        "iban of counterparty",
    ),
    "counterparty_bank": (
        "对方开户行",
        "对方开户行名",
        "对方开户机构",
        "对方行名",
        "对方银行",
        "对手方开户行",
        "收(付)方开户行名",
        "counterparty bank",
    ),
    "payer": ("付款人名称", "付款方户名", "付款人户名", "付款方名称", "payer's name"),
    "payer_account": ("付款人账号", "付款方账号", "付款人帐号", "debit account no."),
    "payer_bank": ("付款人开户行名", "付款方开户行", "付款人开户行"),
    "payee": ("收款人名称", "收款方户名", "收款人户名", "收款方名称", "payee's name"),
    "payee_account": ("收款人账号", "收款方账号", "收款人帐号", "payee's account number"),
    "payee_bank": ("收款人开户行名", "收款方开户行", "收款人开户行"),
    "memo": (
        "用途",
        "附言",
        "交易附言",
        "交易用途",
        "备注",
        "交易备注",
        "客户附言",
        "摘要",
        "交易摘要",
        "memo",
        "purpose",
        "remittance information",
        "reference text",
        "description",
        "details",
        "remark",
        "remarks",
    ),
    "kind": ("交易类型", "业务类型", "交易种类", "摘要代码", "transaction type", "type"),
    "bank_ref": (
        "交易流水号",
        "流水号",
        "银行流水号",
        "核心流水号",
        "账户明细编号-交易流水号",
        "交易序号",
        "唯一流水号",
        "交易参考号",
        "bank reference",
        "transaction id",
        "transaction reference",
        "transaction reference number",
    ),
    "currency": ("币种", "币别", "currency", "交易货币"),
    "sub_account": (
        "子账号",
        "子账户",
        "记账子单元编号",
        "子单元编号",
        "虚拟账号",
        "虚拟子账户",
        "sub account",
        "virtual account",
    ),
}
SUMMARY: Final = ("摘要", "交易摘要")


def guess(rows: Sequence[Sequence[str]]) -> tuple[Dialect, ParsedStatement] | None:
    """
    Return the dialect that fits a table best, and the statement that it reads from the first rows.

    ``None`` if no row has headings for a day and an amount. Whether the balances prove it, ``balances`` says.
    """
    found = max(
        (columns for row in rows[: tables.HEAD] if (columns := _columns(row))),
        key=lambda columns: len(columns),
        default=None,
    )
    if found is None:
        return None
    sample = rows[:SAMPLE]
    usual = Dialect(columns=found, decimal_sign=_decimal_sign(sample))
    tried = [
        (dialect, statement)
        for dialect in _candidates(usual)
        if (statement := tables.read(sample, dialect)) is not None
    ]
    return min(tried, key=lambda each: _faults(each[1]), default=None)


def is_proved(dialect: Dialect, statement: ParsedStatement) -> bool:
    """
    Tell whether a proposal can be used without asking a person.

    Every line can be read, and nothing was chosen that only a balance can tell where there is none: what the
    sign of a single column means, and whether a day or a month comes first. A few balances that do not hold
    are the bank's; many are a wrong reading.
    """
    booked = statement.booked
    if not booked or any(line.flaws for line in booked):
        return False
    links = len(booked) - 1 if all(line.balance is not None for line in booked) else 0
    days = [line.booked_on for line in booked if line.booked_on is not None]
    if dialect.date_order != "YMD" and all(day.day <= 12 for day in days):  # months
        return False
    if dialect.sign in (Sign.TWO_COLUMNS, Sign.WORD):
        return links < 2 or len(statement.breaks) < links
    return 2 * len(statement.breaks) < links


def _columns(row: Sequence[str]) -> dict[str, tuple[str, ...]]:
    """Return which heading stands for which field; nothing if there is none for a day or an amount."""
    headings = {normal(cell): cell.strip() for cell in reversed(row) if cell.strip()}
    found = {
        name: tuple(headings[word] for word in words if word in headings) for name, words in WORDS.items()
    }
    columns = {name: names if name == "memo" else names[:1] for name, names in found.items() if names}
    summaries = [name for name in columns.get("memo", ()) if normal(name) in SUMMARY]
    others = tuple(name for name in columns.get("memo", ()) if name not in summaries)
    if summaries and others:  # where there is a purpose, the summary is the bank's word: 转账, 收费
        columns["memo"] = others
        columns.setdefault("kind", tuple(summaries[:1]))
    has_amount = {"debit", "credit"} <= columns.keys() or "amount" in columns
    return columns if "booked_on" in columns and has_amount else {}


def _candidates(usual: Dialect) -> list[Dialect]:
    has = usual.columns.keys()
    if {"debit", "credit"} <= has:
        signs = [Sign.TWO_COLUMNS]
    elif "direction" in has:
        signs = [Sign.WORD, Sign.SIGNED]
    else:
        signs = [Sign.SIGNED, Sign.REVERSED]
    return [replace(usual, sign=sign, date_order=order) for order in values.ORDERS for sign in signs]


def _faults(statement: ParsedStatement) -> tuple[int, int, int]:
    """
    Return how badly a reading fits: lines that cannot be read, balances that do not hold, days out of order.
    """
    booked = statement.booked
    days = [line.booked_on for line in booked if line.booked_on is not None]
    jumps = sum(abs((after - before).days) for before, after in pairwise(days))
    return sum(bool(line.flaws) for line in booked), len(statement.breaks), jumps


def _decimal_sign(rows: Sequence[Sequence[str]]) -> str:
    cells = [cell for row in rows for cell in row if cell]
    commas = sum(bool(DECIMAL_COMMA.fullmatch(cell)) for cell in cells)
    points = sum(bool(DECIMAL_POINT.fullmatch(cell)) for cell in cells)
    return "," if commas > points else "."
