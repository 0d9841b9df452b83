"""The settlement of a lease on one page: what is open, the statement, its answer, and the deposit."""

from decimal import Decimal, InvalidOperation
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from leasing.actions import deposits, mediators, settlements
from leasing.models import Deposit, DepositOrder, Lease, Settlement
from leasing.queries.settlements import facts_of, held_of, open_before_settlement
from leasing.rules import settlements as rules
from leasing.rules.deposits import Kind as Movement
from leasing.rules.leases import UNSETTLED, Side
from leasing.rules.settlements import SENTENCES, Kind, Open, State
from leasing.web.words import said
from marketplace.models import Organization
from marketplace.permissions import MissingRight, Permission, allowed, require
from marketplace.queries import acting_organization
from marketplace.shared import clock
from marketplace.shared.errors import Invalid, NotPossible
from marketplace.shared.money import Money

KINDS = {State.PROPOSED: "idle", State.REPLACED: "off", State.AGREED: "run", State.DECIDED: "run"}
DONE = {
    "propose": gettext_lazy("Proposed. The other side answers within seven days."),
    "agree": gettext_lazy("Agreed. The lease is settled."),
    "refer": gettext_lazy("The platform is asked to decide. Until then the other side may agree."),
    "decide": gettext_lazy("Decided. The lease is settled, and both sides are told."),
}


@login_required
def shown(request: HttpRequest, public_id: str) -> HttpResponse:
    """Show what is open before the settlement, the statement, and the one thing to do next."""
    lease = get_object_or_404(_leases(request), public_id=public_id)
    organization = acting_organization(request)
    side = mediators.side_of(lease=lease, within=organization)
    settles = lease.status in UNSETTLED
    open_ = open_before_settlement(lease, clock.now()) if settles else []
    last = lease.settlements.exclude(state=State.REPLACED).order_by("-number").first()
    document = last.document if last else (_computed(lease) if settles and not open_ else None)
    context = {
        "lease": lease,
        "settlement": last,
        "kind": KINDS[State(last.state)] if last else "",
        "open": [(_(one.flaw().text).format(**one.facts), _link(one, lease)) for one in open_],
        "lines": [_line(one, document["currency"]) for one in document["lines"]] if document else [],
        "sums": _sums(document) if document else [],
        "is_computed": document is not None,
        "can": _possible(request, lease, last, organization, side, ready=settles and not open_),
        **_deposit_part(request, lease, last, organization),
    }
    return render(request, "leasing/settlement.html", context)


@require_POST
@login_required
def act(request: HttpRequest, public_id: str, act: str) -> HttpResponse:
    """Do one thing about the settlement and come back; a refusal is said there."""
    lease = get_object_or_404(_leases(request), public_id=public_id)
    within = acting_organization(request)
    settlements.require_side(lease=lease, within=within, by=request.user, decides=act == "decide")  # type: ignore[arg-type]
    who: dict[str, Any] = {"by": request.user, "within": within, "at": clock.now()}
    try:
        _do(request, lease, act, who)
    except (NotPossible, Invalid) as error:
        messages.error(request, said(error))
    except InvalidOperation:
        messages.error(request, _("Type an amount with at most two decimals."))
    else:
        messages.success(request, str(DONE[act]))
    return redirect("lease-settlement", public_id)


@require_POST
@login_required
def order(request: HttpRequest, public_id: str) -> HttpResponse:
    """Order that part of the deposit is given back or set off."""
    lease, deposit = _deposit(request, public_id)
    require(request.user, Permission.LEASE_DECIDE, within=lease.lessor)  # type: ignore[arg-type]
    by, at, kind = request.user, clock.now(), request.POST.get("kind", "")
    if kind not in {Movement.RELEASE, Movement.SET_OFF}:
        messages.error(request, _("Choose what is to be done with the deposit."))
        return redirect("lease-settlement", lease.public_id)
    make = settlements.order_set_off if kind == Movement.SET_OFF else deposits.order
    try:
        amount = _minor(request.POST.get("amount", ""), deposit.currency)
        reason = request.POST.get("reason", "")[:500]
        make(deposit=deposit, amount_minor=amount, reason=reason, by=by, at=at)  # type: ignore[arg-type]
    except (NotPossible, Invalid) as error:
        messages.error(request, said(error))
    except InvalidOperation:
        messages.error(request, _("Type an amount with at most two decimals."))
    else:
        messages.success(request, _("Ordered. A second person approves it."))
    return redirect("lease-settlement", lease.public_id)


@require_POST
@login_required
def decide_order(request: HttpRequest, public_id: str, item: str, verb: str) -> HttpResponse:
    """Approve an order as a second person, or drop it."""
    lease, deposit = _deposit(request, public_id)
    found = get_object_or_404(deposit.orders.all(), public_id=item)
    found.deposit = deposit
    try:
        {"approve": deposits.approve, "drop": deposits.drop}[verb](
            order=found,
            by=request.user,  # type: ignore[arg-type]
            at=clock.now(),
        )
    except (NotPossible, deposits.SamePerson) as error:
        messages.error(request, said(error))
    else:
        messages.success(request, _("Done."))
    return redirect("lease-settlement", lease.public_id)


def _do(request: HttpRequest, lease: Lease, act: str, who: dict[str, Any]) -> None:
    typed, text = request.POST, request.POST.get("text", "")
    if act == "propose":
        settlements.propose(lease=lease, settled_at=_settled_at(request, lease), text=text, **who)
        return
    found = get_object_or_404(lease.settlements.all(), public_id=typed.get("settlement", ""))
    found.lease = lease
    if act == "agree":
        settlements.agree(settlement=found, digest=typed.get("digest", ""), **who)
    elif act == "refer":
        settlements.refer(settlement=found, text=text, **who)
    else:
        settlements.decide(settlement=found, settled_at=_settled_at(request, lease), text=text, **who)


