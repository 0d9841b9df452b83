"""Damage claims of a lease: the list, the form, and one with both words and the one thing to do next."""

from datetime import timedelta
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from leasing.actions import damage, mediators, moves, photos
from leasing.models import ConditionRecord, DamageClaim, InsurancePolicy, Lease, LeaseUnit
from leasing.rules.condition import Kind
from leasing.rules.damage import LONGEST_TEXT, TABLE, Act, State, offer_bounds
from leasing.rules.leases import BEGUN, OVER, Move, Side, Status, can
from leasing.web.damage_forms import MORE, ROWS, DamageForm, SumForm
from leasing.web.words import said
from marketplace.models import Organization
from marketplace.permissions import allowed, require
from marketplace.queries import acting_organization
from marketplace.shared import clock
from marketplace.shared.errors import DomainError, Invalid, NotPossible
from marketplace.shared.money import Money, format_money

KINDS = {
    State.RAISED: "idle",
    State.CONTESTED: "fault",
    State.ACCEPTED: "run",
    State.DECIDED: "run",
    State.WITHDRAWN: "off",
}
DONE = {
    Act.ACCEPT: gettext_lazy("Accepted. This sum is owed."),
    Act.CONTEST: gettext_lazy("Contested. What you concede stands; the rest is open."),
    Act.OFFER: gettext_lazy("Offered. The other side answers."),
    Act.REFER: gettext_lazy("The platform is asked to decide. Until then you can still agree."),
    Act.DECIDE: gettext_lazy("Decided. Both sides are told."),
    Act.WITHDRAW: gettext_lazy("Withdrawn. Nothing of it is owed."),
}
WITH_SUM = (Act.ACCEPT, Act.CONTEST, Act.OFFER, Act.DECIDE)
WITH_DIGEST = (Act.ACCEPT, Act.CONTEST)


@login_required
def listed(request: HttpRequest, public_id: str) -> HttpResponse:
    """List the damage claims of a lease, and what the two do not agree on."""
    lease = get_object_or_404(_leases(request).with_disputes(), public_id=public_id)
    found = list(lease.damage_claims.select_related("unit__equipment").order_by("-number"))
    context = {
        "lease": lease,
        "rows": [_row(one) for one in found],
        "disputed": _money(lease, lease.disputed_minor),
        "owed": _money(lease, sum(one.owed_minor for one in found)),
        "may_claim": _may_claim(request, lease),
    }
    return render(request, "leasing/damage_list.html", context)


@login_required
def new(request: HttpRequest, public_id: str) -> HttpResponse:
    """Claim, as the lessor, for what is broken or missing."""
    lease = get_object_or_404(_leases(request), public_id=public_id)
    row, organization = TABLE[Act.RAISE], acting_organization(request)
    rights = dict(moves.rights_of(lease=lease, move=row.move))
    require(request.user, rights[lease.lessor], within=lease.lessor)  # type: ignore[arg-type]
    typed = request.GET.get("rows", "")
    rows = int(typed) if typed.isdecimal() and len(typed) < 3 else ROWS
    first = timezone.localtime(clock.now(), lease.agreed.zone).date() + timedelta(days=7)
    form = DamageForm(
        request.POST or None, request.FILES or None, lease=lease, rows=rows, initial={"reply_day": first}
    )
    made = (
        _claimed(request, lease, form, organization) if request.method == "POST" and form.is_valid() else None
    )
    if made is not None:
        messages.success(request, _("Claimed. The lessee is told, and replies."))
        return redirect("lease-damage-claim", lease.public_id, made.public_id)
    context = {"lease": lease, "form": form, "more": form.count + MORE}
    return render(request, "leasing/damage_form.html", context)


@login_required
def shown(request: HttpRequest, public_id: str, item: str) -> HttpResponse:
    """Show what is claimed, what both sides say, and the one thing to do next."""
    found, organization = _found(request, public_id, item)
    side = mediators.side_of(lease=found.lease, within=organization)
    possible = _possible(request, found, organization, side)
    sum_ = found.asked_minor if side is Side.LESSEE else found.between.floor
    context = {
        "claim": found,
        "lease": found.lease,
        "zone": found.lease.terms["zone"],
        "kind": KINDS[State(found.state)],
        "headline": _headline(found),
        "items": [_item(found, one) for one in found.document["items"]],
        "policy": _policy(found),
        "sums": _sums(found),
        "words": [_word(found, one) for one in found.words.all()],
        "can": possible,
        "acts": any(possible[act] for act in (Act.ACCEPT, Act.CONTEST, Act.OFFER, Act.REFER, Act.DECIDE)),
        "accepts": found.money(sum_),
        "bounds": _bounds(found, side),
        "longest": LONGEST_TEXT,
    }
    return render(request, "leasing/damage_claim.html", context)


