"""P1: the transfer names invoices by our reference or their numbers, or came to a lease's sub-account."""

from dataclasses import replace

from billing.payments.rules.matching import words
from billing.payments.rules.matching.decisions import Code, Decision, Reason, Share, Status, settles, stands
from billing.payments.rules.matching.desk import Desk, Named
from billing.payments.rules.matching.facts import Line, OpenItem
from billing.payments.rules.matching.names import plain
from billing.payments.rules.matching.telling import amount, because, numbers


def decide(desk: Desk, line: Line, named: Named) -> Decision | None:
    """Return what a line pays that names it; ``None`` if it names nothing that is known."""
    if line.amount_minor <= 0:
        return None
    if named.items:
        return _of_named(desk, line, named)
    lease = desk.facts.sub_accounts.get(line.sub_account) if line.sub_account else None
    items = desk.open_of_lease(lease, line.currency) if lease is not None else []
    if not items or named.is_doubtful:
        return None
    fitting = [item for item in items if desk.open[item.id] == line.amount_minor]
    why = because(words.SUB_ACCOUNT, account=line.sub_account)
    return _spread(desk, line, fitting[:1] or items, why, is_sure=True)


def _of_named(desk: Desk, line: Line, named: Named) -> Decision:
    found = sorted((desk.items[key] for key in named.items), key=lambda one: one.age)
    foreign = [item for item in found if item.currency != line.currency]
    items = [item for item in found if item.currency == line.currency and desk.open[item.id] > 0]
    if items and not foreign:
        total = sum(desk.open[item.id] for item in items)
        is_sure = not named.is_doubtful or total == line.amount_minor
        why = because(words.NAMES_INVOICE, numbers=numbers(desk, [item.id for item in items]))
        return _spread(desk, line, items, why, is_sure=is_sure)
    payer = desk.payer_of(line) or _one_payer(found)
    if foreign:
        why = because(words.OTHER_CURRENCY, currency=foreign[0].currency)
        return stands(line, Code.CURRENCY_MISMATCH, why, payer=payer, candidates=_ids(foreign))
    return _already_paid(desk, line, found, payer)


def _already_paid(desk: Desk, line: Line, found: list[OpenItem], payer: int | None) -> Decision:
    again = [item for item in found if (payer, line.amount_minor) in desk.paid.get(item.id, ())]
    if again:
        why = because(words.PAID_TWICE, numbers=numbers(desk, _ids(again)))
        return stands(line, Code.POSSIBLE_DUPLICATE_PAYMENT, why, payer=payer, candidates=_ids(again))
    why = because(words.PAID_ALREADY, numbers=numbers(desk, _ids(found)))
    paid = stands(line, Code.INVOICE_ALREADY_PAID, why, payer=payer, candidates=_ids(found))
    return replace(paid, match_pass="P1")  # noqa: S106 - the name of a pass


def _spread(desk: Desk, line: Line, items: list[OpenItem], why: Reason, *, is_sure: bool) -> Decision:
    """Pay items, the oldest first, with what came; what is missing of the last one may be a trifle."""
    left, shares = line.amount_minor, []
    for item in items:
        minor = min(left, desk.open[item.id])
        if minor:
            shares.append(Share(item.id, minor))
        left -= minor
    short = sum(desk.open[item.id] for item in items) - (line.amount_minor - left)
    reasons, code = [why, _difference(line, left, short)], None
    last = desk.items[shares[-1].item]
    if desk.terms.lets_off(short, last.gross_minor) and len(shares) == len(items):
        shares[-1] = Share(last.id, shares[-1].amount_minor, short)
        reasons[1] = because(words.SHORT_BY, short=amount(short, line.currency))
        code = Code.AMOUNT_WITHIN_TOLERANCE
    if _somebody_else(desk, line, items):
        reasons.append(because(words.SOMEBODY_ELSE))
        code = Code.PAYER_NOT_LESSEE
    return settles(
        line,
        "P1",
        tuple(shares),
        payer=desk.payer_of(line) or _one_payer(items),
        reasons=tuple(reasons),
        code=code,
        status=Status.AUTO if is_sure else Status.SUGGESTED,
    )


def _difference(line: Line, left: int, short: int) -> Reason:
    if short:
        return because(words.PAYS_PART, short=amount(short, line.currency))
    if left:
        return because(words.PAYS_MORE, over=amount(left, line.currency))
    return because(words.PAYS_ALL)


def _somebody_else(desk: Desk, line: Line, items: list[OpenItem]) -> bool:
    """Tell whether account or name of the one who paid belong to an organization that does not owe it."""
    owing = {item.payer for item in items}
    if len(owing) > 1:
        return True
    known = desk.payer_of(line)
    if known is not None:
        return known not in owing
    called = desk.by_plain.get(plain(line.counterparty), set()) if line.counterparty else set()
    return bool(called) and not called & owing


def _one_payer(items: list[OpenItem]) -> int | None:
    owing = {item.payer for item in items}
    return owing.pop() if len(owing) == 1 else None


def _ids(items: list[OpenItem]) -> tuple[int, ...]:
    return tuple(item.id for item in items)
