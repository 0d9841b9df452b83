"""REST: searches that somebody saved, how often they are told of what is new, and what was found."""

from typing import Any, ClassVar

from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import mixins, serializers, status, viewsets
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from marketplace.actions import saved_filters, saved_searches
from marketplace.filters import SavedSearchFilter
from marketplace.filters.search import kept, read_search
from marketplace.gateway.fields import DateTimeField
from marketplace.models import SavedFilter
from marketplace.models.apikeys import Scope
from marketplace.queries import acting_organization, require_scope
from marketplace.queries.saved_searches import finds
from marketplace.rules.saved_filters import LONGEST_NAME
from marketplace.rules.saved_searches import Telling
from marketplace.shared import clock
from marketplace.shared.declared import Expandable

LONGEST = 4_000  # of a question as it comes; what is kept of it is shorter


class SavedSearchOut(serializers.ModelSerializer[SavedFilter]):
    """
    A search of yours; `query` is what stands behind the question mark of `/api/v1/search/`.

    `due_at` is when you are told next, `stopped` why you are told nothing any more: it cannot be read, its
    days are over, it failed too often, or you had left.
    """

    id = serializers.CharField(source="public_id")
    telling = serializers.ChoiceField(choices=SavedFilter.TELLINGS)
    stopped = serializers.ChoiceField(choices=SavedFilter.REASONS, allow_blank=True)

    class Meta:
        model = SavedFilter
        fields = ("id", "name", "query", "telling", "stopped", "due_at", "made_at")
        read_only_fields = fields


class SavedSearchPatch(serializers.Serializer[Any]):
    """What is left out stays."""

    name = serializers.CharField(max_length=LONGEST_NAME, required=False)
    telling = serializers.ChoiceField(choices=SavedFilter.TELLINGS, required=False)


class SavedSearchIn(serializers.Serializer[Any]):
    """A search with its name; `query` as for `/api/v1/search/`, such as `q=五轴&near=苏州&km=50`."""

    name = serializers.CharField(max_length=LONGEST_NAME)
    query = serializers.CharField(max_length=LONGEST, allow_blank=True)
    telling = serializers.ChoiceField(choices=SavedFilter.TELLINGS, default=Telling.DAILY.value)


class FindOut(serializers.Serializer[Any]):
    """A listing of which you were told."""

    expandable: ClassVar[Expandable] = {"listing": "api-listing"}

    listing = serializers.CharField(source="listing.public_id")
    title = serializers.CharField(source="listing.title")
    found_at = DateTimeField()


@extend_schema_view(
    list=extend_schema(tags=["listings"], summary="Your saved searches"),
    retrieve=extend_schema(tags=["listings"], summary="One saved search"),
)
class SavedSearchViewSet(
    mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet[SavedFilter]
):
    """Everybody's own, within the acting organization."""

    queryset = SavedFilter.objects.none()
    serializer_class = SavedSearchOut
    filterset_class = SavedSearchFilter
    lookup_field = "public_id"

    def get_queryset(self) -> Any:
        require_scope(self.request, Scope.LISTINGS_READ)
        mine = SavedFilter.objects.of(self.request.user, acting_organization(self.request))  # type: ignore[arg-type]
        return mine.searches()

    @extend_schema(
        tags=["listings"], summary="Save a search", request=SavedSearchIn, responses={201: SavedSearchOut}
    )
    def create(self, request: Request) -> Response:
        """Keep it; saved again under its name, it is told as often as is said now."""
        require_scope(request, Scope.LISTINGS_WRITE)
        given = SavedSearchIn(data=request.data)
        given.is_valid(raise_exception=True)
        values = given.validated_data
        made = saved_searches.save(
            name=values["name"],
            query=kept(values["query"]),
            telling=Telling(values["telling"]),
            wanted=read_search(values["query"]).wanted(),
            within=acting_organization(request),
            by=request.user,  # type: ignore[arg-type]
            at=clock.now(),
        )
        return Response(SavedSearchOut(made).data, status=status.HTTP_201_CREATED)

    @extend_schema(
        tags=["listings"],
        summary="Rename a search, or be told more or less often",
        request=SavedSearchPatch,
        responses=SavedSearchOut,
    )
    def partial_update(self, request: Request, public_id: str) -> Response:
        require_scope(request, Scope.LISTINGS_WRITE)
        saved = self.get_object()
        given = SavedSearchPatch(data=request.data)
        given.is_valid(raise_exception=True)
        telling = given.validated_data.get("telling")
        changed = saved_searches.change(
            saved=saved,
            name=given.validated_data.get("name"),
            telling=telling and Telling(telling),
            wanted=read_search(saved.query).wanted() if telling and telling != Telling.NEVER else None,
            by=request.user,  # type: ignore[arg-type]
            at=clock.now(),
        )
        return Response(SavedSearchOut(changed).data)

    @extend_schema(tags=["listings"], summary="Delete a saved search", responses={204: None})
    def destroy(self, request: Request, public_id: str) -> Response:
        require_scope(request, Scope.LISTINGS_WRITE)
        saved_filters.delete(saved=self.get_object(), by=request.user, at=clock.now())  # type: ignore[arg-type]
        return Response(status=status.HTTP_204_NO_CONTENT)

    @extend_schema(
        tags=["listings"],
        summary="Listings that a search told you of, the newest first",
        responses=FindOut(many=True),
        filters=False,
    )
    @action(detail=True, methods=["get"], filterset_class=None, pagination_class=None)
    def finds(self, request: Request, public_id: str) -> Response:
        """Return the newest fifty that are still offered."""
        return Response({"data": FindOut(finds(self.get_object()), many=True).data})