@require_POST
@login_required
def act(request: HttpRequest, public_id: str, item: str, act: str) -> HttpResponse:
    """Do one thing and come back; a refusal is said there."""
    found, organization = _found(request, public_id, item)
    name = Act(act)
    damage.require_side(lease=found.lease, act=name, within=organization, by=request.user)  # type: ignore[arg-type]
    given = _given(request, found, name)
    if given is None:
        messages.error(request, _("Type an amount with at most two decimals."))
        return redirect("lease-damage-claim", public_id, item)
    who = {"within": organization, "by": request.user, "at": clock.now()}
    try:
        getattr(damage, name)(claim=found, **given, **who)
    except (NotPossible, Invalid) as error:
        messages.error(request, said(error))
    else:
        messages.success(request, str(DONE[name]))
    return redirect("lease-damage-claim", public_id, item)


def part(shown: Lease) -> dict[str, Any]:
    """Return what the page of a lease shows of damage and settlement; without a query of its own."""
    if shown.status not in BEGUN:
        return {}
    disputed = _money(shown, getattr(shown, "disputed_minor", 0))
    return {"has_damage": True, "may_settle": shown.status in OVER, "disputed": disputed}


def _claimed(
    request: HttpRequest, lease: Lease, form: DamageForm, organization: Organization
) -> DamageClaim | None:
    """Keep photos and claim together, or neither; what is wrong stands in the form."""
    by, at, number = request.user, clock.now(), 0
    unit = get_object_or_404(
        lease.units.select_related("equipment", "lease__lessor", "lease__lessee"),
        public_id=form.cleaned_data["unit"],
    )
    before, after = _papers(unit)
    try:
        pictures = {}
        for number, data in form.uploads().items():
            pictures[number] = photos.read(data=data, pointer="/photo")
        with transaction.atomic():
            shots: dict[int, tuple[str, ...]] = {}
            for number, picture in pictures.items():
                kept = photos.put(lease=lease, picture=picture, by=by, within=lease.lessor, at=at)  # type: ignore[arg-type]
                shots[number] = (kept.public_id,)
            lines = form.lines()
            return damage.claim(
                unit=unit,
                items=[
                    form.item(line, photos=shots.get(line, ()), before=before, after=after) for line in lines
                ],
                reply_until=form.reply_until(),
                note=form.cleaned_data["note"],
                insurer_reference=form.cleaned_data["insurer_reference"],
                insurance_policy=form.cleaned_data["insurance_policy"],
                by=by,  # type: ignore[arg-type]
                within=organization,
                at=at,
            )
    except photos.PhotoInvalid as error:
        form.add_error(f"photo-{number}", said(error))
    except (NotPossible, Invalid) as error:
        _show(form, error)
    return None


def _show(form: DamageForm, error: DomainError) -> None:
    if error.flaws:
        form.show(error.flaws)
    else:
        form.add_error(None, said(error))


def _papers(unit: LeaseUnit) -> tuple[str, str]:
    """Return the newest record of the hand-over, and of the inspection or else the return; none: empty."""
    newest = {
        Kind(kind): public_id
        for kind, public_id in ConditionRecord.objects.filter(unit=unit)
        .order_by("pk")
        .values_list("kind", "public_id")
    }
    return newest.get(Kind.HANDOVER, ""), newest.get(Kind.INSPECTION) or newest.get(Kind.RETURN, "")


def _given(request: HttpRequest, found: DamageClaim, name: Act) -> dict[str, Any] | None:
    """Return what the act takes of what was typed; nothing if the sum is none."""
    given: dict[str, Any] = {"text": request.POST.get("text", "")}
    if name in WITH_DIGEST:
        given["digest"] = request.POST.get("digest", "")[:64]
    if name in WITH_SUM:
        form = SumForm(request.POST)
        if not form.is_valid():
            return None
        given["amount_minor"] = Money.of(form.cleaned_data["amount"], found.currency).minor
    return given


