"""
Reads CAMT.053, the bank-to-customer statement of ISO 20022, in all its versions.

Versions differ in the namespace, in where a status and the name of a party stand, and in days with or without
a time; all are read alike. An entry for several payments becomes a line for each if they say their amounts
and these add up to it, else one line. Document types are refused, and memory stays small: entries go as soon
as they are read.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from io import BytesIO
from typing import Any, Final
from xml.etree.ElementTree import Element, ParseError, tostring

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import iterparse

from billing.payments.rules.statements import values
from billing.payments.rules.statements.parsed import (
    BOOKED,
    MOST_LINES,
    ParsedLine,
    ParsedStatement,
    Unreadable,
    flaw,
)
from marketplace.shared.errors import Flaw

MOST_ALIVE: Final = 200_000  # elements of one entry or of a statement's frame
DEEPEST: Final = 64
OPENING: Final = ("OPBD", "PRCD", "ITBD")  # the first that is there
CLOSING: Final = ("CLBD", "ITBD")
CREDIT, DEBIT = "CRDT", "DBIT"


@dataclass
class _Frame:
    """What a statement says besides its entries, and these."""

    lines: list[ParsedLine] = field(default_factory=list)
    entries: int = 0


def read(data: bytes) -> list[ParsedStatement]:
    """
    Return the statements of a file, lines in its order.

    :raises Unreadable: if it is no whole XML, or larger than is read
    """
    try:
        return list(_statements(data))
    except (ParseError, DefusedXmlException, ValueError, LookupError) as error:
        if isinstance(error, Unreadable):
            raise
        raise Unreadable(flaw("broken")) from error


def _statements(data: bytes) -> Iterator[ParsedStatement]:
    frame, depth, alive = _Frame(), 0, 0
    for event, element in iterparse(BytesIO(data), ("start", "end"), forbid_dtd=True):
        if event == "start":
            element.tag = _name(element)  # versions differ in the namespace
            depth, alive = depth + 1, alive + 1
            if depth > DEEPEST or alive > MOST_ALIVE:
                raise Unreadable(flaw("too_many_lines"))
            continue
        depth -= 1
        if element.tag == "Ntry":
            frame.lines.extend(_lines(element, frame.entries))
            frame.entries, alive = frame.entries + 1, 0
            element.clear()
            if len(frame.lines) > MOST_LINES:
                raise Unreadable(flaw("too_many_lines"))
        elif element.tag == "Stmt":
            yield _statement(element, frame)
            frame, alive = _Frame(), 0
            element.clear()


def _statement(stmt: Element, frame: _Frame) -> ParsedStatement:
    balances = {_text(each, "Tp/CdOrPrtry/Cd"): each for each in reversed(_all(stmt, "Bal"))}
    first = next((balances[code] for code in OPENING if code in balances), None)
    last = next((balances[code] for code in CLOSING if code in balances), None)
    if last is not None and last is balances.get("ITBD"):
        last = [each for each in _all(stmt, "Bal") if _text(each, "Tp/CdOrPrtry/Cd") == "ITBD"][-1]
    currency = _first(
        values.currency(_text(stmt, "Acct/Ccy")),
        _currency_of(first),
        frame.lines[0].currency if frame.lines else "",
        _currency_of(last),
    )
    opening, flaws = _balance(first, "opening")
    closing, more = _balance(last, "closing")
    ends_on = _day(stmt, "FrToDt/ToDtTm", "FrToDt/ToDt") or (_day(last, "Dt") if last is not None else None)
    fallback = (_day(last, "Dt") if last is not None else None) or _day(stmt, "CreDtTm")
    return ParsedStatement(
        account=values.clean(_text(stmt, "Acct/Id/IBAN", "Acct/Id/Othr/Id"), 60),
        currency=currency,
        lines=tuple(_dated(line, fallback, currency) for line in frame.lines),
        opening=opening,
        closing=closing,
        closing_currency=_currency_of(last),
        begins_on=_day(stmt, "FrToDt/FrDtTm", "FrToDt/FrDt"),
        ends_on=ends_on,
        number=values.clean(_text(stmt, "LglSeqNb", "ElctrncSeqNb", "Id"), 60),
        flaws=(*flaws, *more),
    )


def _dated(line: ParsedLine, fallback: date | None, currency: str) -> ParsedLine:
    """Give a line without a day that of the closing balance, and without a currency that of its account."""
    if line.booked_on is None and fallback is not None and not line.flaws:
        line = replace(line, booked_on=fallback)
    elif line.booked_on is None and not line.flaws:
        line = replace(line, flaws=(flaw("no_day", "/booked_on", found="-"),))
    return line if line.currency else replace(line, currency=currency)


def _lines(entry: Element, position: int) -> list[ParsedLine]:
    """Return the line of an entry, or one for each of its payments."""
    details = [each for block in _all(entry, "NtryDtls") for each in _all(block, "TxDtls")]
    whole = _line(entry, details[0] if len(details) == 1 else None, position)
    if len(details) < 2 or whole.amount is None:
        return [whole]
    parts = [_line(entry, each, position, place) for place, each in enumerate(details)]
    amounts = [part.amount for part in parts if part.amount is not None]
    if len(amounts) != len(parts) or sum(amounts, Decimal(0)) != whole.amount:
        return [whole]
    return parts if all(part.currency == whole.currency for part in parts) else [whole]


def _line(entry: Element, details: Element | None, position: int, part: int | None = None) -> ParsedLine:
    source = entry if part is None or details is None else details
    amount, currency, flaws = _amount(source, entry)
    is_reversal = _text(entry, "RvslInd").lower() in ("true", "1")
    came_in = _text(source, "CdtDbtInd") or _text(entry, "CdtDbtInd")
    # Of a reversal the parties are those of the movement that is taken back.
    role = "Dbtr" if (came_in == CREDIT) != is_reversal else "Cdtr"
    booked_on = _day(entry, "BookgDt") or _day(entry, "ValDt")
    if _text(entry, "BookgDt/Dt", "BookgDt/DtTm") and booked_on is None:
        flaws = (*flaws, flaw("no_day", "/booked_on", found=_text(entry, "BookgDt/Dt", "BookgDt/DtTm")[:40]))
    return ParsedLine(
        booked_on=booked_on,
        amount=amount,
        currency=currency,
        value_on=_day(entry, "ValDt"),
        bank_ref=values.clean(_reference(entry, details), 120),
        kind=values.clean(_kind(entry), 60),
        status=_text(entry, "Sts/Cd", "Sts", "Sts/Prtry")[:8] or BOOKED,
        is_reversal=is_reversal,
        memo=values.clean(_memo(entry, details), 500),
        raw=_raw(entry, position, part),
        flaws=flaws,
        **_party(details, role),
    )


def _amount(source: Element, entry: Element) -> tuple[Decimal | None, str, tuple[Flaw, ...]]:
    """Return what moved, signed, and in which currency."""
    found = _find(source, "Amt", "AmtDtls/TxAmt/Amt", "AmtDtls/InstdAmt/Amt")
    text = (found.text or "").strip() if found is not None else ""
    amount = values.number(text)
    currency = values.currency(found.get("Ccy", "")) if found is not None else ""
    sign = _text(source, "CdtDbtInd") or _text(entry, "CdtDbtInd")
    if amount is None:
        return None, currency, (flaw("no_amount", "/amount", found=text[:40] or "-"),)
    if sign not in (CREDIT, DEBIT):
        return None, currency, (flaw("no_direction", "/amount", found=sign[:40] or "-"),)
    return (amount if sign == CREDIT else -amount), currency, ()


def _balance(balance: Element | None, name: str) -> tuple[Decimal | None, tuple[Flaw, ...]]:
    if balance is None:
        return None, ()
    amount, _, flaws = _amount(balance, balance)
    return amount, tuple(flaw(each.code, f"/{name}", **each.facts) for each in flaws)


def _currency_of(balance: Element | None) -> str:
    found = None if balance is None else _find(balance, "Amt")
    return "" if found is None else values.currency(found.get("Ccy", ""))


def _reference(entry: Element, details: Element | None) -> str:
    """Return the bank's id: of the payment, else of the entry."""
    own = "" if details is None else _text(details, "Refs/AcctSvcrRef")
    return own or _text(entry, "AcctSvcrRef", "NtryRef")


