"""An offer is a price plan and count rules that fit together."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from marketplace.rules import count_rules as counting
from marketplace.rules.msgids import gettext_noop
from marketplace.rules.pricing.plans import InvalidPlan, PricePlan
from marketplace.rules.reading import flaw
from marketplace.shared.errors import Flaw, Invalid


class InvalidOffer(Invalid):
    """Price plan or count rules are wrong, or a billed meter is not counted; ``flaws`` hold every fault."""

    code = "invalid_offer"
    text = gettext_noop("The offer has {count} faults in its price plan or count rules.")


def checked_offer(
    *, price_plan: Mapping[str, Any], count_rules: Sequence[Mapping[str, Any]]
) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """
    Return both documents in their complete JSON form.

    Pointers begin with ``/price_plan`` or ``/count_rules``, as the REST body names them.

    :raises InvalidOffer: with all flaws of both at once
    """
    flaws: list[Flaw] = []
    plan: PricePlan | None = None
    rules: tuple[counting.CountRule, ...] = ()
    try:
        plan = PricePlan.parse(price_plan)
        flaws += carried_flaws(plan, "/price_plan")
    except InvalidPlan as error:
        flaws += _under("/price_plan", error.flaws)
    try:
        rules = counting.parse(list(count_rules), meters=plan.meters() if plan else ())
    except counting.InvalidCountRules as error:
        flaws += _under("/count_rules", error.flaws)
    if plan is None or flaws:
        raise InvalidOffer(flaws=flaws, count=len(flaws))
    return plan.dump(), counting.dump(rules)


def carried_flaws(plan: PricePlan, pointer: str) -> list[Flaw]:
    """Return a flaw for every amount that a plan bills and no meter carries; none carries any so far."""
    return [
        flaw(f"{pointer}/components/{index}/meter", "amount_not_carried", meter=meter)
        for index, meter in plan.carried()
    ]


def _under(pointer: str, flaws: Sequence[Flaw]) -> list[Flaw]:
    return [replace(flaw, pointer=f"{pointer}{flaw.pointer}") for flaw in flaws]
