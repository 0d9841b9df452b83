"""Reads of subsidies: which invoices a programme looks at, what they rest on, and what is left."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db.models import DateField, Exists, F, Func, OuterRef, Q, Subquery, Sum, Value
from django.db.models.functions import Cast, Coalesce

from billing.models import (
    Invoice,
    InvoiceLine,
    InvoiceLineFact,
    JournalLine,
    SubsidyAdmission,
    SubsidyGrant,
    SubsidyItem,
    SubsidyProgramme,
    SubsidyRules,
)
from billing.models.invoices import InvoiceQuerySet
from billing.models.subsidies import SubsidyGrantQuerySet
from billing.queries.funds import RELIEFS, series_of
from billing.queries.open_amounts import with_open
from billing.rules import accounts as chart
from billing.rules.events import Event
from billing.rules.subsidy_terms import LOWERS, RENT_KINDS, Before, Mode, SubsidyTerms
from marketplace.models.parties import OrganizationKind
from marketplace.shared.period import local_midnight

CURRENCY = "CNY"


@dataclass(frozen=True)
class SubsidyStanding:
    """How a programme stands, in fen: its budget, granted, of that asked for, refused, and paid."""

    budget_minor: int
    granted_minor: int
    asked_minor: int
    refused_minor: int
    paid_minor: int

    @property
    def borne_minor(self) -> int:
        """What it bears: granted and not refused."""
        return self.granted_minor - self.refused_minor

    @property
    def left_minor(self) -> int:
        """What is left of the budget."""
        return self.budget_minor - self.borne_minor


def subsidy_standing(programme: SubsidyProgramme, *, budget_minor: int | None = None) -> SubsidyStanding:
    """
    Return how a programme stands now; under its lock it stays so.

    Who has just read its budget may give it, in fen.
    """
    items = SubsidyItem.objects.filter(grant__programme=programme, stands=True).aggregate(
        asked=_total(F("amount_minor"), ~Q(settlement__status="DRAFTED")),
        refused=_total(F("amount_minor") - F("confirmed_minor"), Q(confirmed_minor__isnull=False)),
        paid=_total(F("confirmed_minor"), Q(settlement__status__in=("PAID", "HANDED_ON"))),
    )
    if budget_minor is None:
        last = programme.budgets.order_by("number").last()
        budget_minor = last.budget_minor if last else 0
    return SubsidyStanding(
        budget_minor=budget_minor,
        granted_minor=_sum(SubsidyGrant.objects.filter(programme=programme), F("amount_minor")),
        asked_minor=int(items["asked"]),
        refused_minor=int(items["refused"]),
        paid_minor=int(items["paid"]),
    )


def subsidy_before(
    programme: SubsidyProgramme, first: Invoice, year: int, terms: SubsidyTerms, left_minor: int
) -> Before:
    """
    Return what stands before a version of an invoice is looked at; ask under the programme's lock.

    ``left_minor`` is what is left of the budget, in fen.
    """
    grants = SubsidyGrant.objects.filter(programme=programme)
    own = grants.filter(first=first)
    of_year = grants.filter(lessee=first.buyer_id, year=year)
    cap = terms.lessee_cap_minor
    given, refused = _sum(own, F("amount_minor")), _refused(own)
    used = 0 if cap is None else _sum(of_year, F("amount_minor")) - _refused(of_year)
    return Before(
        given_minor=given,
        refused_minor=refused,
        cap_left_minor=None if cap is None else cap - used,
        budget_left_minor=left_minor,
    )


def subsidised_base(first: Invoice, terms: SubsidyTerms, *, until: int) -> int:
    """
    Return the eligible base of an invoice with its notes up to a version: rent and use, less what lowers it.

    Awards, damage, penalties, services and fees for an early end are none of it, VAT only by the terms.
    """
    beside = InvoiceLineFact.objects.filter(line=OuterRef("pk")).exclude(kind__in=RELIEFS)
    wanted = [*(terms.components or RENT_KINDS), *LOWERS]
    lines = InvoiceLine.objects.filter(
        invoice__in=series_of(first).filter(version__lte=until).order_by(), kind__in=wanted
    )
    return _sum(lines.exclude(Exists(beside)), F("gross_minor" if terms.with_vat else "net_minor"))


def subsidy_spans(programme: SubsidyProgramme) -> list[tuple[date, date, SubsidyRules]]:
    """Return which version of the terms holds when: of those of a day, the last that was published."""
    versions = list(programme.rules.order_by("number"))
    edges = sorted({day for one in versions for day in (one.valid_from, one.valid_until)})
    found = []
    for start, end in pairwise(edges):
        holding = [one for one in versions if one.valid_from <= start < one.valid_until]
        if holding:
            found.append((start, end, holding[-1]))
    return found


def subsidy_rules_on(programme: SubsidyProgramme, day: date) -> SubsidyRules | None:
    """Return the terms that hold on a day, if any do."""
    return next((rules for start, end, rules in subsidy_spans(programme) if start <= day < end), None)


def to_subsidise(programme: SubsidyProgramme) -> InvoiceQuerySet:
    """
    Return invoices of rent that no programme has looked at and this one covers, and notes over those it has.

    Who is eligible is asked of what is known of the lessee now; admissions count by the day of issue. What
    is prepaid waits until the invoice is booked, if there is something to book; a note waits until the
    authority has answered for its invoice.
    """
    sold = (
        Invoice.objects.of_periods()
        .issued()
        .filter(seller=F("lease__lessor"), currency=CURRENCY, subsidy_grant=None, seller__is_synthetic=False)
        .exclude(Q(buyer__kind=OrganizationKind.PLATFORM) | Q(buyer=F("seller")))
    )
    if programme.mode == Mode.PREPAID:
        booked = JournalLine.objects.filter(invoice=OuterRef("pk"), account__code__in=chart.RECEIVABLES)
        sold = sold.filter(Exists(booked) | Q(gross_minor=0))
    out = SubsidyItem.objects.filter(grant__first=OuterRef("corrects"), stands=True, confirmed_minor=None)
    covered = Q(corrects__subsidy_grant__programme=programme) & Q(~Exists(out))
    for start, end, rules in subsidy_spans(programme):
        covered |= _covered(programme, start, end, rules)
    return sold.filter(covered).order_by("lease", "period_start", "seller", "version")


def subsidies_to_ask(programme: SubsidyProgramme, before: date) -> list[SubsidyGrant]:
    """
    Return what a settlement gathers: granted of what was issued before a day, and asked for nowhere.

    What lessees claim is asked for once they have paid the invoice, notes included; what was written off is
    not paid. What is taken back is set off at once, as far as something of the invoice stands with the
    authority.
    """
    asked = SubsidyItem.objects.filter(grant=OuterRef("pk"), stands=True)
    found = (
        SubsidyGrant.objects.filter(programme=programme, invoice__issued_at__lt=_midnight(before))
        .exclude(amount_minor=0)
        .exclude(Exists(asked))
        .select_related("invoice__lease", "first", "lessee")
        .order_by("first", "pk")
    )
    if programme.mode == Mode.PREPAID:
        return list(found)
    return _to_claim(list(found))


def owed_to_lessees(book: str, lessees: Iterable[int]) -> dict[int, int]:
    """Return what of subsidies is owed to each lessee by a book, in fen; negative if it owes some back."""
    lines = JournalLine.objects.filter(
        account__book__code=book, account__code=chart.SUBSIDY_OWED, account__party__in=list(lessees)
    )
    rows = lines.order_by().values_list("account__party").annotate(Sum("amount_minor"))
    found: dict[int, int] = defaultdict(int)
    for party, minor in rows:
        found[party] = -int(minor)
    return found


def with_answers(grants: SubsidyGrantQuerySet) -> SubsidyGrantQuerySet:
    """
    Annotate how far a grant is: ``asked`` is the state of its settlement, if it stands in one.

    ``refused_minor`` and ``refused_for`` are what its authority did not confirm, in fen, and why.
    """
    item = SubsidyItem.objects.filter(grant=OuterRef("pk"), stands=True)
    refused = item.annotate(refused=F("amount_minor") - F("confirmed_minor")).values("refused")
    return grants.annotate(
        asked=Subquery(item.values("settlement__status")),
        refused_minor=Coalesce(Subquery(refused), 0),
        refused_for=Coalesce(Subquery(item.values("reason")), Value("")),
    )


def subsidy_of(first: Invoice) -> SubsidyGrantQuerySet:
    """Return what is granted of an invoice and its notes, the oldest first."""
    return SubsidyGrant.objects.filter(first=first).order_by("pk")


def _to_claim(grants: list[SubsidyGrant]) -> list[SubsidyGrant]:
    firsts = {one.first_id for one in grants}
    unpaid, stands, found = _unpaid(firsts), _standing_with_authority(firsts), []
    for one in grants:
        is_back = one.amount_minor < 0 <= stands[one.first_id] + one.amount_minor
        if unpaid[one.first_id] <= 0 or is_back:
            found.append(one)
            stands[one.first_id] += one.amount_minor
    return found


def _unpaid(firsts: Iterable[int]) -> dict[int, int]:
    """Return what lessees have not paid of invoices with their notes: open, or written off."""
    series = Invoice.objects.of_periods().issued().filter(Q(pk__in=firsts) | Q(corrects__in=firsts))
    found: dict[int, int] = defaultdict(int)
    for one in with_open(series).order_by():
        found[one.corrects_id or one.pk] += one.open_minor  # type: ignore[attr-defined]
    let_off = Q(account__code=chart.WRITE_OFF) | Q(
        account__code__in=chart.RECEIVABLES, journal__kind=Event.RENT_UNCOLLECTIBLE
    )
    lines = JournalLine.objects.filter(let_off, invoice__in=series.order_by().values("pk"))
    rows = lines.order_by().values_list("invoice__corrects", "invoice", "account__code", "amount_minor")
    for corrects, invoice, code, minor in rows:
        found[corrects or invoice] += minor if code == chart.WRITE_OFF else -minor
    return found


def _standing_with_authority(firsts: Iterable[int]) -> dict[int, int]:
    """Return what of invoices was asked for and is not refused."""
    items = SubsidyItem.objects.filter(grant__first__in=firsts, stands=True).order_by()
    minor = Sum(Coalesce("confirmed_minor", "amount_minor"))
    rows = items.values_list("grant__first").annotate(minor=minor)
    return defaultdict(int, {first: int(total) for first, total in rows})


def _covered(programme: SubsidyProgramme, start: date, end: date, rules: SubsidyRules) -> Q:
    """Return which invoices a version of the terms covers, as a condition."""
    found = Q(version=1, issued_at__gte=_midnight(start), issued_at__lt=_midnight(end))
    for name, codes in (("region_code", rules.regions), ("industry_code", rules.industries)):
        if codes:
            found &= _any(f"buyer__{name}__startswith", codes)
    if rules.kinds:
        found &= Q(buyer__kind__in=rules.kinds)
    if rules.categories:
        above = "lease__listing__category"
        found &= (
            Q(**{f"{above}__code__in": rules.categories})
            | Q(**{f"{above}__parent__code__in": rules.categories})
            | Q(**{f"{above}__parent__parent__code__in": rules.categories})
        )
    if rules.by_admission:
        found &= Q(Exists(_admissions(programme)))
    return found


def _admissions(programme: SubsidyProgramme) -> Any:
    """Return the admissions of the buyer of an invoice that held on the day of its issue."""
    day = F("issued_day")
    found = SubsidyAdmission.objects.filter(programme=programme, lessee=OuterRef("buyer"))
    found = found.annotate(issued_day=_local_date(OuterRef("issued_at")))
    return found.filter(Q(ended_on=None) | Q(ended_on__gt=day), admitted_on__lte=day)


def _local_date(moment: Any) -> Any:
    local = Func(Value(settings.TIME_ZONE), moment, function="timezone")
    return Cast(local, DateField())


def _any(lookup: str, values: Iterable[str]) -> Q:
    found = Q(pk__in=[])
    for value in values:
        found |= Q(**{lookup: value})
    return found


def _midnight(day: date) -> datetime:
    return local_midnight(day, ZoneInfo(settings.TIME_ZONE))


def _refused(grants: SubsidyGrantQuerySet) -> int:
    answered = SubsidyItem.objects.filter(grant__in=grants.order_by()).exclude(confirmed_minor=None)
    return _sum(answered, F("amount_minor") - F("confirmed_minor"))


def _sum(rows: Any, what: Any) -> int:
    return int(rows.order_by().aggregate(total=Coalesce(Sum(what), 0))["total"])


def _total(what: Any, which: Q) -> Any:
    return Coalesce(Sum(what, filter=which), 0)
