"""
Writes a statement of one line as CAMT.053: what the bank of a test installation sends.

It needs no mapping of columns, so it is read whatever a bank of the account wrote before.
"""

from datetime import date
from xml.sax.saxutils import escape

from marketplace.shared.money import Money

PAGE = """<?xml version="1.0" encoding="UTF-8"?>
<Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.053.001.08"><BkToCstmrStmt><Stmt><Id>{number}</Id>
<Acct><Id><Othr><Id>{account}</Id></Othr></Id><Ccy>{currency}</Ccy></Acct>
{opening}{closing}
<Ntry><Amt Ccy="{currency}">{amount}</Amt><CdtDbtInd>{sign}</CdtDbtInd><Sts><Cd>BOOK</Cd></Sts>
<BookgDt><Dt>{on}</Dt></BookgDt><ValDt><Dt>{on}</Dt></ValDt><AcctSvcrRef>{number}</AcctSvcrRef>
<NtryDtls><TxDtls><Refs><AcctSvcrRef>{number}</AcctSvcrRef></Refs>
<RltdPties><{role}><Pty><Nm>{payer}</Nm></Pty></{role}>{payer_account}</RltdPties>
<RmtInf><Ustrd>{memo}</Ustrd></RmtInf></TxDtls></NtryDtls></Ntry></Stmt></BkToCstmrStmt></Document>
"""
BALANCE = """<Bal><Tp><CdOrPrtry><Cd>{code}</Cd></CdOrPrtry></Tp><Amt Ccy="{currency}">{amount}</Amt>
<CdtDbtInd>{sign}</CdtDbtInd><Dt><Dt>{on}</Dt></Dt></Bal>"""


def statement(
    *,
    account: str,
    on: date,
    amount: Money,
    before: Money,
    payer: str,
    payer_account: str,
    memo: str,
    number: str,
) -> bytes:
    """
    Return the file; ``amount`` is positive for what comes in, ``before`` what the account held.

    Characters that XML does not know are left out.
    """
    role = "Dbtr" if amount.minor > 0 else "Cdtr"
    other = f"<{role}Acct><Id><Othr><Id>{_text(payer_account)}</Id></Othr></Id></{role}Acct>"
    return PAGE.format(
        number=number,
        account=account,
        currency=amount.currency,
        opening=_balance("OPBD", before, on),
        closing=_balance("CLBD", before + amount, on),
        amount=abs(amount.amount),
        sign=_sign(amount),
        on=on.isoformat(),
        role=role,
        payer=_text(payer),
        payer_account=other if payer_account else "",
        memo=_text(memo),
    ).encode()


def _balance(code: str, held: Money, on: date) -> str:
    return BALANCE.format(
        code=code, currency=held.currency, amount=abs(held.amount), sign=_sign(held), on=on.isoformat()
    )


def _sign(money: Money) -> str:
    return "DBIT" if money.minor < 0 else "CRDT"


def _text(given: str) -> str:
    return escape("".join(each for each in given if each.isprintable() or each == " "))
