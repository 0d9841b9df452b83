"""Remind of what is overdue: the policy of a seller, and the letters of a day."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

from django.conf import settings
from django.utils.translation import gettext_noop

from billing.models import DunningItem, DunningLetter, DunningPolicy
from billing.queries.dunning import Overdue, overdue_of, policy_of
from billing.rules import dunning as rules
from billing.rules.dunning import MOST_LEVELS, Level
from leasing.rules.canonical import digest
from marketplace.actions import audit
from marketplace.actions.notifications import notify
from marketplace.gateway.transactions import atomic
from marketplace.models import Organization, User
from marketplace.permissions import Permission, require
from marketplace.rules.notifications import Kind
from marketplace.shared.errors import Flaw, Invalid
from marketplace.shared.money import Money, format_money

LONGEST: Final = 2000
MOST_DAYS: Final = 365
MOST_MINOR: Final = 10**12


class DunningPolicyInvalid(Invalid):
    """Something about a policy cannot be right; ``flaws`` say what."""

    code = "dunning_policy_invalid"
    text = gettext_noop("The policy of reminders cannot be taken like this. Mend what is marked.")


@atomic
def set_policy(
    *,
    seller: Organization,
    levels: Sequence[Level],
    by: User,
    at: datetime,
    smallest_minor: int = 0,
    is_on: bool = True,
) -> DunningPolicy:
    """
    Write the next version of how a seller reminds; it counts from the next run on.

    :raises MissingRight: if ``by`` may not run invoices of ``seller``
    :raises DunningPolicyInvalid: if there is no level or more than ``MOST_LEVELS``, their days do not
        rise, a text is missing or too long, or the least sum cannot be
    """
    require(by, Permission.INVOICE_RUN, within=seller)
    cleaned = [Level(one.days, _cleaned(one.zh), _cleaned(one.en)) for one in levels]
    flaws = list(_flaws(cleaned, smallest_minor))
    if flaws:
        raise DunningPolicyInvalid(flaws=flaws)
    Organization.objects.select_for_update(no_key=True).get(pk=seller.pk)
    last = policy_of(seller)
    made = DunningPolicy.objects.create(
        seller=seller,
        version=last.version + 1 if last else 1,
        is_on=is_on,
        levels=[one._asdict() for one in cleaned],
        smallest_minor=smallest_minor,
        made_by=by,
        made_at=at,
    )
    audit.record(
        by=by,
        action="dunning.policy",
        subject=made.public_id,
        at=at,
        within=seller,
        version=made.version,
        is_on=is_on,
    )
    return made


@atomic
def run(*, seller: Organization, at: datetime, by: User) -> list[DunningLetter]:
    """
    Write the letters that are due today, one a buyer and currency; run again, it writes nothing.

    A buyer who got a letter of this seller today gets the next one tomorrow. Nothing is ever done to a
    lease: the
    last level points to the notice of default, which a person gives.

    :raises MissingRight: if ``by`` may not run invoices of ``seller``
    """
    require(by, Permission.INVOICE_RUN, within=seller)
    Organization.objects.select_for_update(no_key=True).get(pk=seller.pk)  # whoever else runs waits here
    policy = policy_of(seller)
    if policy is None or not policy.is_on:
        return []
    today = at.astimezone(ZoneInfo(settings.TIME_ZONE)).date()
    rows = {one.item.invoice: one for one in overdue_of(seller, today)}
    stepping = rules.due(
        [one.item for one in rows.values()], policy.steps, today, smallest_minor=policy.smallest_minor
    )
    told = DunningLetter.objects.filter(seller=seller, on=today).values_list("buyer", "currency")
    done = set(told)
    groups: dict[tuple[int, str], list[tuple[Overdue, int]]] = {}
    for item, level in stepping:
        row = rows[item.invoice]
        key = row.invoice.buyer_id, row.invoice.currency
        if key not in done:
            groups.setdefault(key, []).append((row, level))
    return [_send(policy, found, today, at=at, by=by) for _, found in sorted(groups.items())]


def _send(
    policy: DunningPolicy, found: Sequence[tuple[Overdue, int]], today: date, *, at: datetime, by: User
) -> DunningLetter:
    first = found[0][0].invoice
    level = max(level for _, level in found)
    total = Money(sum(row.item.asked_minor for row, _ in found), first.currency)
    content = _content(policy, found, level, today)
    made = DunningLetter.objects.create(
        seller=policy.seller,
        buyer=first.buyer,
        policy=policy,
        on=today,
        level=level,
        currency=first.currency,
        total_minor=total.minor,
        content=content,
        digest=digest(content),
        made_at=at,
    )
    DunningItem.objects.bulk_create(
        DunningItem(letter=made, invoice=row.invoice, level=step, asked_minor=row.item.asked_minor)
        for row, step in found
    )
    facts = {"level": level, "buyer": first.buyer.public_id, "total_minor": total.minor}
    audit.record(by=by, action="dunning.letter", subject=made.public_id, at=at, within=policy.seller, **facts)
    told = {"who": policy.seller.name, "amount": format_money(total)}
    link = f"/dunning/letters/{made.public_id}/"
    notify(kind=Kind.DUNNING_LETTER, to=[first.buyer], facts=told, at=at, link=link)
    return made


def _content(
    policy: DunningPolicy, found: Sequence[tuple[Overdue, int]], level: int, today: date
) -> dict[str, Any]:
    """Return what a letter says, as it is kept: the text of its level, and each invoice with its figures."""
    first, text = found[0][0].invoice, policy.steps[level - 1]
    sides = {"seller": policy.seller, "buyer": first.buyer}
    return {
        "on": today.isoformat(),
        "level": level,
        "is_last": level == len(policy.steps),
        "policy": policy.version,
        **{
            name: {"name": one.name, "credit_code": one.credit_code, "bank_account": one.bank_account}
            for name, one in sides.items()
        },
        "zh": text.zh,
        "en": text.en,
        "currency": first.currency,
        "items": [
            {
                "invoice": row.invoice.public_id,
                "number": row.invoice.number,
                "kind": row.invoice.kind,
                "lease": row.invoice.of_lease.public_id if row.invoice.is_of_lease else "",
                "due_on": row.item.due_on.isoformat(),
                "late_days": row.item.late_days(today),
                "level": step,
                "open_minor": row.item.open_minor,
                "disputed_minor": row.item.open_minor - row.item.asked_minor,
                "asked_minor": row.item.asked_minor,
            }
            for row, step in found
        ],
        "total_minor": sum(row.item.asked_minor for row, _ in found),
    }


def _flaws(levels: Sequence[Level], smallest_minor: int) -> Any:
    ranges = gettext_noop("Choose a figure between {least} and {most}.")
    if not 0 < len(levels) <= MOST_LEVELS:
        yield Flaw("/levels", "dunning_levels", ranges, {"least": "1", "most": str(MOST_LEVELS)})
    before = 0
    for place, one in enumerate(levels):
        if not before < one.days <= MOST_DAYS:
            told = gettext_noop("Days rise from level to level, from 1 to {most}.")
            yield Flaw(f"/levels/{place}/days", "dunning_days", told, {"most": MOST_DAYS})
        before = one.days
        for name in ("zh", "en"):
            if not 0 < len(getattr(one, name)) <= LONGEST:
                told = gettext_noop("Write a text of at most {most} characters.")
                yield Flaw(f"/levels/{place}/{name}", "dunning_text", told, {"most": LONGEST})
    if not 0 <= smallest_minor <= MOST_MINOR:
        yield Flaw("/smallest_minor", "dunning_smallest", ranges, {"least": "0", "most": str(MOST_MINOR)})


def _cleaned(text: str) -> str:
    return text.replace("\x00", "").replace("\r\n", "\n").strip()
