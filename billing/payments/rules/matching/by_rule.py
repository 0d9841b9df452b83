"""P6: what the bank itself takes or gives, taxes, and money between accounts of our own."""

from billing.payments.rules.matching import memos, words
from billing.payments.rules.matching.decisions import Aim, Decision, aimed
from billing.payments.rules.matching.desk import Desk
from billing.payments.rules.matching.facts import Line, Purpose, Rule
from billing.payments.rules.matching.telling import because


def decide(desk: Desk, line: Line) -> Decision | None:
    """Return what the first rule that applies says; ``None`` if none does."""
    if line.counterparty_account and line.counterparty_account in desk.facts.own:
        return aimed(line, "P6", (Aim.RULE, Purpose.TRANSFER), because(words.OWN_ACCOUNT))
    memo, party = memos.written(line.memo), memos.written(line.counterparty)
    for rule in desk.facts.rules:
        word = _word(rule, line, memo, party)
        if word is not None:
            return aimed(line, "P6", (Aim.RULE, rule.purpose), because(words.RULE_SAYS, word=word))
    return None


def _word(rule: Rule, line: Line, memo: str, party: str) -> str | None:
    if line.amount_minor * rule.sign <= 0 or abs(line.amount_minor) > rule.most_minor:
        return None
    if party and not any(memos.written(word) in party for word in rule.parties):
        return None
    return next((word for word in rule.words if memos.written(word) in memo), None)
