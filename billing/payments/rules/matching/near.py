"""P5 and P7: a reference with one wrong digit, a name that is alike; a person decides."""

from billing.payments.rules.matching import words
from billing.payments.rules.matching.by_payer import several
from billing.payments.rules.matching.decisions import Decision, Share, Status, settles
from billing.payments.rules.matching.desk import Desk, Named
from billing.payments.rules.matching.facts import Line, OpenItem
from billing.payments.rules.matching.names import are_like, plain
from billing.payments.rules.matching.telling import because


def by_reference(desk: Desk, line: Line, named: Named) -> Decision | None:
    """
    Suggest what is one digit away from what the memo says, if payer or amount agrees.

    One for which both agree goes before those for which one does.
    """
    if line.amount_minor <= 0 or not named.near:
        return None
    payer = desk.payer_of(line)
    agreeing: dict[int, list[OpenItem]] = {1: [], 2: []}
    for item in sorted((desk.items[key] for key in named.near), key=lambda one: one.age):
        evidence = (item.payer == payer) + (desk.open[item.id] == line.amount_minor)
        if evidence and item.currency == line.currency:
            agreeing[evidence].append(item)
    fitting = agreeing[2] or agreeing[1]
    if len(fitting) != 1:
        return several(desk, line, fitting, payer) if fitting else None
    [item] = fitting
    reasons = [because(words.NEARLY_NAMED, word=named.near[item.id], numbers=item.number)]
    if item.payer == payer:
        reasons.append(because(words.PAYER_AGREES))
    if desk.open[item.id] == line.amount_minor:
        reasons.append(because(words.AMOUNT_AGREES))
    shares = (Share(item.id, min(line.amount_minor, desk.open[item.id])),)
    return settles(line, "P5", shares, payer=payer, reasons=tuple(reasons), status=Status.SUGGESTED)


def by_name(desk: Desk, line: Line) -> Decision | None:
    """Suggest the only item with this amount whose debtor has a name like that of who paid."""
    payer = desk.payer_of(line)
    if line.amount_minor <= 0 or payer is not None or not line.counterparty:
        return None
    name = plain(line.counterparty)
    fitting = [item for item in desk.with_amount(line) if are_like(name, desk.plain.get(item.payer, ""))]
    if len(fitting) != 1:
        return several(desk, line, fitting, None) if fitting else None
    [item] = fitting
    why = because(words.NAME_ALIKE, name=line.counterparty, numbers=item.number)
    shares = (Share(item.id, line.amount_minor),)
    reasons = (why, because(words.AMOUNT_AGREES))
    return settles(line, "P7", shares, payer=None, reasons=reasons, status=Status.SUGGESTED)
