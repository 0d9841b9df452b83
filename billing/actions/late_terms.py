"""Announce what a seller asks for late payment; what was announced stays."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Final
from zoneinfo import ZoneInfo

from django.conf import settings
from django.utils.translation import gettext_noop

from billing.models import LateTerms
from billing.models.late_interest import BOUND
from leasing.models import Lease
from marketplace.actions import audit
from marketplace.actions.notifications import notify
from marketplace.gateway.transactions import atomic
from marketplace.models import Organization, User
from marketplace.permissions import Permission, require
from marketplace.rules.notifications import Kind
from marketplace.shared.errors import Flaw, Invalid

NOTICE_DAYS: Final = 7
LAST_DAY: Final = date(2999, 12, 31)
MOST_A_DAY, MOST_A_YEAR = Decimal("0.001"), Decimal("0.365")  # bounds against slips, no law
MOST_GRACE: Final = 365
MOST_MINOR: Final = 10**12
DAY_COUNTS = (360, 365)


class LateTermsInvalid(Invalid):
    """Something about the terms cannot be right; ``flaws`` say what."""

    code = "late_terms_invalid"
    text = gettext_noop("The terms of late payment cannot be taken like this. Mend what is marked.")


@dataclass(frozen=True)
class Wanted:
    """
    Terms as somebody writes them; ``rate`` and ``cap`` are shares of one, without a rate the law's is asked.
    """

    valid_from: date
    rate: Decimal | None = None
    per: str = LateTerms.Per.DAY
    day_count: int = 365
    grace_days: int = 0
    cap: Decimal | None = None
    waived_alone_minor: int = 0


@atomic
def announce(*, seller: Organization, wanted: Wanted, by: User, at: datetime) -> LateTerms:
    """
    Announce terms for the invoices that ``seller`` issues from a day on, ``NOTICE_DAYS`` after today at
    least.

    Those who lease from it are told. Terms of the same day again are refused, those of a later day
    replace them.

    :raises MissingRight: if ``by`` may not run invoices of ``seller``
    :raises LateTermsInvalid: if a figure cannot be, the notice is too short, or the day has its terms
    """
    require(by, Permission.INVOICE_RUN, within=seller)
    Organization.objects.select_for_update(no_key=True).get(pk=seller.pk)
    flaws = _flaws(wanted, at.astimezone(ZoneInfo(settings.TIME_ZONE)).date())
    if LateTerms.objects.filter(seller=seller, valid_from=wanted.valid_from).exists():
        taken = gettext_noop("Terms from this day on are announced already. Choose another day.")
        flaws.append(Flaw("/valid_from", "taken", taken))
    if flaws:
        raise LateTermsInvalid(flaws=flaws)
    made = LateTerms.objects.create(seller=seller, made_by=by, made_at=at, **vars(wanted))
    day = wanted.valid_from.isoformat()
    audit.record(
        by=by, action="late_terms.announce", subject=made.public_id, at=at, within=seller, valid_from=day
    )
    leases = Lease.objects.filter(lessor=seller, status__in=BOUND)
    lessees = Organization.objects.filter(pk__in=leases.values("lessee")).exclude(pk=seller.pk)
    facts = {"who": seller.name, "day": day}
    notify(kind=Kind.LATE_TERMS, to=lessees.order_by("pk"), facts=facts, at=at, link="/dunning/terms/")
    return made


def _flaws(wanted: Wanted, today: date) -> list[Flaw]:
    first = today + timedelta(days=NOTICE_DAYS)
    most = MOST_A_YEAR if wanted.per == LateTerms.Per.YEAR else MOST_A_DAY
    rate, cap = wanted.rate, wanted.cap
    ranges = gettext_noop("Choose a figure between {least} and {most}.")
    checks = [
        (
            "/valid_from",
            first <= wanted.valid_from <= LAST_DAY,
            gettext_noop("Terms are announced at least seven days before: from {first} on."),
            {"first": first.isoformat()},
        ),
        ("/rate", rate is None or _fits(rate, most, 8), ranges, {"least": "0.00000001", "most": str(most)}),
        ("/per", wanted.per in LateTerms.Per.values, gettext_noop("A rate is for a day or for a year."), {}),
        (
            "/day_count",
            wanted.day_count in DAY_COUNTS,
            gettext_noop("A year has 360 or 365 days here."),
            {},
        ),
        (
            "/grace_days",
            0 <= wanted.grace_days <= MOST_GRACE,
            ranges,
            {"least": "0", "most": str(MOST_GRACE)},
        ),
        ("/cap", cap is None or _fits(cap, Decimal(1), 4), ranges, {"least": "0.0001", "most": "1"}),
        (
            "/waived_alone_minor",
            0 <= wanted.waived_alone_minor <= MOST_MINOR,
            ranges,
            {"least": "0", "most": str(MOST_MINOR)},
        ),
    ]
    return [
        Flaw(where, "late_terms_figure", text, facts) for where, holds, text, facts in checks if not holds
    ]


def _fits(figure: Decimal, most: Decimal, places: int) -> bool:
    return figure.is_finite() and 0 < figure <= most and figure == figure.quantize(Decimal(1).scaleb(-places))
