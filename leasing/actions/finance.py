"""
Finance leases: the schedule is written down with the contract, and the register's entries as they are made.

An entry that is missing stops nothing: the lease is valid, and the lessor alone bears the risk. It is said.
"""

from datetime import date, datetime

from django.utils.translation import gettext_noop

from leasing.models import FinanceInstalment, FinanceLease, FinanceLicence, FinanceRegistration, Lease
from leasing.models.finance import TOLD_ONCE
from leasing.rules import finance as rules
from leasing.rules import finance_registrations as registrations
from leasing.rules.finance_registrations import Entry, Kind, State
from marketplace.actions import audit
from marketplace.actions.notifications import notify
from marketplace.gateway.transactions import atomic
from marketplace.models import User
from marketplace.permissions import Permission, require
from marketplace.rules.notifications import Kind as Told
from marketplace.shared.errors import Flaw, Invalid, NotPossible
from marketplace.shared.period import Period


class NoLicence(NotPossible):
    """Only a licensed company may be the lessor of a finance lease."""

    code = "no_finance_licence"
    text = gettext_noop(
        "{lessor} has no licence for finance leases that holds now, so this cannot be contracted."
    )


class NotFinanced(NotPossible):
    """The lease has no contract as a finance lease."""

    code = "not_financed"
    text = gettext_noop("Lease {number} is no finance lease under contract: nothing of it is registered.")


class RegistrationInvalid(Invalid):
    """Something in the entry is wrong; ``flaws`` say what, each at its field."""

    code = "finance_registration_invalid"
    text = gettext_noop("The entry cannot be recorded like this. Mend what is marked.")


def flaws(*, lease: Lease, finance: rules.Finance | None, period: Period, at: datetime) -> list[Flaw]:
    """Return what is wrong with an offer of a finance lease by the lessor of ``lease``; else none."""
    if finance is None or period.end is None:
        return []
    zone = lease.agreed.zone
    licence = FinanceLicence.objects.in_force(lease.lessor_id, at.astimezone(zone).date())
    return rules.flaws(
        finance,
        starts_on=period.start.astimezone(zone).date(),
        ends_on=period.end.astimezone(zone).date(),
        lessor=lease.lessor.name,
        is_licensed=licence is not None,
    )


def open(*, lease: Lease, at: datetime) -> FinanceLease | None:
    """
    Write down the schedule of a locked lease whose contract is drawn up; nothing if it is an operating lease.

    :raises NoLicence: if the lessor has no licence that holds
    """
    agreed = lease.agreed.finance
    if agreed is None:
        return None
    today = at.astimezone(lease.agreed.zone).date()
    licence = FinanceLicence.objects.in_force(lease.lessor_id, today)
    if licence is None:
        raise NoLicence(lessor=lease.lessor.name)
    made = FinanceLease.objects.create(
        lease=lease,
        licence=licence,
        principal_minor=agreed.principal.minor,
        currency=agreed.principal.currency,
        end=agreed.end,
        nominal_price_minor=agreed.nominal_price.minor,
        made_at=at,
    )
    FinanceInstalment.objects.bulk_create(
        FinanceInstalment(
            finance=made,
            number=one.number,
            due_on=one.due_on,
            principal_minor=one.principal,
            interest_minor=one.interest,
        )
        for one in agreed.schedule(lease.starts_at.astimezone(lease.agreed.zone).date())
    )
    facts, link = {"lease": lease.number, "who": lease.lessee.name}, f"/leases/{lease.public_id}/finance/"
    notify(kind=Told.FINANCE_TO_REGISTER, to=[lease.lessor], facts=facts, at=at, link=link)
    return made


@atomic
def register(
    *,
    lease: Lease,
    kind: Kind,
    number: str,
    on: date,
    by: User,
    at: datetime,
    expires_on: date | None = None,
    note: str = "",
) -> FinanceRegistration:
    """
    Record an entry of the unified registration system, by its number and the day on which it was made.

    ``expires_on`` is the last day on which the registration holds; a cancellation has none.

    :raises MissingRight: if ``by`` may not operate leases of the lessor
    :raises NotFinanced: if the lease has no contract as a finance lease
    :raises RegistrationInvalid: with every fault at its field
    """
    require(by, Permission.LEASE_OPERATE, within=lease.lessor)
    finance = _locked(lease)
    entry, before = Entry(Kind(kind), number.strip(), on, expires_on), finance.entries()
    found = registrations.flaws(entry, before=before, today=finance.day_of(at))
    if found:
        raise RegistrationInvalid(flaws=found)
    made = FinanceRegistration.objects.create(
        finance=finance,
        position=len(before) + 1,
        kind=entry.kind,
        number=entry.number,
        on=entry.on,
        expires_on=entry.expires_on,
        note=note.strip()[:500],
        made_by=by.public_id,
        made_by_name=by.name,
        made_at=at,
    )
    facts = {"kind": str(entry.kind), "number": entry.number, "on": str(on), "expires_on": str(expires_on)}
    audit.record(
        by=by, action="finance.register", subject=lease.public_id, at=at, within=lease.lessor, **facts
    )
    return made


@atomic
def remind(*, finance: FinanceLease, by: User, at: datetime) -> bool:
    """
    Tell the lessor that a registration ends within 30 days, once for each entry; return whether it was told.

    :raises MissingRight: if ``by`` may not operate leases of the lessor; the clock may
    """
    lease = finance.lease
    require(by, Permission.LEASE_OPERATE, within=lease.lessor)
    if finance.state_on(finance.day_of(at)) is not State.SOON:
        return False
    last = finance.registrations.latest("position")
    assert last.expires_on is not None, "only a cancelled one has no end"
    end = datetime.combine(last.expires_on, datetime.min.time(), lease.agreed.zone)
    told = notify(
        kind=Told.FINANCE_REGISTRATION_ENDS,
        to=[lease.lessor],
        facts={"lease": lease.number, "ends_at": end.isoformat()},
        at=at,
        link=f"/leases/{lease.public_id}/finance/",
        once=f"{TOLD_ONCE}{last.pk}",
    )
    return bool(told)


def _locked(lease: Lease) -> FinanceLease:
    """Lock the lease, so that entries are made one after the other, and return its schedule."""
    Lease.objects.locked().get(pk=lease.pk)
    finance = FinanceLease.objects.select_related("lease").filter(lease=lease).first()
    if finance is None:
        raise NotFinanced(number=lease.number)
    return finance