def _possible(
    request: HttpRequest, found: DamageClaim, organization: Organization, side: Side | None
) -> dict[str, bool]:
    """Tell which acts to offer; the actions ask again."""
    now, status = clock.now(), Status(found.lease.status)
    possible = damage.allowed_acts(claim=found, side=side, at=now)
    right = can(Move.CLAIM_DAMAGE, status) and any(
        organization == one and allowed(request.user, each, within=organization)  # type: ignore[arg-type]
        for one, each in moves.rights_of(
            lease=found.lease,
            move=Move.DECIDE_DAMAGE if side is Side.PLATFORM else Move.ANSWER_DAMAGE,
        )
    )
    return {str(name): right and name in possible for name in DONE}


def _bounds(found: DamageClaim, side: Side | None) -> dict[str, Any]:
    """Return between which sums the reader may offer, as text for the form."""
    if side is Side.PLATFORM:
        least, most = found.between.floor, found.asked_minor
    elif side is None:
        return {}
    else:
        least, most = offer_bounds(found.between, side)
    return {
        "least": format_money(found.money(least)),
        "most": format_money(found.money(most)),
        "possible": least <= most,
    }


def _headline(found: DamageClaim) -> str:
    """Say in one sentence how it stands."""
    lease = found.lease
    if found.referred_at is not None and found.is_open:
        return _("The platform is asked to decide between the two.")
    texts = {
        State.RAISED: _(
            "{lessee} accepts or contests it. Silence is not consent; then the platform may be asked."
        ),
        State.CONTESTED: _("{lessee} concedes part of it. Come nearer, or ask the platform to decide."),
        State.ACCEPTED: _("The two agree on the sum."),
        State.DECIDED: _("The platform has decided. Whoever does not accept that may go to court."),
        State.WITHDRAWN: _("{lessor} has withdrawn it. Nothing of it is owed."),
    }
    return texts[State(found.state)].format(lessee=lease.lessee.name, lessor=lease.lessor.name)


def _sums(found: DamageClaim) -> list[tuple[str, Money]]:
    """Return the sums that matter in its state."""
    rows: list[tuple[str, int | None]] = [
        (_("Claimed"), found.claimed_minor),
        (_("Asked now"), found.asked_minor if found.asked_minor != found.claimed_minor else None),
        (_("Conceded"), found.conceded_minor),
        (_("Disputed"), found.disputed_minor or None),
        (_("Owed"), found.awarded_minor),
    ]
    return [(label, found.money(minor)) for label, minor in rows if minor is not None]


def _item(found: DamageClaim, one: dict[str, Any]) -> dict[str, Any]:
    return one | {
        "cause": DamageClaim.Why(one["cause"]).label,
        "amount": found.money(one["amount_minor"]),
        "share": found.money(one["share_minor"]),
    }


def _policy(found: DamageClaim) -> str:
    """Say which insurance policy is named, if one is."""
    one = found.document.get("insurance_policy")
    return f"{InsurancePolicy.What(one['kind']).label} · {one['insurer']} {one['number']}" if one else ""


def _word(found: DamageClaim, one: Any) -> dict[str, Any]:
    what = one.get_act_display()
    if one.amount_minor is not None:
        what = f"{what}{_(': ')}{format_money(found.money(one.amount_minor))}"
    who = f"{one.person_name} · {one.organization_name}"
    return {"at": one.at, "who": who, "what": what, "why": one.text, "kind": "idle"}


def _row(one: DamageClaim) -> dict[str, Any]:
    return {
        "claim": one,
        "machine": one.unit.equipment.name,
        "asked": one.money(one.asked_minor),
        "owed": one.money(one.owed_minor),
        "kind": KINDS[State(one.state)],
        "items": [each["text"] for each in one.document["items"]],
    }


def _money(lease: Lease, minor: int) -> Money:
    return Money(minor, lease.agreed.price_plan.currency)


def _may_claim(request: HttpRequest, lease: Lease) -> bool:
    right = dict(moves.rights_of(lease=lease, move=Move.CLAIM_DAMAGE))[lease.lessor]
    possible = can(Move.CLAIM_DAMAGE, Status(lease.status)) and acting_organization(request) == lease.lessor
    return possible and allowed(request.user, right, within=lease.lessor)  # type: ignore[arg-type]


def _found(request: HttpRequest, public_id: str, item: str) -> tuple[DamageClaim, Organization]:
    mine = DamageClaim.objects.filter(
        lease__in=Lease.objects.visible_to(request.user),  # type: ignore[arg-type]
        lease__public_id=public_id,
    )
    found = get_object_or_404(mine.with_sides().prefetch_related("words"), public_id=item)
    return found, acting_organization(request)


def _leases(request: HttpRequest) -> Any:
    return Lease.objects.visible_to(request.user).with_parties()  # type: ignore[arg-type]
