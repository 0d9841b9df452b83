"""Bill many leases at once: what one of them lacks stops none of the others, and is told at the end."""

import logging
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import ClassVar

from django.db import DatabaseError, transaction
from django.utils.translation import gettext_noop

from billing.actions import batch_rows, invoices, metering
from billing.actions.batch_rows import Paper
from billing.models import BillingFailure, BillObjection
from billing.queries import (
    begun_otherwise,
    charge_of,
    counted_of,
    facts_in,
    late_periods,
    recorded_among,
    unbilled_of,
    units_to_meter,
)
from billing.queries.sellers import TaxDesk, seller_of
from billing.rules.counted import Counted
from billing.rules.drafting import drafts, tax_day
from billing.rules.facts import Recorded
from leasing.models import Lease, LeaseUnit
from marketplace.gateway.transactions import atomic
from marketplace.models import Organization, User
from marketplace.permissions import Permission, allowed, require
from marketplace.rules.pricing.lines import OWNER
from marketplace.shared.errors import DomainError
from marketplace.shared.period import Period

# Of an error that is no refusal people are told no more than that; the log has it whole.
UNEXPECTED = "billing_failed"
UNEXPECTED_TEXT = gettext_noop(
    "This lease could not be billed to its end. Operators find the reason in the log."
)
logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Failure:
    """Why a lease was not billed: ``code`` for programs, ``text`` an English msgid filled with ``facts``."""

    lease: int
    code: str
    text: str
    facts: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Outcome:
    """
    What came of a batch: the keys of the invoices that were issued, by lease, and what could not be billed.

    A lease without anything to bill stands in neither; one that failed in its second period stands in both.
    """

    issued: dict[int, list[int]] = field(default_factory=dict)
    failures: list[Failure] = field(default_factory=list)

    ends_all: ClassVar[tuple[type[Exception], ...]] = ()

    @property
    def invoices(self) -> list[int]:
        """The keys of all invoices that were issued, in the order of their leases."""
        return [one for _, found in sorted(self.issued.items()) for one in found]

    @property
    def failed(self) -> set[int]:
        """The keys of the leases that could not be billed."""
        return {failure.lease for failure in self.failures}

    @contextmanager
    def only(self, lease: int) -> Iterator[None]:
        """Let whatever is refused or breaks inside be a failure of this lease alone."""
        try:
            yield
        except DomainError as error:
            facts = {name: str(fact) for name, fact in error.facts.items()}
            self.failures.append(Failure(lease, error.code, error.text, facts))
        except self.ends_all:
            raise
        except Exception:
            logger.exception("lease %s is not billed", lease)
            self.failures.append(Failure(lease, UNEXPECTED, UNEXPECTED_TEXT))


def bill(*, leases: Sequence[Lease | int], at: datetime, by: User) -> Outcome:
    """
    Meter, draft and issue what many leases owe, as :func:`billing.actions.invoices.bill` does one by one.

    What can be issued at once is written in one transaction, which holds the leases in the order of their
    keys. What was begun otherwise (a draft, a late service, a right that is missing for one seller) goes its
    single steps behind it, and so does everything if the transaction breaks. A refusal, of a missing right
    too, is a failure of its lease. Doing it again issues nothing more, and after a crash the rest.
    """
    outcome = Outcome()
    keys = {one if isinstance(one, int) else one.pk for one in leases}
    mine: dict[int, Lease] = {}
    for lease in Lease.objects.filter(pk__in=keys).select_related("lessor", "lessee").order_by("pk"):
        with outcome.only(lease.pk):
            require(by, Permission.INVOICE_RUN, within=lease.lessor)
            mine[lease.pk] = lease
            assert lease.agreed  # terms that cannot be read stop this lease alone
    mine = {key: lease for key, lease in mine.items() if key not in outcome.failed}
    due = unbilled_of(mine.values(), at)
    _meter(outcome, due, at=at, by=by)
    alone = _late(outcome, mine) | begun_otherwise(due)
    together = {key: mine[key] for key in due if key not in alone | outcome.failed}
    try:
        written = _write(together, at=at, by=by)
    except Exception:
        logger.exception("%s leases are billed one by one", len(together))
        alone |= set(together)
    else:
        outcome.issued.update(written.issued)
        outcome.failures.extend(written.failures)
        alone |= written.alone
    for key in sorted(alone - outcome.failed):
        with outcome.only(key):
            made = invoices.bill(lease=mine[key], at=at, by=by)
            if made:
                outcome.issued.setdefault(key, []).extend(one.pk for one in made)
    return outcome


def bill_and_keep(*, leases: Sequence[Lease | int], at: datetime, by: User) -> Outcome:
    """
    Bill as :func:`bill` does, and keep of each lease why it could not be billed until it is.

    Refusals are failures, as there.
    """
    outcome = bill(leases=leases, at=at, by=by)
    keys = {one if isinstance(one, int) else one.pk for one in leases}
    with transaction.atomic():
        BillingFailure.objects.filter(lease__in=keys - outcome.failed).delete()
        known = BillingFailure.objects.filter(lease__in=outcome.failed).order_by("lease").select_for_update()
        before = {row.lease_id: row for row in known}
        for failure in sorted(outcome.failures, key=lambda one: one.lease):
            row = before.get(failure.lease) or BillingFailure(lease_id=failure.lease, first_at=at, times=0)
            row.code, row.text, row.facts = failure.code, failure.text, dict(failure.facts)
            row.last_at, row.times = max(at, row.first_at), row.times + 1
            row.save()
    return outcome


