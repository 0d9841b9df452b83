"""What the page of a record shows and does of a return that lies, or may lie, before the platform."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from leasing.actions import mediators, moves, referrals
from leasing.models import ConditionRecord, ReferralWord
from leasing.rules.condition import Kind
from leasing.rules.leases import Status, can
from leasing.rules.referrals import LONGEST_TEXT, MOST_EVIDENCE, TABLE, Act, State
from leasing.web.words import said
from marketplace.permissions import allowed
from marketplace.queries import acting_organization
from marketplace.shared import clock
from marketplace.shared.errors import Invalid, NotPossible

DONE = {
    Act.REFER: gettext_lazy("The platform is asked to decide. Both sides wait with another record."),
    Act.WITHDRAW: gettext_lazy("Taken back. The record stands as it did before."),
    Act.DECIDE: gettext_lazy("Decided. Both sides are told."),
}
KINDS = {State.REFERRED: "idle", State.STANDS: "run", State.FALLS: "fault"}
LABELS = {
    State.REFERRED: gettext_lazy("before the platform"),
    State.STANDS: gettext_lazy("stands: the platform has decided"),
    State.FALLS: gettext_lazy("does not stand: the platform has decided"),
}


@require_POST
@login_required
def act(request: HttpRequest, public_id: str, act: str) -> HttpResponse:
    """Ask the platform, take that back, or decide; a refusal is said on the page of the record."""
    visible = ConditionRecord.objects.visible_to(request.user).with_answers()  # type: ignore[arg-type]
    found, name = get_object_or_404(visible, public_id=public_id), Act(act)
    given = _given(request, name)
    if given is None:
        messages.error(request, _("Say whether the record stands."))
        return redirect("record", public_id)
    who = {"by": request.user, "within": acting_organization(request), "at": clock.now()}
    try:
        getattr(referrals, name)(record=found, **given, **who)
    except (NotPossible, Invalid) as error:
        messages.error(request, said(error))
    else:
        messages.success(request, str(DONE[name]))
    return redirect("record", public_id)


def badge(found: ConditionRecord) -> dict[str, Any]:
    """Return how a record stands before the platform, for its badge; nothing if it never lay there."""
    state = found.referral_state
    return {"state": state, "label": LABELS[state], "kind": KINDS[state]} if state in LABELS else {}


def part(request: HttpRequest, found: ConditionRecord) -> dict[str, Any]:
    """Return what the page of a record shows of the platform's part, and what the reader can do about it."""
    if found.kind != Kind.RETURN:
        return {}
    possible = _possible(request, found)
    words = list(found.referral_words.all())
    return {
        "referral": badge(found),
        "referral_words": [_word(one) for one in words],
        "referral_evidence": [one for word in words for one in _links(word)],
        "referral_can": possible,
        "referral_papers": _papers(found) if possible else [],
        "longest": LONGEST_TEXT,
    }


def _given(request: HttpRequest, name: Act) -> dict[str, Any] | None:
    """Return what the act takes of what was typed; nothing if it is not said whether the record stands."""
    given: dict[str, Any] = {"text": request.POST.get("text", "")}
    if name is not Act.WITHDRAW:
        given["evidence"] = request.POST.getlist("evidence")[: MOST_EVIDENCE + 1]
    if name is Act.DECIDE:
        stands = request.POST.get("stands", "")
        if stands not in ("yes", "no"):
            return None
        given["stands"] = stands == "yes"
    return given


def _possible(request: HttpRequest, found: ConditionRecord) -> dict[str, bool]:
    """Tell which acts to offer; the actions ask again."""
    within, lease = acting_organization(request), found.lease
    side = mediators.side_of(lease=lease, within=within)
    possible = referrals.allowed_acts(record=found, side=side)
    rights = {name: dict(moves.rights_of(lease=lease, move=TABLE[name].move)) for name in possible}
    return {
        str(name): True
        for name in possible
        if can(TABLE[name].move, Status(lease.status))
        and within in rights[name]
        and allowed(request.user, rights[name][within], within=within)  # type: ignore[arg-type]
    }


def _word(one: ReferralWord) -> dict[str, Any]:
    who = f"{one.person_name} · {one.organization_name}"
    return {"at": one.at, "who": who, "what": one.what, "why": one.text, "kind": "idle"}


def _links(word: ReferralWord) -> list[dict[str, Any]]:
    return [{"id": one["id"], "is_record": one["id"].startswith("rec_")} for one in word.evidence]


def _papers(found: ConditionRecord) -> list[dict[str, Any]]:
    """Return what can be named as evidence on the page: other records of the machine, and all photos."""
    known = ConditionRecord.objects.filter(unit=found.unit_id).order_by("pk")
    zone = found.lease.agreed.zone
    papers: list[dict[str, Any]] = []
    for one in known:
        label = f"{one.get_kind_display()} {one.number} · {one.happened_at.astimezone(zone):%Y-%m-%d %H:%M}"
        if one.pk != found.pk:
            papers.append({"id": one.public_id, "label": label, "photo": False})
        papers += [{"id": shot["photo"], "label": label, "photo": True} for shot in one.document["photos"]]
    return papers[:MOST_EVIDENCE]
