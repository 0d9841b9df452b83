"""REST: background jobs, which say how far long work is."""

from typing import Any

from django.conf import settings
from django.db.models import Q
from drf_spectacular.utils import extend_schema, extend_schema_field, extend_schema_view
from rest_framework import mixins, serializers, viewsets
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from marketplace.actions import background_jobs
from marketplace.actions.background_jobs import KINDS
from marketplace.filters import BackgroundJobFilter
from marketplace.models import ApiKey, BackgroundJob
from marketplace.queries import acting_organization, require_scope
from marketplace.queries.background_jobs import look_again_after, problem_of
from marketplace.shared import clock

TAG = ["jobs"]


class ProgressOut(serializers.Serializer[Any]):
    """How far it is."""

    done = serializers.IntegerField()
    total = serializers.IntegerField()
    unit = serializers.CharField(help_text="What is counted, such as rows.")


class JobProblemOut(serializers.Serializer[Any]):
    """Why it ended without a result."""

    type = serializers.CharField()
    code = serializers.CharField()
    detail = serializers.CharField()


class BackgroundJobOut(serializers.ModelSerializer[BackgroundJob]):
    """Long work; ``result_url`` is there once it has succeeded, ``problem`` if it ended without a result."""

    id = serializers.CharField(source="public_id", read_only=True)
    progress = serializers.SerializerMethodField()
    result_url = serializers.SerializerMethodField()
    problem = serializers.SerializerMethodField()
    created_at = serializers.DateTimeField(source="made_at", read_only=True)

    class Meta:
        model = BackgroundJob
        fields = (
            "id",
            "kind",
            "title",
            "status",
            "progress",
            "created_at",
            "started_at",
            "finished_at",
            "result_url",
            "problem",
        )
        read_only_fields = fields

    @extend_schema_field(ProgressOut)
    def get_progress(self, job: BackgroundJob) -> dict[str, Any]:
        return job.progress(KINDS[job.kind].unit)

    def get_result_url(self, job: BackgroundJob) -> str | None:
        address = KINDS[job.kind].address.format(subject=job.subject)
        return f"{settings.SITE_URL}{address}" if job.status == BackgroundJob.Status.SUCCEEDED else None

    @extend_schema_field(JobProblemOut(allow_null=True))
    def get_problem(self, job: BackgroundJob) -> dict[str, str] | None:
        if not job.problem:
            return None
        code = job.problem["code"]
        return {"type": f"/docs/errors/#{code}", "code": code, "detail": problem_of(job)}


@extend_schema_view(
    list=extend_schema(tags=TAG, summary="Your background jobs, the newest first"),
    retrieve=extend_schema(
        tags=TAG, summary="How far a background job is; Retry-After says when to look again"
    ),
)
class BackgroundJobViewSet(
    mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet[BackgroundJob]
):
    """Background jobs of the acting organization, of the kinds that the key may read."""

    queryset = BackgroundJob.objects.none()
    serializer_class = BackgroundJobOut
    filterset_class = BackgroundJobFilter
    lookup_field = "public_id"

    def get_queryset(self) -> Any:
        if getattr(self, "swagger_fake_view", False):
            return self.queryset
        found = BackgroundJob.objects.filter(organization=acting_organization(self.request))
        return found.filter(_readable(self.request)).select_related("organization")

    def retrieve(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        return answer(self.get_object())

    @extend_schema(tags=TAG, summary="Stop a background job", request=None, responses=BackgroundJobOut)
    @action(detail=True, methods=["post"])
    def cancel(self, request: Request, public_id: str) -> Response:
        """What was done stands; it stops after the step that is being done."""
        job: BackgroundJob = self.get_object()
        require_scope(request, KINDS[job.kind].writes)
        return answer(background_jobs.cancel(job=job, by=request.user, at=clock.now()))  # type: ignore[arg-type]


def _readable(request: Request) -> Q:
    """Keep the kinds of which the key reads the results; a person reads all of the organization."""
    key = request.auth
    if not isinstance(key, ApiKey):
        return Q()
    return Q(kind__in=[name for name, kind in KINDS.items() if kind.reads in key.scopes])


def answer(job: BackgroundJob, code: int = 200, **headers: str) -> Response:
    """Answer with a job, and when to look again while it is open."""
    if job.is_open:
        headers["Retry-After"] = str(look_again_after(job, clock.now()))
    return Response(BackgroundJobOut(job).data, status=code, headers=headers)
