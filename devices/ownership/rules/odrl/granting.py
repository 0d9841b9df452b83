"""Grants as permissions of an agreement's policy: to one recipient, for one purpose, in a time box."""

from collections.abc import Iterable, Iterator

from devices.ownership.rules.defaults import Matrix
from devices.ownership.rules.grants import RIVALS, Granted, least
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
    """
    for one, recipient, party in grants:
        if one.withdrawn_at is not None or one.licence or (one.competitor and party in RIVALS):
            continue
        conditions = (
            Constraint("purpose", "isAnyOf", (one.purpose,)),
            Constraint("dateTime", "gteq", (one.readable.start.isoformat(),)),
            *_end(one.readable),
            *(() if one.interval is None else (span(max(one.interval, least(party, competitor=False))),)),
        )
        for category in sorted(one.categories):
            cell = table.cell(party, category)
            if cell is not None and not cell.prohibited:
                target = _part(asset(agreement, category), one.generated, held)
                name = f"{one.rule}.{category}"
                yield Rule(
                    name, RuleKind.PERMISSION, Action("read"), organization(recipient), target, conditions
                )


def _end(readable: Period) -> Iterator[Constraint]:
    if readable.end is not None:
        yield Constraint("dateTime", "lt", (readable.end.isoformat(),))


def _part(whole: str, generated: Period, held: Period) -> str:
    part = generated.intersect(held)
    if part == held:
        return whole
    if part is None:
        return f"{whole}:none"
    end = "" if part.end is None else f"{part.end:%Y%m%dT%H%M%S.%fZ}"
    return f"{whole}:{part.start:%Y%m%dT%H%M%S.%fZ}-{end}"
