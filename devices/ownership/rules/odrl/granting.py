"""Grants as permissions of an agreement's policy: to one recipient, for one purpose, in a time box."""

from collections.abc import Iterable, Iterator

from devices.ownership.rules.defaults import Matrix
from devices.ownership.rules.grants import CONSTRUCTION, RIVALS, Granted, Kind, finest
from devices.ownership.rules.odrl.expressing import asset, organization, span
from devices.ownership.rules.odrl.policies import Action, Constraint, Rule, RuleKind
from devices.ownership.rules.parties import Party
from marketplace.shared.period import Period

Given = tuple[Granted, str, Party]  # to whom (public id), and the place in the table that it takes


def permissions(agreement: str, held: Period, grants: Iterable[Given], table: Matrix) -> Iterator[Rule]:
    """
    Yield a permission for each category of each grant that is not withdrawn.

    The asset of a grant over part of the agreement's time names that part; what a competitor is refused
    beyond it (counts) hangs on single channels, so a competitor's grant is left out: the policy never says
    more than the door does. So are licences of products, which are about single series. Neither is what the
    table forbids.

    With what a lessee shares come a prohibition to pass it on and the obligation to erase it in the end.
    """
    for one, recipient, party in grants:
        shared = one.kind is Kind.SHARING
        rival = one.competitor and not shared and party in RIVALS
        if one.withdrawn_at is not None or one.licence or rival:
            continue
        conditions = (
            Constraint("purpose", "isAnyOf", (one.purpose,)),
            Constraint("dateTime", "gteq", (one.readable.start.isoformat(),)),
            *_end(one.readable),
            *(() if one.interval is None else (span(max(one.interval, finest(one, party))),)),
        )
        hidden = CONSTRUCTION if shared and one.competitor and one.right == "read" else frozenset()
        for category in sorted(one.categories - hidden):
            cell = table.cell(party, category)
            if (shared and cell is None) or (cell is not None and not cell.prohibited):
                target, to = _part(asset(agreement, category), one, held), organization(recipient)
                name = f"{one.rule}.{category}"
                yield Rule(name, RuleKind.PERMISSION, Action("read"), to, target, conditions)
                if shared:
                    yield from _strings(name, to, target, one)


def _end(readable: Period) -> Iterator[Constraint]:
    if readable.end is not None:
        yield Constraint("dateTime", "lt", (readable.end.isoformat(),))


def _strings(name: str, to: str, target: str, one: Granted) -> Iterator[Rule]:
    """Yield what is tied to data that a lessee shares (EU Data Act, Article 6(1) and (2)(c))."""
    assert one.readable.end is not None
    over = Constraint("dateTime", "gteq", (one.readable.end.isoformat(),))
    yield Rule(f"{name}.onward", RuleKind.PROHIBITION, Action("distribute"), to, target)
    yield Rule(f"{name}.erase", RuleKind.OBLIGATION, Action("delete"), to, target, (over,))


def _part(whole: str, one: Granted, held: Period) -> str:
    """Name the part of an asset that a grant is about, if it is not all of it."""
    if one.channels:
        whole = f"{whole}:channels-of:{one.id}"
    part = one.generated.intersect(held)
    if part == held:
        return whole
    if part is None:
        return f"{whole}:none"
    end = "" if part.end is None else f"{part.end:%Y%m%dT%H%M%S.%fZ}"
    return f"{whole}:{part.start:%Y%m%dT%H%M%S.%fZ}-{end}"
