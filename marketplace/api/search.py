"""REST: find machines as the catalogue does, with counts by kind, place and owner."""

from typing import Any

from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import exceptions, serializers
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from marketplace.api.serializers import ListingOut
from marketplace.filters.search import SearchForm
from marketplace.models import Category
from marketplace.queries.acting import acting_or_none
from marketplace.queries.search import found
from marketplace.queries.search_counts import Counts, counts_of
from marketplace.queries.search_results import results
from marketplace.rules.search import flags
from marketplace.shared import clock

USUAL, MOST = 50, 200
FLAGS = {"finished": "l:", "services": "s:", "data_terms": "d:"}
PARAMETERS = [
    OpenApiParameter(
        "q", str, description="Words in Chinese or English, figures, first letters: 五轴 行程≥500mm, jgzx."
    ),
    OpenApiParameter("family", str, description="Code of a family, such as M1."),
    OpenApiParameter("category", str, many=True, description="Codes of categories; any of them."),
    OpenApiParameter("region", str, description="The first 2, 4 or 6 digits of a region's code."),
    OpenApiParameter("city", str),
    OpenApiParameter("near", str, description="`latitude,longitude`, or a city in which machines stand."),
    OpenApiParameter("km", int, description="Not farther than this from `near`."),
    OpenApiParameter("owner", str, many=True, description="Kinds of owners; any of them."),
    OpenApiParameter("verified", bool),
    OpenApiParameter(
        "finished", str, enum=["1", "10", "50"], description="Owners that finished so many leases or more."
    ),
    OpenApiParameter(
        "service", str, many=True, enum=list(flags.SERVICES), description="What comes with it; all of them."
    ),
    OpenApiParameter(
        "data_terms",
        str,
        enum=list(flags.DATA),
        description="What the data terms ask: no more than usual (`usual`), or less than that (`less`).",
    ),
    OpenApiParameter(
        "built_from", int, description="The year in which the oldest machine was built, or later."
    ),
    OpenApiParameter(
        "spec",
        str,
        many=True,
        description="Conditions such as `X travel>=500 mm`; all of them. With codes of the dictionary: "
        "`min_<code>` and `max_<code>`: `min_travel_x=500`, in the unit of the category.",
    ),
    OpenApiParameter("free_from", str, description="A day; with `free_to`: a machine is free for all of it."),
    OpenApiParameter("free_to", str),
    OpenApiParameter("meter", str, enum=["hours", "parts"], description="What your usage is counted in."),
    OpenApiParameter("quantity", str, description="How many hours or parts you would use."),
    OpenApiParameter("days", int, description="In how many days; 30 if left out."),
    OpenApiParameter("order", str, enum=["fit", "distance", "price"]),
    OpenApiParameter("limit", int, description="1 to 200, usually 50."),
    OpenApiParameter("cursor", str, description="Where the page before ended; take it from `next`."),
]


class FoundOut(serializers.Serializer[Any]):
    """A listing, how far it is, and what your usage would cost there, with tax, in the smallest unit."""

    listing = ListingOut()
    distance_km = serializers.FloatField(source="km", allow_null=True)
    estimate_minor = serializers.IntegerField(source="estimate.minor", allow_null=True, default=None)


class CountsOut(serializers.Serializer[Any]):
    """
    How many meet the question; `exact` is false where that is told from a sample, and where days are asked.

    `finished` counts owners' finished leases by their steps, at least 1, 10 and 50.
    """

    total = serializers.IntegerField()
    exact = serializers.BooleanField()
    categories = serializers.DictField(child=serializers.IntegerField())
    regions = serializers.DictField(child=serializers.IntegerField())
    owners = serializers.DictField(child=serializers.IntegerField())
    verified = serializers.IntegerField()
    finished = serializers.DictField(child=serializers.IntegerField())
    services = serializers.DictField(child=serializers.IntegerField())
    data_terms = serializers.DictField(child=serializers.IntegerField())


class SearchOut(serializers.Serializer[Any]):
    """One page of what was found."""

    data = FoundOut(many=True)  # type: ignore[assignment]
    next = serializers.CharField(allow_null=True)
    has_more = serializers.BooleanField()
    counts = CountsOut()


class SearchView(APIView):
    """Published listings; anybody may ask, and who is in a chain finds what is open to it alone, too."""

    permission_classes = [AllowAny]

    @extend_schema(tags=["listings"], summary="Find machines", parameters=PARAMETERS, responses=SearchOut)
    def get(self, request: Request) -> Response:
        asked = request.query_params.copy()
        asked["after"] = asked.get("cursor", "")
        form = SearchForm(asked, acting_or_none(request))
        limit = _read(request, form)
        if not form.is_valid():
            errors = {
                ("cursor" if name == "after" else name): [str(text) for text in texts]
                for name, texts in form.errors.items()
            }
            raise exceptions.ValidationError(errors)
        wanted = form.wanted()
        counts = counts_of(wanted)
        page = found(wanted, limit, form.cleaned_data["after"], counts=counts)
        rows = results(
            page,
            near=wanted.near,
            usage=form.usage(),
            on=clock.today(),
            chains=wanted.chains,
        )
        counts = counts.at_least(len(rows))
        following = _next(request, str(page.after)) if page.after else None
        codes = dict(Category.objects.values_list("pk", "code"))
        body = {
            "data": rows,
            "next": following,
            "has_more": following is not None,
            "counts": {
                "total": counts.total,
                "exact": counts.exact,
                "categories": {codes[key]: many for key, many in counts.categories.items()},
                "regions": counts.provinces,
                "owners": counts.owners,
                "verified": counts.flags.get("x:verified", 0),
                **{name: _flagged(counts, letter) for name, letter in FLAGS.items()},
            },
        }
        answer = Response(SearchOut(body).data)
        if following:
            answer["Link"] = f'<{following}>; rel="next"'
        return answer


def _flagged(counts: Counts, letter: str) -> dict[str, int]:
    return {token[2:]: many for token, many in counts.flags.items() if token[:2] == letter}


def _read(request: Request, form: SearchForm) -> int:
    """Return how many a page holds; refuse parameters that nobody reads."""
    known = {*form.fields, "limit", "cursor", "format"} - {"after"}
    if unknown := sorted(set(request.query_params) - known):
        told = _("Unknown parameter. Known are: {names}.").format(names=", ".join(sorted(known)))
        raise exceptions.ValidationError({name: [told] for name in unknown})
    asked = request.query_params.get("limit", str(USUAL))
    if not (asked.isascii() and asked.isdecimal() and len(asked) < 4 and 1 <= int(asked) <= MOST):
        raise exceptions.ValidationError({"limit": [_("A page has 1 to {most} entries.").format(most=MOST)]})
    return int(asked)


def _next(request: Request, cursor: str) -> str:
    query = request.query_params.copy()
    query["cursor"] = cursor
    return request.build_absolute_uri(f"{request.path}?{query.urlencode()}")
