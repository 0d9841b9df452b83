"""P3 and P4: a known payer paid exactly one open invoice, or the only sum of a few of them."""

from billing.payments.rules.matching import words
from billing.payments.rules.matching.decisions import Code, Decision, Reason, Share, Status, settles, stands
from billing.payments.rules.matching.desk import Desk
from billing.payments.rules.matching.facts import Line, OpenItem
from billing.payments.rules.matching.subsets import subsets
from billing.payments.rules.matching.telling import amount, because, numbers


def decide(desk: Desk, line: Line) -> Decision | None:
    """Return what a known payer paid; ``None`` if nothing fits; an exception if several do."""
    payer = desk.payer_of(line)
    if payer is None or line.amount_minor <= 0:
        return None
    items = desk.open_of(payer, line.currency)
    known = because(words.KNOWN_ACCOUNT, account=line.counterparty_account)
    exact = [item for item in items if desk.open[item.id] == line.amount_minor]
    if len(exact) == 1:
        why = because(words.ONE_FITS, numbers=exact[0].number)
        shares = (Share(exact[0].id, line.amount_minor),)
        return settles(line, "P3", shares, payer=payer, reasons=(known, why))
    if exact:
        return several(desk, line, exact, payer)
    return _sum(desk, line, items, payer, known) or _trifle(desk, line, items, payer, known)


def several(desk: Desk, line: Line, fitting: list[OpenItem], payer: int | None) -> Decision:
    """Return that several items fit, and nobody may guess."""
    keys = tuple(item.id for item in fitting)
    why = because(words.SEVERAL_FIT, numbers=numbers(desk, keys))
    return stands(line, Code.AMBIGUOUS, why, payer=payer, candidates=keys)


def _sum(desk: Desk, line: Line, items: list[OpenItem], payer: int, known: Reason) -> Decision | None:
    terms = desk.terms
    small = [item for item in items if desk.open[item.id] < line.amount_minor]
    looked = small[: terms.cap]
    ways = subsets([desk.open[item.id] for item in looked], line.amount_minor, most=terms.most_items)
    if not ways:
        return None
    if len(ways) > 1:
        fitting = [looked[place] for place in sorted({place for way in ways for place in way})]
        return several(desk, line, fitting, payer)
    chosen = [looked[place] for place in ways[0]]
    reasons = [known, because(words.ONE_SUM_FITS, numbers=numbers(desk, [item.id for item in chosen]))]
    status = Status.AUTO
    if len(small) > len(looked):
        status = Status.SUGGESTED
        reasons.append(because(words.OLDEST_LOOKED_AT, count=len(small), cap=terms.cap))
    if terms.auto_minor is not None and line.amount_minor > terms.auto_minor:
        status = Status.SUGGESTED
        reasons.append(because(words.ABOVE_LIMIT))
    shares = tuple(Share(item.id, desk.open[item.id]) for item in chosen)
    return settles(line, "P4", shares, payer=payer, reasons=tuple(reasons), status=status)


def _trifle(desk: Desk, line: Line, items: list[OpenItem], payer: int, known: Reason) -> Decision | None:
    """Suggest the one item that the amount is short of by a trifle."""
    fitting = [
        item
        for item in items
        if desk.terms.lets_off(desk.open[item.id] - line.amount_minor, item.gross_minor)
    ]
    if len(fitting) != 1:
        return None
    short = desk.open[fitting[0].id] - line.amount_minor
    why = because(words.SHORT_BY, short=amount(short, line.currency))
    shares = (Share(fitting[0].id, line.amount_minor, short),)
    code = Code.AMOUNT_WITHIN_TOLERANCE
    return settles(line, "P3", shares, payer=payer, reasons=(known, why), code=code)