def _settled_at(request: HttpRequest, lease: Lease) -> dict[str, int]:
    """Return the lines that are to be settled at another sum than they say; an empty field changes none."""
    currency, found = lease.agreed.price_plan.currency, {}
    for fact in facts_of(lease):
        typed = request.POST.get(f"at-{fact.source}", "").strip()
        if fact.amount_minor is not None and typed:
            minor = _minor(typed, currency)
            if minor != fact.amount_minor:
                found[fact.source] = minor
    return found


def _minor(typed: str, currency: str) -> int:
    """
    Return what was typed in minor units.

    :raises InvalidOperation: if it is no amount
    """
    amount = Decimal(typed.strip())
    exponent = amount.as_tuple().exponent
    if not isinstance(exponent, int) or exponent < -2 or amount.adjusted() > 13:
        raise InvalidOperation
    return Money.of(amount, currency).minor


def _computed(lease: Lease) -> dict[str, Any]:
    """Return the statement as it would be proposed now."""
    return rules.statement(
        lease=lease.public_id,
        currency=lease.agreed.price_plan.currency,
        facts=facts_of(lease),
        held=held_of(lease),
    )


def _link(one: Open, lease: Lease) -> str:
    """Return where what is open is done."""
    kind, name = one.pointer.strip("/").split("/")
    pages = {"tickets": f"/tickets/{name}/", "damage_claims": f"/leases/{lease.public_id}/damage/"}
    return pages.get(kind, f"/leases/{lease.public_id}/")


def _line(line: dict[str, Any], currency: str) -> dict[str, Any]:
    sentence = _(SENTENCES[Kind(line["kind"])]).format(**line["facts"])
    if line["amount_minor"] is None:
        return {
            "sentence": sentence,
            "source": line["source"],
            "by_invoice": line["by_invoice"],
            "free": True,
        }
    amount, settled = Money(line["amount_minor"], currency), Money(line["settled_minor"], currency)
    return {
        "sentence": sentence,
        "source": line["source"],
        "amount": amount,
        "settled": settled,
        "less": settled != amount,
    }


def _sums(document: dict[str, Any]) -> list[tuple[str, Money]]:
    deposit, currency = document["deposit"], document["currency"]
    rows = (
        (_("The lessee owes beside the rent"), document["owed_minor"]),
        (_("Set off against the deposit"), deposit["set_off_minor"]),
        (_("Left to pay"), document["balance_minor"]),
        (_("Deposit to give back"), deposit["give_back_minor"]),
    )
    return [(label, Money(minor, currency)) for label, minor in rows]


def _possible(
    request: HttpRequest,
    lease: Lease,
    last: Settlement | None,
    organization: Organization,
    side: Side | None,
    *,
    ready: bool,
) -> dict[str, bool]:
    """Tell what to offer as buttons; the actions ask again."""
    right = Permission.LEASE_DECIDE if side is Side.PLATFORM else Permission.LEASE_END
    may = ready and side is not None and allowed(request.user, right, within=organization)  # type: ignore[arg-type]
    two, waits = side in (Side.LESSOR, Side.LESSEE), last is not None and last.state == State.PROPOSED
    referred = last is not None and last.referred_at is not None
    refers = may and two and waits and not referred and mediators.can_mediate(lease=lease)
    other = last is not None and last.side != side
    late = last is not None and last.answer_by <= clock.now()
    return {
        "propose": may and two and not referred,
        "agree": may and two and waits and other,
        "refer": refers and (other or late),
        "decide": may and side is Side.PLATFORM and waits and referred,
    }


def _deposit_part(
    request: HttpRequest, lease: Lease, last: Settlement | None, organization: Organization
) -> dict[str, Any]:
    """Return what the page shows of the deposit; the orders are the lessor's to see."""
    held = getattr(lease, "held_deposit", None)
    if held is None or not deposits.shows_orders(lease=lease, within=organization):
        return {"held": held}
    held.lease = lease
    orders = list(held.orders.filter(stage=DepositOrder.Stage.OPEN))
    for one in orders:
        one.deposit = held
    mine = organization == lease.lessor
    decides = mine and allowed(request.user, Permission.LEASE_DECIDE, within=lease.lessor)  # type: ignore[arg-type]
    approves = mine and allowed(request.user, Permission.INVOICE_RUN, within=lease.lessor)  # type: ignore[arg-type]
    agreed = last.set_off_minor if last is not None and last.state in rules.FINAL else 0
    left = rules.set_off_left(
        agreed, held.set_off_minor, [one.amount_minor for one in orders if one.kind == Movement.SET_OFF]
    )
    free = held.held_minor - sum(one.amount_minor for one in orders)
    return {
        "held": held,
        "orders": orders,
        "may_order": decides and free > 0,
        "may_approve": approves,
        "may_drop": decides,
        "set_off_left": held.money(left) if left > 0 else None,
        "free": held.money(free),
    }


def _deposit(request: HttpRequest, public_id: str) -> tuple[Lease, Deposit]:
    lease = get_object_or_404(_leases(request), public_id=public_id)
    if acting_organization(request) != lease.lessor:
        raise MissingRight(organization=lease.lessor.name)
    deposit = get_object_or_404(Deposit, lease=lease)
    deposit.lease = lease
    return lease, deposit


def _leases(request: HttpRequest) -> Any:
    return Lease.objects.visible_to(request.user).with_parties()  # type: ignore[arg-type]
