"""A product as an ODRL offer, and a licence as an agreement: the same rules, in the closed subset."""

from collections.abc import Iterator
from dataclasses import dataclass

from devices.ownership.rules.odrl.expressing import kind, organization
from devices.ownership.rules.odrl.policies import Action, Constraint, Duty, Policy, Rule, RuleKind, Strategy
from devices.ownership.rules.parties import Party
from marketplace.shared.money import Money
from marketplace.shared.period import Period


@dataclass(frozen=True, slots=True)
class Terms:
    """
    What a buyer may do: figures over ``interval`` (ISO 8601), for ``purposes``, ``days`` from payment on.

    ``recipients`` are kinds of organizations (none named: any); ``most`` is how many licences are sold;
    ``abroad`` says that data may be used outside of China, after a border check.
    """

    purposes: tuple[str, ...]
    interval: str
    days: int
    most: int
    recipients: tuple[str, ...]
    abroad: bool
    price: Money


def offer(name: str, *, seller: str, terms: Terms) -> Policy:
    """Return a version of a product (``<id>:<number>``) as the seller's (public id) offer."""
    rules = tuple(_rules(name, terms, None, Constraint("elapsedTime", "lteq", (f"P{terms.days}D",))))
    return Policy(f"urn:jijian:offer:{name}", "Offer", rules, Strategy.PROHIBIT, organization(seller))


def licence(name: str, *, of: str, seller: str, buyer: str, terms: Terms, readable: Period) -> Policy:
    """Return a paid licence (public id) of the product ``of`` as an agreement: its time box is known."""
    assert readable.end is not None
    box = (
        Constraint("dateTime", "gteq", (readable.start.isoformat(),)),
        Constraint("dateTime", "lt", (readable.end.isoformat(),)),
    )
    rules = tuple(_rules(of, terms, organization(buyer), *box))
    return Policy(f"urn:jijian:licence:{name}", "Agreement", rules, Strategy.PROHIBIT, organization(seller))


def _rules(name: str, terms: Terms, assignee: str | None, *box: Constraint) -> Iterator[Rule]:
    target, prefix = f"urn:jijian:product:{name}", f"urn:jijian:rule:{name}:"
    price = Constraint("payAmount", "eq", (str(terms.price.amount),), terms.price.currency)
    conditions = (
        Constraint("purpose", "isAnyOf", tuple(sorted(terms.purposes))),
        Constraint("timeInterval", "gteq", (terms.interval,)),
        *box,
        *_where(terms),
        *_who(terms),
    )
    duty = Duty(f"{prefix}price", Action("compensate"), (price,))
    yield Rule(f"{prefix}read", RuleKind.PERMISSION, Action("read"), assignee, target, conditions, (duty,))
    if assignee is None:
        count = (Constraint("count", "lteq", (str(terms.most),)),)
        platform = kind(Party.PLATFORM)
        yield Rule(f"{prefix}sales", RuleKind.PERMISSION, Action("grantUse"), platform, target, count)
    for action in ("distribute", "sell"):
        yield Rule(f"{prefix}{action}", RuleKind.PROHIBITION, Action(action), assignee, target)


def _where(terms: Terms) -> Iterator[Constraint]:
    if not terms.abroad:
        yield Constraint("spatial", "isPartOf", ("CN",))


def _who(terms: Terms) -> Iterator[Constraint]:
    if terms.recipients:
        kinds = tuple(f"urn:jijian:kind:{one}" for one in sorted(terms.recipients))
        yield Constraint("recipient", "isAnyOf", kinds)
