"""Shapes of needs over REST: what is sent, what is shown to whom, matches with their reasons."""

from decimal import Decimal
from functools import cached_property
from typing import Any, ClassVar

from rest_framework import serializers

from marketplace.gateway.fields import DateTimeField
from marketplace.models import Category, Need, NeedAnswer, Organization
from marketplace.rules.matching import About, Verdict
from marketplace.shared.declared import Expandable


class NeedIn(serializers.Serializer[Any]):
    """
    A need: parts to be made from ``starts_on`` up to but not including ``ends_on``.

    ``requirements`` are conditions as the search reads them. The budget is in fen with tax, for ``ALL``
    parts or a ``PART``; owners see it only with ``budget_shown``, and your name before they answer only with
    ``name_shown``. With ``chain``, which you lead, its members alone see the need, and that it is yours.
    """

    title = serializers.CharField(max_length=120)
    description = serializers.CharField(max_length=2000, required=False, allow_blank=True)
    category = serializers.SlugRelatedField(
        "code", queryset=Category.objects.exclude(parent=None), required=False, allow_null=True
    )
    words = serializers.CharField(max_length=120, required=False, allow_blank=True)
    material = serializers.CharField(max_length=80, required=False, allow_blank=True)
    quantity = serializers.IntegerField(min_value=1, max_value=10**8)
    hours = serializers.DecimalField(9, 2, min_value=0, required=False, allow_null=True)
    starts_on = serializers.DateField()
    ends_on = serializers.DateField()
    flexible_days = serializers.IntegerField(min_value=0, max_value=30, required=False)
    requirements = serializers.ListField(
        child=serializers.CharField(max_length=60), max_length=8, required=False
    )
    region = serializers.CharField(max_length=6, required=False, allow_blank=True)
    latitude = serializers.DecimalField(8, 5, min_value=-90, max_value=90, required=False, allow_null=True)
    longitude = serializers.DecimalField(8, 5, min_value=-180, max_value=180, required=False, allow_null=True)
    km = serializers.IntegerField(min_value=1, max_value=3000, required=False, allow_null=True)
    budget_minor = serializers.IntegerField(min_value=1, max_value=10**13, required=False, allow_null=True)
    budget_per = serializers.ChoiceField(choices=Need.Per.choices, required=False)
    budget_shown = serializers.BooleanField(required=False)
    name_shown = serializers.BooleanField(required=False)
    expires_at = DateTimeField()
    chain = serializers.CharField(max_length=30, required=False, allow_null=True)


class NeedOut(serializers.ModelSerializer[Need]):
    """
    A need as its reader may see it: what the poster hides is ``null``.

    ``chosen`` is the answer that was chosen, ``lease`` what was asked for with it; both are the poster's. Who
    may not know the poster is not told from where the distance counts either.
    """

    expandable: ClassVar[Expandable] = {"chain": "api-chain", "lease": "api-lease"}

    id = serializers.CharField(source="public_id", read_only=True)
    category = serializers.CharField(source="category.code", read_only=True, default=None)
    chain = serializers.CharField(source="chain.public_id", read_only=True, default=None)
    poster = serializers.SerializerMethodField()
    poster_name = serializers.SerializerMethodField()
    latitude = serializers.SerializerMethodField()
    longitude = serializers.SerializerMethodField()
    budget_minor = serializers.SerializerMethodField()
    chosen = serializers.SerializerMethodField()
    lease = serializers.SerializerMethodField()

    class Meta:
        model = Need
        fields = (
            "id",
            "status",
            "poster",
            "poster_name",
            "chain",
            "title",
            "description",
            "category",
            "words",
            "material",
            "quantity",
            "hours",
            "starts_on",
            "ends_on",
            "flexible_days",
            "requirements",
            "region",
            "latitude",
            "longitude",
            "km",
            "budget_minor",
            "budget_per",
            "expires_at",
            "posted_at",
            "over_at",
            "chosen",
            "lease",
        )
        read_only_fields = fields

    @property
    def reader(self) -> Organization:
        """Who reads it."""
        found: Organization = self.context["organization"]
        return found

    @cached_property
    def named(self) -> dict[int, bool]:
        """Whether the posters of needs are named, as far as it was asked."""
        return {}

    def _is_named(self, need: Need) -> bool:
        if need.pk not in self.named:
            self.named[need.pk] = need.names_poster_to(self.reader)
        return self.named[need.pk]

    def get_poster(self, need: Need) -> str | None:
        return need.poster.public_id if self._is_named(need) else None

    def get_poster_name(self, need: Need) -> str | None:
        return need.poster.name if self._is_named(need) else None

    def get_latitude(self, need: Need) -> str | None:
        return self._degrees(need, need.latitude)

    def get_longitude(self, need: Need) -> str | None:
        return self._degrees(need, need.longitude)

    def _degrees(self, need: Need, value: Decimal | None) -> str | None:
        return None if value is None or not self._is_named(need) else f"{value:.5f}"

    def get_budget_minor(self, need: Need) -> int | None:
        shown = need.budget_shown or need.poster_id == self.reader.pk
        return need.budget_minor if shown else None

    def get_chosen(self, need: Need) -> str | None:
        mine = need.chosen is not None and self.reader.pk in (need.poster_id, need.chosen.owner_id)
        return need.chosen.public_id if mine and need.chosen else None

    def get_lease(self, need: Need) -> str:
        return need.lease if need.poster_id == self.reader.pk else ""


