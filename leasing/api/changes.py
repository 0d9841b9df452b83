"""Changes of a running lease over REST: annexes, notice, suspension, default, termination, loss."""

from typing import Any

from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import Serializer

from leasing.actions import annex_approvals, annexes, early_ends, terminations
from leasing.api.serializers import LeaseOut
from leasing.models import Annex, DefaultNotice, Lease, Suspension
from leasing.rules.leases import Move, Side
from leasing.rules.terminations import Ground
from marketplace.gateway.fields import DateTimeField
from marketplace.models import Organization
from marketplace.permissions import MissingRight, Permission, require
from marketplace.queries import acting_organization
from marketplace.shared import clock

WHOLE: dict[str, Any] = {"filterset_class": None, "pagination_class": None}
NUMBER = "(?P<number>[0-9]{1,4})"


class AnnexOut(serializers.ModelSerializer[Annex]):
    """A change of a lease; ``digest`` is the SHA-256 of ``document`` in canonical JSON: it is accepted by."""

    id = serializers.CharField(source="public_id", read_only=True)
    document = serializers.DictField(read_only=True)
    data_notice = serializers.CharField(source="notice.digest", default="", read_only=True)

    class Meta:
        model = Annex
        fields = (
            "id",
            "number",
            "kind",
            "side",
            "state",
            "document",
            "digest",
            "data_notice",
            "valid_until",
            "effective_from",
            "made_by_name",
            "made_at",
            "decided_at",
            "reason",
        )
        read_only_fields = fields


class AnnexIn(serializers.Serializer[Any]):
    """
    What is to change; machines by their ids, ``swap`` as pairs of the one that goes and the one that comes.

    ``price_minor`` (before tax) and ``title`` are those of a sale. ``price_plan`` is the agreed plan, whole,
    with other numbers: it holds for the billing periods that begin at ``effective_from`` or later.
    """

    kind = serializers.ChoiceField(choices=Annex.About.choices)
    valid_until = DateTimeField()
    ends_at = DateTimeField(required=False)
    effective_from = DateTimeField(required=False)
    add = serializers.ListField(child=serializers.CharField(max_length=30), required=False, max_length=50)
    release = serializers.ListField(child=serializers.CharField(max_length=30), required=False, max_length=50)
    swap = serializers.ListField(
        child=serializers.ListField(child=serializers.CharField(max_length=30), min_length=2, max_length=2),
        required=False,
        max_length=50,
    )
    price_minor = serializers.IntegerField(min_value=0, max_value=10**15, required=False)
    title = serializers.CharField(max_length=500, required=False, allow_blank=True)
    price_plan = serializers.DictField(required=False)
    note = serializers.CharField(max_length=4000, required=False, allow_blank=True)


class LeaseSeenIn(serializers.Serializer[Any]):
    """What is accepted, by its digest."""

    digest = serializers.CharField(max_length=64)


class WhyIn(serializers.Serializer[Any]):
    """Why, in words."""

    reason = serializers.CharField(max_length=2000, required=False, allow_blank=True, default="")


class EarlyEndIn(serializers.Serializer[Any]):
    """The end that is asked for."""

    ends_at = DateTimeField()


class LeaseNoticeIn(EarlyEndIn, WhyIn):
    """The end that is asked for; with ``fee_minor``, for the fee that was shown or not at all."""

    fee_minor = serializers.IntegerField(min_value=0, required=False)


class EarlyEndOut(serializers.Serializer[Any]):
    """What an early end costs, before tax: the fixed rent of ``fee_days``."""

    ends_at = DateTimeField()
    fee_days = serializers.IntegerField()
    fee_minor = serializers.IntegerField()
    currency = serializers.CharField()


class LeaseSuspendIn(WhyIn):
    """Why the lease stands still."""

    cause = serializers.ChoiceField(choices=Suspension.Why.choices)


class LeaseSuspensionOut(serializers.ModelSerializer[Suspension]):
    """A time in which the lease stood still."""

    id = serializers.CharField(source="public_id", read_only=True)

    class Meta:
        model = Suspension
        fields = ("id", "cause", "treatment", "started_at", "ended_at", "days_added", "days_credited")
        read_only_fields = fields


class DefaultNoticeIn(serializers.Serializer[Any]):
    """What the other side does not keep, and until when it may cure that."""

    text = serializers.CharField(max_length=4000, allow_blank=True)
    cure_until = DateTimeField()


class DefaultNoticeOut(serializers.ModelSerializer[DefaultNotice]):
    """A notice of default; while ``cured_at`` is empty the lease is in default."""

    id = serializers.CharField(source="public_id", read_only=True)

    class Meta:
        model = DefaultNotice
        fields = ("id", "side", "text", "given_at", "given_by_name", "cure_until", "cured_at")
        read_only_fields = fields


