"""Bills that people talk about: disputed, credited, corrected, objected to, and a run to approve."""

from datetime import timedelta
from typing import Any

from django.conf import settings

from billing.actions import (
    billing_modes,
    corrections,
    disputes,
    inspections,
    objections,
    provisional,
    red_letters,
    reviews,
    run_steps,
    runs,
    tax_invoices,
)
from billing.models import BillingMode, BillObjection, Inspection, Invoice, InvoiceRun, ReviewItem, TaxInvoice
from billing.queries import ended_periods
from billing.rules.corrections import NO_BRAKE, Brake
from billing.rules.red_letters import Reason, Use
from billing.rules.reviews import Verdict
from billing.rules.run_states import RunState
from billing.rules.tax_invoices import Kind
from config.demo.parties import People
from config.demo.shop import A_DAY, AN_HOUR, Shop
from leasing.models import Lease
from marketplace.actions.parties import robot
from marketplace.models import User

SELLER = "yuanlan"


def reject(shop: Shop, lease: Lease, *, day: int, parts: int, why: str, brake: Brake = NO_BRAKE) -> None:
    """Let both sides agree that parts of a billed day were scrap; the correction follows, or waits."""
    people, at = shop.people, shop.day(day + 4, 10)
    lessee = next(key for key, one in people.organizations.items() if one.pk == lease.lessee_id)
    sides = ((people.organizations[lessee], people.admins[lessee]), (lease.lessor, people.admins[SELLER]))
    local_day = shop.day(day, 12).astimezone(lease.agreed.zone).date()
    within, by = sides[0]
    about: dict[str, Any] = {"unit": lease.units.get(), "local_day": local_day, "rejected": parts}
    if not Inspection.objects.filter(unit__lease=lease).exists():
        inspections.report(reference=why, within=within, by=by, at=at, **about)
    for item in ReviewItem.objects.waiting().filter(unit__lease=lease):
        for hours, (within, by) in enumerate(sides, start=1):
            said: dict[str, Any] = {"within": within, "verdict": Verdict.DROP, "reason": why, "by": by}
            reviews.decide(item=item, at=at + hours * AN_HOUR, **said)
    invoice = Invoice.objects.filter(lease=lease, seller=lease.lessor, kind=Invoice.Kind.INVOICE).latest(
        "period_start"
    )
    corrections.correct(
        lease=lease, period=invoice.period, at=at + A_DAY, by=robot(name="clock"), brake=brake
    )


def record_official(invoice: Invoice, *, by: User) -> TaxInvoice:
    """Let the seller write down the official e-invoice that the bureau issued the day after ours."""
    assert invoice.issued_at is not None, "it is issued"
    at = invoice.issued_at + 10 * AN_HOUR
    on = at.astimezone(invoice.zone).date()
    number = f"{on.year % 100:02d}322{invoice.pk:015d}"
    given: dict[str, Any] = {
        "kind": Kind.SPECIAL,
        "number": number,
        "issued_on": on,
        "gross_minor": invoice.gross_minor,
    }
    return tax_invoices.record_typed(invoice=invoice, by=by, at=at, **given)


def apply_for_red(shop: Shop, lease: Lease, *, lessee: str) -> None:
    """Let the lessee, who has deducted the blue e-invoice, apply for the red letter of the note."""
    note = Invoice.objects.get(lease=lease, seller=lease.lessor, kind=Invoice.Kind.CREDIT_NOTE)
    if note.red_letters.exists():
        return
    buyer: dict[str, Any] = {
        "within": shop.people.organizations[lessee],
        "by": shop.people.admins[lessee],
        "at": shop.now - 6 * AN_HOUR,
    }
    blue = TaxInvoice.objects.get(invoice=note.corrects)
    red_letters.say_use(tax_invoice=blue, use=Use.DEDUCTED, **buyer)
    number = f"{shop.today.year}{note.pk:016d}"
    remark = "复检报告 0925 号，外径超差 36 件退回。"
    red_letters.apply(note=note, number=number, reason=Reason.RETURNED, remark=remark, **buyer)


def brake() -> Brake:
    """Return above what a correction waits for a person, as the clock knows it."""
    return Brake(**settings.CORRECTION_BRAKE)


def dispute(shop: Shop, invoice: Invoice, *, lessee: str) -> None:
    """Let the lessee dispute the base fee of an invoice; the seller has not answered."""
    line = invoice.lines.get(component="base")
    if line.disputes.exists():
        return
    disputes.dispute(
        line=line,
        reason="合同约定进场调试两天不计基本费，请核减。",
        within=shop.people.organizations[lessee],
        by=shop.people.admins[lessee],
        at=shop.day(-1, 15),
    )


def object_to(shop: Shop, lease: Lease, *, lessee: str) -> None:
    """Let the lessee object twice to a bill that is not issued: one objection is answered, one waits."""
    people, at = shop.people, shop.now
    provisional.notify_lessee(lease=lease, at=at, by=robot(name="clock"))
    side: dict[str, Any] = {"within": people.organizations[lessee], "by": people.admins[lessee], "at": at}
    if BillObjection.objects.filter(lease=lease).exists():
        return
    start = ended_periods(lease, at)[-1].start
    given: dict[str, Any] = {"lease": lease, "start": start, "seller": ""}
    reasons = BillObjection.Reason
    text = "按我们车间的流水卡，第三天只做了 350 件，请核对。"
    first = objections.raise_objection(component="parts", reason=reasons.USAGE, text=text, **given, **side)
    objections.answer(
        objection=first,
        agreed=False,
        effect="",
        source="",
        text="计数器读数逐刻钟可查，当天两个班共 402 件；流水卡未含夜班。",
        within=people.organizations[SELLER],
        by=people.admins[SELLER],
        at=at + timedelta(seconds=1),
    )
    text = "周三停电半天，机床不能用，基本费应扣半天。"
    objections.raise_objection(component="base", reason=reasons.DOWNTIME, text=text, **given, **side)


def is_ordered(people: People) -> bool:
    """Tell whether the run is there, which comes last of all stories."""
    found = InvoiceRun.objects.filter(organization=people.organizations[SELLER])
    return found.exclude(state=RunState.PREVIEWING).exists()


def order_run(shop: Shop) -> None:
    """Let the owner bill by approved runs from now on; the first one is previewed and waits for approval."""
    people, at, clock = shop.people, shop.now, robot(name="clock")
    owner, by = people.organizations[SELLER], people.admins[SELLER]
    billing_modes.choose(organization=owner, mode=BillingMode.Mode.REVIEWED, at=at, by=by)
    run = InvoiceRun.objects.filter(organization=owner).first() or runs.start(
        organization=owner, cut_off=shop.today, at=at, by=by
    )
    while run_steps.look(run=run, at=at, by=clock):
        pass
