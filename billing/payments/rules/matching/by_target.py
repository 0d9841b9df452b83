"""P2: payouts of providers that arrive, and orders of ours that leave or come back."""

from datetime import timedelta

from billing.payments.rules.matching import memos, words
from billing.payments.rules.matching.decisions import Aim, Code, Decision, Reason, aimed, stands
from billing.payments.rules.matching.desk import Desk, Named
from billing.payments.rules.matching.facts import Line, Order, Payout
from billing.payments.rules.matching.telling import amount, because

BACK = ("退汇", "退票", "退回", "RETURN")


def decide(desk: Desk, line: Line, named: Named) -> Decision | None:
    """Return what a line is for if that is a payout or an order of ours; ``None`` if it is neither."""
    recorded = _recorded(desk, line)
    if recorded is not None:
        return recorded
    if named.payouts:
        return _named_payout(desk, line, named.payouts)
    if named.orders:
        return _named_order(desk, line, named.orders)
    return _payout_by_amount(desk, line) or _order_by_amount(desk, line)


def _recorded(desk: Desk, line: Line) -> Decision | None:
    fitting = [
        one
        for one in desk.recorded_of.get((line.currency, line.amount_minor), ())
        if one.id not in desk.settled_targets and memos.says(line.memo, one.reference)
    ]
    if len(fitting) != 1:
        return None
    why = because(words.RECORDED_NAMED, reference=fitting[0].reference)
    return aimed(line, "P2", (Aim.RECORDED, fitting[0].id), why)


def _named_payout(desk: Desk, line: Line, found: list[str]) -> Decision:
    waiting = [one for one in desk.facts.payouts if one.id in found and one.id not in desk.settled_targets]
    fitting = [one for one in waiting if _has_amount(one, line)]
    if len(fitting) == 1:
        why = because(words.PAYOUT_NAMED, payout=fitting[0].id)
        return aimed(line, "P2", (Aim.PAYOUT, fitting[0].id), why)
    one = next(one for one in desk.facts.payouts if one.id in found)
    why = because(words.PAYOUT_DIFFERS, payout=one.id, amount=amount(one.amount_minor, one.currency))
    return stands(line, Code.PAYOUT_DIFFERENCE, why, target=(Aim.PAYOUT, one.id))


def _named_order(desk: Desk, line: Line, found: list[str]) -> Decision:
    order = next(one for one in desk.facts.orders if one.id in found)
    is_back = line.amount_minor > 0
    aim = Aim.RETURN if is_back else Aim.ORDER
    if abs(line.amount_minor) != order.amount_minor or line.currency != order.currency:
        shown = amount(order.amount_minor, order.currency)
        why = because(words.ORDER_DIFFERS, order=order.id, amount=shown)
        return stands(line, Code.AMOUNT_MISMATCH, why, target=(aim, order.id))
    return _order(line, aim, order, because(words.ORDER_NAMED, order=order.id))


def _payout_by_amount(desk: Desk, line: Line) -> Decision | None:
    name = memos.written(line.counterparty)
    fitting = [
        one
        for one in desk.payouts_of.get((line.currency, line.amount_minor), ())
        if _may_be(one, line, name, desk)
    ]
    if len(fitting) > 1:
        why = because(words.SEVERAL_FIT, numbers=", ".join(one.id for one in fitting))
        return stands(line, Code.AMBIGUOUS, why, target=(Aim.PAYOUT, ""))
    if not fitting:
        return None
    why = because(words.PAYOUT_FITS, payout=fitting[0].id)
    return aimed(line, "P2", (Aim.PAYOUT, fitting[0].id), why)


def _may_be(payout: Payout, line: Line, name: str, desk: Desk) -> bool:
    if payout.id in desk.settled_targets:
        return False
    late = line.on - payout.arrives_on
    is_then = timedelta(0) <= late <= timedelta(days=desk.terms.payout_days)
    return is_then and any(memos.written(word) in name for word in payout.payers)


def _order_by_amount(desk: Desk, line: Line) -> Decision | None:
    is_back = line.amount_minor > 0
    if not line.counterparty_account or (is_back and not _says(line, BACK)):
        return None
    asked = (line.counterparty_account, line.currency, abs(line.amount_minor))
    wanted = ("SENT", "DONE") if is_back else ("SENT",)
    fitting = [
        one
        for one in desk.orders_of.get(asked, ())
        if one.id not in desk.settled_targets and one.state in wanted
    ]
    if len(fitting) != 1:
        return None
    aim = Aim.RETURN if is_back else Aim.ORDER
    return _order(line, aim, fitting[0], because(words.ORDER_FITS, order=fitting[0].id))


def _order(line: Line, aim: Aim, order: Order, why: Reason) -> Decision:
    if aim is Aim.ORDER:
        return aimed(line, "P2", (aim, order.id), why)
    return aimed(line, "P2", (aim, order.id), why, because(words.CAME_BACK), code=Code.RETURNED_PAYMENT)


def _says(line: Line, some: tuple[str, ...]) -> bool:
    memo = memos.written(line.memo)
    return any(word in memo for word in some)


def _has_amount(payout: Payout, line: Line) -> bool:
    return payout.amount_minor == line.amount_minor and payout.currency == line.currency