class ReasonOut(serializers.Serializer[Any]):
    """One thing asked, what the machine says to it, and what that takes from 100."""

    about = serializers.ChoiceField(choices=[one.value for one in About])
    verdict = serializers.ChoiceField(choices=[one.value for one in Verdict])
    asked = serializers.CharField()
    found = serializers.CharField()
    cost = serializers.IntegerField()


class MatchOut(serializers.Serializer[Any]):
    """A listing and how it meets a need; it ``serves`` if nothing that was asked is missed."""

    expandable: ClassVar[Expandable] = {"listing": "api-listing"}

    listing = serializers.CharField(source="listing.public_id")
    listing_title = serializers.CharField(source="listing.title")
    owner = serializers.CharField(source="listing.owner.public_id")
    owner_name = serializers.CharField(source="listing.owner.name")
    score = serializers.IntegerField(source="fit.score")
    serves = serializers.BooleanField(source="fit.serves")
    distance_km = serializers.IntegerField(source="fit.offer.km", allow_null=True)
    estimate_minor = serializers.IntegerField(source="fit.offer.price", allow_null=True)
    reasons = ReasonOut(source="fit.reasons", many=True)


class ServedOut(serializers.Serializer[Any]):
    """A need of somebody else, and your listings that could serve it, best first."""

    need = NeedOut()
    matches = MatchOut(many=True)


class NeedAnswerOut(serializers.ModelSerializer[NeedAnswer]):
    """An answer: a listing with a note, or no (``listing`` is ``null``) with a reason."""

    expandable: ClassVar[Expandable] = {"listing": "api-listing"}

    id = serializers.CharField(source="public_id", read_only=True)
    owner = serializers.CharField(source="owner.public_id", read_only=True)
    owner_name = serializers.CharField(source="owner.name", read_only=True)
    listing = serializers.CharField(source="listing.public_id", read_only=True, default=None)

    class Meta:
        model = NeedAnswer
        fields = ("id", "owner", "owner_name", "listing", "note", "answered_at")
        read_only_fields = fields


class InviteIn(serializers.Serializer[Any]):
    """Listings whose owners are asked to answer."""

    listings = serializers.ListField(child=serializers.CharField(max_length=30), min_length=1, max_length=20)


class InvitedOut(serializers.Serializer[Any]):
    """How many owners were asked who had not been before."""

    invited = serializers.IntegerField()


class NeedAnswerIn(serializers.Serializer[Any]):
    """One of your own listings, and a note."""

    listing = serializers.CharField(max_length=30)
    note = serializers.CharField(max_length=500, required=False, allow_blank=True, default="")


class NeedReasonIn(serializers.Serializer[Any]):
    """Why, for the other side to read."""

    reason = serializers.CharField(max_length=500, required=False, allow_blank=True, default="")


class ChooseIn(serializers.Serializer[Any]):
    """The answer that is chosen, by its id."""

    answer = serializers.CharField(max_length=30)