@atomic
def forget(*, due: Collection[int]) -> int:
    """
    Forget of all leases but those that may be ``due`` why they could not be billed; return of how many.

    Somebody billed them otherwise, or nothing is owed any more.
    """
    kept = BillingFailure.objects.order_by("lease").values_list("lease", flat=True)
    gone = set(kept) - set(due)
    BillingFailure.objects.filter(lease__in=gone).delete()
    return len(gone)


def _with_sides(found: Iterable[Lease]) -> list[Lease]:
    """Return leases with their two sides; an organization is read once, and is one object for all of them."""
    leases = list(found)
    wanted = {key for lease in leases for key in (lease.lessor_id, lease.lessee_id)}
    sides = Organization.objects.in_bulk(wanted)
    for lease in leases:
        lease.lessor, lease.lessee = sides[lease.lessor_id], sides[lease.lessee_id]
    return leases


def _meter(outcome: Outcome, due: Collection[int], *, at: datetime, by: User) -> None:
    """Meter the units of which something is new; a unit of which nothing is would be left as it is."""
    units = LeaseUnit.objects.filter(pk__in=units_to_meter(at, leases=due)) if due else ()
    for unit in units:
        with outcome.only(unit.lease_id):
            metering.meter_unit(unit=unit, at=at, by=by)


def _late(outcome: Outcome, leases: Mapping[int, Lease]) -> set[int]:
    """Return the leases in whose billed periods somebody still sells something."""
    found = set()
    for key in sorted(recorded_among(leases)):
        with outcome.only(key):
            found |= {key} if late_periods(leases[key]) else set()
    return found


@dataclass(frozen=True)
class _Written(Outcome):
    """
    What came of the transaction; ``alone`` are leases that go their single steps.

    What the database refuses ends the transaction, so it is no failure of one lease alone.
    """

    alone: set[int] = field(default_factory=set)

    ends_all: ClassVar[tuple[type[Exception], ...]] = (DatabaseError,)


@atomic
def _write(seen: Mapping[int, Lease], *, at: datetime, by: User) -> _Written:
    """Issue what leases owe, under their locks, as they are now; one that cannot be priced is left out."""
    written = _Written()
    leases = _with_sides(Lease.objects.locked().filter(pk__in=seen).defer("terms"))
    for lease in leases:
        if lease.terms_digest == seen[lease.pk].terms_digest:
            lease.agreed = seen[lease.pk].agreed  # read once
    due = unbilled_of(leases, at)
    written.alone.update(begun_otherwise(due))  # somebody may have drafted meanwhile
    objected = BillObjection.objects.open().filter(lease__in=due).values_list("lease", flat=True)
    written.alone.update(objected)  # what is objected to is frozen in single steps
    recorded, desk = recorded_among(due), _Desk(by, TaxDesk.of(leases))
    wanted = [(lease, period) for lease in leases for period in due.get(lease.pk, ())]
    counted = counted_of([(lease.pk, period, lease.agreed.zone) for lease, period in wanted])
    papers: list[Paper] = []
    for (lease, period), used in zip(wanted, counted, strict=True):
        key = lease.pk
        if key in written.alone | written.failed:
            continue
        with written.only(key):
            facts = facts_in(lease, period) if key in recorded else []
            found = desk.papers(lease, period, used, facts)
            if all(desk.may_issue(paper.seller) for paper in found):
                papers += found
            else:
                written.alone.add(key)
    batch_rows.write(papers=papers, at=at, by=by)
    for paper in papers:
        written.issued.setdefault(paper.lease.pk, []).append(paper.invoice.pk)
    return written


@dataclass
class _Desk:
    """Where leases are priced one after the other; who sells is looked up once."""

    by: User
    taxed: TaxDesk
    sellers: dict[str, Organization] = field(default_factory=dict)
    rights: dict[int, bool] = field(default_factory=dict)

    def papers(
        self, lease: Lease, period: Period, counted: Counted, facts: Sequence[Recorded]
    ) -> list[Paper]:
        """Price a period of a lease, and return an invoice for each who sells something in it."""
        charge = charge_of(lease, period, counted, final=True, facts=facts)
        on = tax_day(period, lease.agreed.zone)
        taxes = self.taxed.taxes(lease, charge.sellers(), on)
        return [
            Paper(lease, period, self._seller(part.seller, lease), part, counted, facts)
            for part in drafts(charge, on=on, taxes=taxes)
        ]

    def may_issue(self, seller: Organization) -> bool:
        """Tell whether invoices of a seller may be issued here."""
        if seller.pk not in self.rights:
            self.rights[seller.pk] = allowed(self.by, Permission.INVOICE_RUN, within=seller)
        return self.rights[seller.pk]

    def _seller(self, name: str, lease: Lease) -> Organization:
        if name == OWNER:
            return lease.lessor
        if name not in self.sellers:
            self.sellers[name] = seller_of(name=name, lease=lease)
        return self.sellers[name]
