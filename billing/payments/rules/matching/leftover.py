"""What no pass could match: why, and with whom the money stands."""

from billing.payments.rules.matching import memos, words
from billing.payments.rules.matching.decisions import Code, Decision, Reason, stands
from billing.payments.rules.matching.desk import Desk, Named
from billing.payments.rules.matching.facts import Line
from billing.payments.rules.matching.telling import because, numbers

TAKEN_BACK = ("冲正", "冲销", "撤销", "REVERSAL")


def decide(desk: Desk, line: Line, named: Named) -> Decision:
    """Return the exception of a line, by the first of the closed list that is true."""
    if line.amount_minor < 0:
        return _left(desk, line)
    payer = desk.payer_of(line)
    if named.broken:
        return stands(
            line, Code.REFERENCE_CHECK_FAILED, because(words.MISSPELT, word=named.broken[0]), payer=payer
        )
    hints = [because(words.NOT_THERE, word=word) for word in named.unknown[:1]]
    if payer is None:
        return _unknown(desk, line, hints)
    if not desk.open_of(payer, line.currency):
        return stands(line, Code.NO_OPEN_ITEM, *hints, because(words.NOTHING_OPEN), payer=payer)
    return stands(line, Code.AMOUNT_MISMATCH, *hints, because(words.NOTHING_FITS), payer=payer)


def _left(desk: Desk, line: Line) -> Decision:
    memo = memos.written(line.memo)
    was_matched = (line.counterparty_account, -line.amount_minor) in desk.taken
    if was_matched and any(word in memo for word in TAKEN_BACK):
        return stands(line, Code.REVERSAL_OF_MATCHED_LINE, because(words.TAKEN_BACK))
    return stands(line, Code.MOVEMENT_WITHOUT_LEDGER, because(words.NO_ORDER))


def _unknown(desk: Desk, line: Line, hints: list[Reason]) -> Decision:
    fitting = tuple(item.id for item in desk.with_amount(line))
    if len(fitting) > 1:
        why = because(words.SEVERAL_FIT, numbers=numbers(desk, fitting))
        return stands(line, Code.AMBIGUOUS, *hints, why, candidates=fitting)
    why = because(words.NOBODY_KNOWN)
    return stands(line, Code.UNKNOWN_PAYER, *hints, why, candidates=fitting)