class TerminateIn(serializers.Serializer[Any]):
    """Why the lease is terminated; ``evidence`` are SHA-256 of what proves it."""

    ground = serializers.ChoiceField(choices=[each.value for each in Ground])
    reason = serializers.CharField(max_length=2000)
    evidence = serializers.ListField(
        child=serializers.RegexField("^[0-9a-f]{64}$"), required=False, max_length=20
    )


class LossIn(WhyIn):
    """
    The case of police or insurer, and the value of the machine before tax on its basis.

    ``unit`` is the machine, where the lease is over and several did not come back.
    """

    case = serializers.CharField(max_length=200)
    value_basis = serializers.CharField(max_length=200)
    value_minor = serializers.IntegerField(min_value=0, max_value=10**15)
    unit = serializers.CharField(max_length=30, required=False)
    evidence = serializers.ListField(
        child=serializers.RegexField("^[0-9a-f]{64}$"), required=False, max_length=20
    )


def described(summary: str, given: Any, made: Any, code: int = 200, methods: Any = None) -> Any:
    """Describe one operation for the description of the interface."""
    return extend_schema(
        tags=["leases"], summary=summary, request=given, responses={code: made}, methods=methods
    )


class ChangeActions:
    """What changes a running lease, as sub-resources of it."""

    @described("Its changes", None, AnnexOut(many=True), methods=["GET"])
    @described("Propose a change", AnnexIn, AnnexOut, 201, methods=["POST"])
    @action(detail=True, methods=["get", "post"], **WHOLE)
    def annexes(self, request: Request, public_id: str) -> Response:
        """List the changes of a lease, or propose one."""
        lease: Lease = self.get_object()  # type: ignore[attr-defined]
        if request.method == "POST":
            within = _side(request, lease)
            made = annexes.propose(lease=lease, within=within, **_read(request, AnnexIn), **_who(request))
            return Response(AnnexOut(made).data, status=status.HTTP_201_CREATED)
        found = lease.annexes.select_related("notice").order_by("number")
        return Response({"data": AnnexOut(found, many=True).data})

    @described("Accept a change", LeaseSeenIn, AnnexOut)
    @action(detail=True, methods=["post"], url_path=f"annexes/{NUMBER}/accept", **WHOLE)
    def accept_annex(self, request: Request, public_id: str, number: str) -> Response:
        """Accept what the other side proposed, by its digest."""
        found = self._annex(number)
        _answers(request, found.answers)
        return _annex_out(annexes.accept(annex=found, **_read(request, LeaseSeenIn), **_who(request)))

    @described("Accept the data notice of a change", LeaseSeenIn, AnnexOut)
    @action(detail=True, methods=["post"], url_path=f"annexes/{NUMBER}/data-notice/accept", **WHOLE)
    def accept_annex_notice(self, request: Request, public_id: str, number: str) -> Response:
        """Accept, as the lessee, what was told of the data of machines that come."""
        found = self._annex(number)
        _answers(request, found.lease.lessee)
        return _annex_out(annexes.accept_notice(annex=found, **_read(request, LeaseSeenIn), **_who(request)))

    @described("Decline a change", WhyIn, AnnexOut)
    @action(detail=True, methods=["post"], url_path=f"annexes/{NUMBER}/decline", **WHOLE)
    def decline_annex(self, request: Request, public_id: str, number: str) -> Response:
        """Decline what the other side proposed."""
        found = self._annex(number)
        _answers(request, found.answers)
        return _annex_out(annexes.decline(annex=found, **_read(request, WhyIn), **_who(request)))

    @described("Approve a change beyond the credit limit", WhyIn, AnnexOut)
    @action(detail=True, methods=["post"], url_path=f"annexes/{NUMBER}/approve", **WHOLE)
    def approve_annex(self, request: Request, public_id: str, number: str) -> Response:
        """Approve, as a second person of the lessor; ``reason`` is kept as a note."""
        found = self._annex(number)
        _answers(request, found.lease.lessor)
        annex_approvals.approve(annex=found, note=_read(request, WhyIn)["reason"], **_who(request))
        return _annex_out(found)

    @described("Withdraw a change", None, AnnexOut)
    @action(detail=True, methods=["post"], url_path=f"annexes/{NUMBER}/withdraw", **WHOLE)
    def withdraw_annex(self, request: Request, public_id: str, number: str) -> Response:
        """Take one's own proposal back."""
        found = self._annex(number)
        _answers(request, found.proposes)
        return _annex_out(annexes.withdraw(annex=found, **_who(request)))

    @described("What ending early costs", EarlyEndIn, EarlyEndOut)
    @action(detail=True, methods=["post"], url_path="notice/preview", **WHOLE)
    def preview_notice(self, request: Request, public_id: str) -> Response:
        """Show the fee; nothing is written."""
        lease: Lease = self.get_object()  # type: ignore[attr-defined]
        within = _side(request, lease)
        require(request.user, Permission.LEASE_END, within=within)  # type: ignore[arg-type]
        side = Side.LESSOR if within == lease.lessor else Side.LESSEE
        found = early_ends.preview(lease=lease, side=side, at=clock.now(), **_read(request, EarlyEndIn))
        given = {"fee_minor": found.fee.minor, "currency": found.fee.currency}
        return Response({"ends_at": found.ends_at, "fee_days": found.days} | given)

    @described("End the lease early", LeaseNoticeIn, LeaseOut)
    @action(detail=True, methods=["post"], **WHOLE)
    def notice(self, request: Request, public_id: str) -> Response:
        """Give notice; the lease ends then."""
        return self._moved(request, Move.GIVE_NOTICE, LeaseNoticeIn)

    @described("Suspend the lease", LeaseSuspendIn, LeaseOut)
    @action(detail=True, methods=["post"], **WHOLE)
    def suspend(self, request: Request, public_id: str) -> Response:
        """Let the lease stand still."""
        return self._moved(request, Move.SUSPEND, LeaseSuspendIn)

    @described("Let the lease go on", WhyIn, LeaseOut)
    @action(detail=True, methods=["post"], **WHOLE)
    def resume(self, request: Request, public_id: str) -> Response:
        """Let a suspended lease go on."""
        return self._moved(request, Move.RESUME, WhyIn)

    @described("When it stood still", None, LeaseSuspensionOut(many=True))
    @action(detail=True, **WHOLE)
    def suspensions(self, request: Request, public_id: str) -> Response:
        """List the times in which the lease stood still."""
        found = self.get_object().suspensions.all()  # type: ignore[attr-defined]
        return Response({"data": LeaseSuspensionOut(found, many=True).data})

    @described("Its notices of default", None, DefaultNoticeOut(many=True), methods=["GET"])
    @described("Give a notice of default", DefaultNoticeIn, DefaultNoticeOut, 201, methods=["POST"])
    @action(detail=True, methods=["get", "post"], **WHOLE)
    def defaults(self, request: Request, public_id: str) -> Response:
        """List the notices of default, or give one."""
        lease: Lease = self.get_object()  # type: ignore[attr-defined]
        if request.method == "POST":
            within = _side(request, lease)
            given = _read(request, DefaultNoticeIn)
            made = terminations.note_default(lease=lease, within=within, **given, **_who(request))
            return Response(DefaultNoticeOut(made).data, status=status.HTTP_201_CREATED)
        return Response({"data": DefaultNoticeOut(lease.default_notices.all(), many=True).data})

    @described("Say that a default is cured", None, DefaultNoticeOut)
    @action(detail=True, methods=["post"], url_path="defaults/(?P<item>dfn_[0-9A-Z]{26})/cured", **WHOLE)
    def cured(self, request: Request, public_id: str, item: str) -> Response:
        """Say, as the side that gave the notice, that the default is cured."""
        lease: Lease = self.get_object()  # type: ignore[attr-defined]
        found = get_object_or_404(lease.default_notices.all(), public_id=item)
        found.lease = lease
        _answers(request, lease.lessor if found.side == Side.LESSOR else lease.lessee)
        return Response(DefaultNoticeOut(terminations.note_cure(notice=found, **_who(request))).data)

    @described("Terminate the lease", TerminateIn, LeaseOut)
    @action(detail=True, methods=["post"], **WHOLE)
    def terminate(self, request: Request, public_id: str) -> Response:
        """End a lease that the other side does not keep."""
        return self._moved(request, Move.TERMINATE, TerminateIn)

    @described("Report the machine lost", LossIn, LeaseOut)
    @action(detail=True, methods=["post"], **WHOLE)
    def lose(self, request: Request, public_id: str) -> Response:
        """Report, as the lessor, that the machine is lost."""
        return self._moved(request, Move.LOSE, LossIn)

    def _moved(self, request: Request, move: Move, shape: type[Serializer[Any]]) -> Response:
        lease: Lease = self.get_object()  # type: ignore[attr-defined]
        within = {} if move == Move.LOSE else {"within": _side(request, lease)}
        answer: Response = self.move(move, **within, **_read(request, shape))  # type: ignore[attr-defined]
        return answer

    def _annex(self, number: str) -> Annex:
        lease: Lease = self.get_object()  # type: ignore[attr-defined]
        found = get_object_or_404(lease.annexes.select_related("notice"), number=int(number))
        found.lease = lease
        return found


def _read(request: Request, shape: type[Serializer[Any]]) -> dict[str, Any]:
    given = shape(data=request.data)
    given.is_valid(raise_exception=True)
    return dict(given.validated_data)


def _who(request: Request) -> dict[str, Any]:
    return {"by": request.user, "at": clock.now()}


def _side(request: Request, lease: Lease) -> Organization:
    """Return the side for which the caller acts."""
    mine = acting_organization(request)
    if mine not in (lease.lessor, lease.lessee):
        raise MissingRight(organization=lease.lessor.name)
    return mine


def _answers(request: Request, side: Organization) -> None:
    if acting_organization(request) != side:
        raise MissingRight(organization=side.name)


def _annex_out(annex: Annex) -> Response:
    return Response(AnnexOut(annex).data)
