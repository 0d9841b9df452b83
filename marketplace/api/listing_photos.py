"""REST: pictures of a listing, their words and their order."""

from typing import Any

from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers, status
from rest_framework.decorators import action
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response

from marketplace.actions import listing_photos
from marketplace.actions.listing_photos import Shot
from marketplace.models import Listing, ListingPhoto
from marketplace.permissions import Permission, require
from marketplace.queries.acting import owns
from marketplace.rules.listing_photos import LONGEST_ALT, MOST_PHOTOS, Size
from marketplace.rules.photos import LARGEST_UPLOAD
from marketplace.shared import clock

WHOLE: dict[str, Any] = {"filterset_class": None, "pagination_class": None}
PATH = OpenApiParameter("item", str, OpenApiParameter.PATH, description="The id of the picture.")


class ListingPhotoOut(serializers.ModelSerializer[ListingPhoto]):
    """
    A picture; the first is the cover. ``url``, ``card`` and ``thumb`` are WebP of at most 1600, 480 and 160
    dots a side, and never change; ``width`` and ``height`` are of the first.
    """

    id = serializers.CharField(source="public_id", read_only=True)
    url = serializers.SerializerMethodField()
    card = serializers.SerializerMethodField()
    thumb = serializers.SerializerMethodField()

    class Meta:
        model = ListingPhoto
        fields = ("id", "position", "alt_zh", "alt_en", "width", "height", "sha256", "url", "card", "thumb")
        read_only_fields = fields

    def get_url(self, photo: ListingPhoto) -> str:
        return str(photo.shown(Size.FULL)["src"])

    def get_card(self, photo: ListingPhoto) -> str:
        return str(photo.shown(Size.CARD)["src"])

    def get_thumb(self, photo: ListingPhoto) -> str:
        return str(photo.shown(Size.THUMB)["src"])


class ListingPhotoIn(serializers.Serializer[Any]):
    """A JPEG, PNG or WebP of at most 15 MB; without words some are made of the title."""

    photo = serializers.FileField()
    alt_zh = serializers.CharField(max_length=LONGEST_ALT, required=False, default="", allow_blank=True)
    alt_en = serializers.CharField(max_length=LONGEST_ALT, required=False, default="", allow_blank=True)


class ListingPhotoWords(serializers.Serializer[Any]):
    """What the picture shows, in both languages."""

    alt_zh = serializers.CharField(max_length=LONGEST_ALT)
    alt_en = serializers.CharField(max_length=LONGEST_ALT)


class ListingPhotoOrder(serializers.Serializer[Any]):
    """The ids of all pictures, the cover first."""

    order = serializers.ListField(child=serializers.CharField(max_length=30), max_length=MOST_PHOTOS)


class ListingPhotoActions:
    """Sub-resource of a listing; mixed into its view set."""

    @extend_schema(
        methods=["GET"], tags=["listings"], summary="Its pictures", responses=ListingPhotoOut(many=True)
    )
    @extend_schema(
        methods=["POST"],
        tags=["listings"],
        summary="Add a picture",
        request={"multipart/form-data": ListingPhotoIn},
        responses={201: ListingPhotoOut},
    )
    @action(detail=True, methods=["get", "post"], parser_classes=[MultiPartParser], **WHOLE)
    def photos(self, request: Request, public_id: str) -> Response:
        """List the pictures, or add one; one that is there already is answered as it is."""
        if request.method == "GET":
            listing: Listing = self.get_object()  # type: ignore[attr-defined]
            return self._all(listing)
        listing = self._editable(request)
        given = ListingPhotoIn(data=request.data)
        given.is_valid(raise_exception=True)
        sent = given.validated_data
        shot = Shot(sent["photo"].read(LARGEST_UPLOAD + 1), sent["alt_zh"], sent["alt_en"])
        (made,) = listing_photos.add(listing=listing, shots=[shot], by=request.user, at=clock.now())  # type: ignore[arg-type]
        return Response(ListingPhotoOut(made).data, status=status.HTTP_201_CREATED)

    @extend_schema(
        tags=["listings"],
        summary="Put its pictures in an order",
        request=ListingPhotoOrder,
        responses=ListingPhotoOut(many=True),
    )
    @action(detail=True, methods=["post"], url_path="photos/order", **WHOLE)
    def photo_order(self, request: Request, public_id: str) -> Response:
        """Put all pictures in an order; the first is the cover."""
        listing = self._editable(request)
        given = ListingPhotoOrder(data=request.data)
        given.is_valid(raise_exception=True)
        listing_photos.arrange(listing=listing, by=request.user, at=clock.now(), **given.validated_data)  # type: ignore[arg-type]
        return self._all(listing)

    @extend_schema(
        methods=["PATCH"],
        tags=["listings"],
        summary="Say what a picture shows",
        request=ListingPhotoWords,
        responses=ListingPhotoOut,
        parameters=[PATH],
    )
    @extend_schema(
        methods=["DELETE"],
        tags=["listings"],
        summary="Take a picture away",
        responses={204: None},
        parameters=[PATH],
    )
    @action(detail=True, methods=["patch", "delete"], url_path="photos/(?P<item>lph_[0-9A-Z]{26})", **WHOLE)
    def photo(self, request: Request, public_id: str, item: str) -> Response:
        """Say what a picture shows, or take it away."""
        listing = self._editable(request)
        mine: QuerySet[ListingPhoto] = ListingPhoto.objects.known().filter(listing=listing)
        found = get_object_or_404(mine, public_id=item)
        found.listing = listing
        who: dict[str, Any] = {"photo": found, "by": request.user, "at": clock.now()}
        if request.method == "DELETE":
            listing_photos.remove(**who)
            return Response(status=status.HTTP_204_NO_CONTENT)
        given = ListingPhotoWords(data=request.data)
        given.is_valid(raise_exception=True)
        return Response(ListingPhotoOut(listing_photos.describe(**who, **given.validated_data)).data)

    def _editable(self, request: Request) -> Listing:
        """Return the listing for whoever may edit it; others are refused before their input is read."""
        listing: Listing = self.mine(request)  # type: ignore[attr-defined]
        require(request.user, Permission.LISTING_EDIT, within=listing.owner)  # type: ignore[arg-type]
        return listing

    def _all(self, listing: Listing) -> Response:
        """Answer with the pictures; what the platform hid, with its owner alone."""
        found = ListingPhoto.objects.known().filter(listing=listing)
        request: Request = self.request  # type: ignore[attr-defined]
        if not owns(request, listing):
            found = found.shown()
        return Response({"data": ListingPhotoOut(found, many=True).data})