def _kind(entry: Element) -> str:
    return _text(entry, "BkTxCd/Prtry/Cd", "BkTxCd/Domn/Fmly/SubFmlyCd")


def _memo(entry: Element, details: Element | None) -> str:
    """Return what the payer wrote, why a payment came back, and if there is neither what the bank wrote."""
    if details is None:
        return _text(entry, "AddtlNtryInf")
    written = [each.text or "" for block in _all(details, "RmtInf") for each in _all(block, "Ustrd")]
    written += [
        _text(each, "CdtrRefInf/Ref") for block in _all(details, "RmtInf") for each in _all(block, "Strd")
    ]
    written += [_text(details, "RtrInf/Rsn/Cd"), _text(details, "RtrInf/AddtlInf")]
    return " ".join(each for each in written if each) or _first(
        _text(details, "AddtlTxInf"), _text(entry, "AddtlNtryInf"), _end_to_end(details)
    )


def _end_to_end(details: Element) -> str:
    found = _text(details, "Refs/EndToEndId")
    return "" if found == "NOTPROVIDED" else found


def _party(details: Element | None, role: str) -> dict[str, Any]:
    """Return name, account and bank of the other side."""
    if details is None:
        return {}
    return {
        "counterparty": values.clean(
            _text(
                details,
                f"RltdPties/{role}/Nm",
                f"RltdPties/{role}/Pty/Nm",
                f"RltdPties/Ultmt{role}/Nm",
                f"RltdPties/Ultmt{role}/Pty/Nm",
            ),
            200,
        ),
        "counterparty_account": values.clean(
            _text(details, f"RltdPties/{role}Acct/Id/IBAN", f"RltdPties/{role}Acct/Id/Othr/Id"), 60
        ),
        "counterparty_bank": values.clean(
            _text(
                details,
                f"RltdAgts/{role}Agt/FinInstnId/Nm",
                f"RltdAgts/{role}Agt/FinInstnId/BICFI",
                f"RltdAgts/{role}Agt/FinInstnId/BIC",
                f"RltdAgts/{role}Agt/FinInstnId/ClrSysMmbId/MmbId",
            ),
            120,
        ),
    }


