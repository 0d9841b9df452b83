"""The page of a record: what was seen, beside what was seen at the hand-over, and the other side's word."""

from collections.abc import Mapping
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_POST

from leasing.actions import answers, moves, records
from leasing.gateway import papers
from leasing.models import ConditionRecord
from leasing.rules.checklists import checklist
from leasing.rules.condition import Acceptance, Kind, Result
from leasing.rules.leases import Move, Side, Status, can
from leasing.web import record_words, referrals
from leasing.web.handovers import ACCEPTANCES, RESULTS
from leasing.web.words import said
from marketplace.gateway.documents import MEDIA_TYPE
from marketplace.permissions import Permission, allowed
from marketplace.rules.pricing import words
from marketplace.shared import clock
from marketplace.shared.errors import Invalid, NotPossible

DONE = {
    Kind.HANDOVER: gettext_lazy("Confirmed. The use runs from the hand-over on."),
    Kind.RETURN: gettext_lazy("Confirmed. How the machine came back is settled between you."),
    Kind.INSPECTION: gettext_lazy("Accepted. The lessor repairs the machine or makes it ready."),
}
BACK_BY_LESSEE = {
    True: gettext_lazy("Confirmed. The machine is back: inspect it next."),
    False: gettext_lazy(
        "Objected. The machine is not back: it stands at the lessee's as before. Take it back when it comes."
    ),
}
OBJECTED = {
    Kind.HANDOVER: gettext_lazy("The lessor reads your objection and looks at the machine again."),
    Kind.RETURN: gettext_lazy("The lessor reads your objection. It stands beside the record."),
    Kind.INSPECTION: gettext_lazy("The lessor reads your objection. It stands beside the record."),
}


@login_required
def record(request: HttpRequest, public_id: str) -> HttpResponse:
    """Show and print a record: what was seen, by whom, and what the other side says to it."""
    found = get_object_or_404(_records(request), public_id=public_id)
    document, before = found.document, _before(found)
    context = {
        "record": found,
        "answer": records.answer_of(record=found),
        "lease": found.lease,
        "machine": found.unit.equipment,
        "rows": _rows(document, before),
        "paired": before is not None,
        "readings": [(_(words.METERS[one["meter"]]), one["value"]) for one in document["readings"]],
        "by_lessee": found.side == Side.LESSEE,
        "accessories": sorted(document["accessories"].items()),
        "acceptance": ACCEPTANCES[Acceptance(document["acceptance"])],
        "may_answer": _may_answer(request, found),
        "may_claim": _may_claim(request, found),
        "stands": found.kind != Kind.HANDOVER and found.answer_until <= clock.now(),
        **record_words.part(document),
        **referrals.part(request, found),
    }
    return render(request, "leasing/record.html", context)


@require_GET
@login_required
def record_file(request: HttpRequest, public_id: str) -> HttpResponse:
    """Give a record as a PDF file, in Chinese."""
    found = get_object_or_404(_records(request), public_id=public_id)
    name = f'inline; filename="{papers.record_file_name(found)}"'
    return HttpResponse(
        papers.record_pdf(found), content_type=MEDIA_TYPE, headers={"Content-Disposition": name}
    )


@require_POST
@login_required
def confirm(request: HttpRequest, public_id: str) -> HttpResponse:
    """Confirm the record that was shown, by its fingerprint; that of a hand-over begins the lease."""
    found, digest = get_object_or_404(_records(request), public_id=public_id), request.POST.get("digest", "")
    try:
        answers.confirm(record=found, digest=digest, by=request.user, at=clock.now())  # type: ignore[arg-type]
    except (NotPossible, Invalid) as error:
        messages.error(request, said(error))
        return redirect("record", public_id)
    by_lessee = found.side == Side.LESSEE
    messages.success(request, str(BACK_BY_LESSEE[True] if by_lessee else DONE[Kind(found.kind)]))
    return redirect("lease", found.lease.public_id)


@require_POST
@login_required
def object_to(request: HttpRequest, public_id: str) -> HttpResponse:
    """Object to the record that was shown, with a reason."""
    found = get_object_or_404(_records(request), public_id=public_id)
    given = {"digest": request.POST.get("digest", ""), "reason": request.POST.get("reason", "")[:2000]}
    try:
        answers.object_to(record=found, by=request.user, at=clock.now(), **given)  # type: ignore[arg-type]
    except (NotPossible, Invalid) as error:
        messages.error(request, said(error))
    else:
        by_lessee = found.side == Side.LESSEE
        messages.success(request, str(BACK_BY_LESSEE[False] if by_lessee else OBJECTED[Kind(found.kind)]))
    return redirect("record", public_id)


def seen_before(document: Mapping[str, Any] | None) -> dict[str, dict[str, Any]]:
    """Return by item what a record of a hand-over says, with its photo; nothing of no record."""
    if document is None:
        return {}
    shots = {shot["item"]: shot["photo"] for shot in document["photos"]}
    return {
        one["item"]: {
            "result": one["result"],
            "words": RESULTS[Result(one["result"])],
            "text": one["text"],
            "photo": shots.get(one["item"]),
        }
        for one in document["checklist"]
    }


def _rows(document: Mapping[str, Any], before: Mapping[str, Any] | None) -> list[dict[str, Any]]:
    items = {item.code: _(item.text) for item in checklist(document["family"])}
    seen, then = seen_before(document), seen_before(before)
    return [{"label": items.get(code, code), "before": then.get(code), **one} for code, one in seen.items()]


def _before(found: ConditionRecord) -> Mapping[str, Any] | None:
    """Return the document of the hand-over with which a later record is compared."""
    digest = found.document.get("handover")
    if not digest:
        return None
    handed = ConditionRecord.objects.filter(unit=found.unit, kind=Kind.HANDOVER, digest=digest).first()
    return handed.document if handed else None


def _records(request: HttpRequest) -> Any:
    return ConditionRecord.objects.visible_to(request.user).with_answers()  # type: ignore[arg-type]


def _may_claim(request: HttpRequest, found: ConditionRecord) -> bool:
    """Tell whether the reader may claim for what a record found; the action asks again."""
    lease = found.lease
    if found.kind == Kind.HANDOVER or not can(Move.CLAIM_DAMAGE, Status(lease.status)):
        return False
    rights = moves.rights_of(lease=lease, move=Move.CLAIM_DAMAGE)
    return any(allowed(request.user, right, within=side) for side, right in rights)  # type: ignore[arg-type]


def _may_answer(request: HttpRequest, found: ConditionRecord) -> bool:
    kind = Kind(found.kind)
    other = found.lease.other_party(found.side)
    may = allowed(request.user, Permission.LEASE_OPERATE, within=other)  # type: ignore[arg-type]
    in_time = kind == Kind.HANDOVER or clock.now() < found.answer_until
    open_still = records.answer_of(record=found) is None and can(
        answers.MOVES[kind], Status(found.lease.status)
    )
    newest = ConditionRecord.objects.latest_for(found.unit, kind)
    return may and in_time and open_still and newest == found