def _raw(entry: Element, position: int, part: int | None) -> dict[str, object]:
    """Return the entry as the file has it; ``part`` tells which of its payments this line is."""
    text = values.storable(tostring(entry, encoding="unicode"))
    return (
        {"entry": position, "xml": text} if part is None else {"entry": position, "part": part, "xml": text}
    )


def _day(within: Element, *paths: str) -> date | None:
    """Return the day at the first path that has one, with or without a time."""
    for path in paths:
        text = _text(within, f"{path}/Dt", f"{path}/DtTm", path)
        parts = text[:10].split("-")
        found = values.a_date(*parts) if len(parts) == 3 and all(each.isdecimal() for each in parts) else None
        if found is not None:
            return found
    return None


def _find(within: Element, *paths: str) -> Element | None:
    """Return the first element that stands at one of the paths."""
    return next((found for path in paths if (found := within.find(path)) is not None), None)


def _text(within: Element, *paths: str) -> str:
    """Return the first text at one of the paths that is not empty."""
    for path in paths:
        found = within.find(path)
        if found is not None and (text := (found.text or "").strip()):
            return text
    return ""


def _all(within: Element, name: str) -> list[Element]:
    return within.findall(name)


def _name(element: Element) -> str:
    return element.tag.rpartition("}")[2] if isinstance(element.tag, str) else ""


def _first(*found: str) -> str:
    return next((each for each in found if each), "")
