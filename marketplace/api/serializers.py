"""Shapes of the marketplace's REST answers and requests."""

from typing import Any, ClassVar

from rest_framework import serializers

from marketplace.actions import data_terms
from marketplace.models import Category, Equipment, Listing, Site, SpecField
from marketplace.shared.declared import Expandable


class SpecFieldOut(serializers.ModelSerializer[SpecField]):
    """One field of the specification dictionary."""

    class Meta:
        model = SpecField
        fields = (
            "code",
            "name",
            "name_zh",
            "kind",
            "unit",
            "minimum",
            "maximum",
            "choices",
            "better",
            "facet",
            "required",
            "version",
        )
        read_only_fields = fields


class CategoryOut(serializers.ModelSerializer[Category]):
    """A category with its dictionary."""

    parent = serializers.CharField(  # type: ignore[assignment]
        source="parent.code", allow_null=True, default=None, read_only=True
    )
    spec_fields = SpecFieldOut(many=True, read_only=True)

    class Meta:
        model = Category
        fields = ("code", "parent", "family", "name", "name_zh", "spec_fields")
        read_only_fields = fields


class SiteOut(serializers.ModelSerializer[Site]):
    """A place where machines stand."""

    id = serializers.CharField(source="public_id", read_only=True)

    class Meta:
        model = Site
        fields = ("id", "name", "region_code", "city", "city_en", "address", "latitude", "longitude")
        read_only_fields = fields


class SiteIn(serializers.Serializer[Any]):
    """A new site."""

    name = serializers.CharField(max_length=80)
    region_code = serializers.RegexField(r"^[0-9]{6}$")
    city = serializers.CharField(max_length=40)
    city_en = serializers.CharField(max_length=40, required=False, default="")
    address = serializers.CharField(max_length=200, required=False, default="")
    latitude = serializers.DecimalField(9, 6, required=False, min_value=-90, max_value=90)
    longitude = serializers.DecimalField(9, 6, required=False, min_value=-180, max_value=180)


class EquipmentOut(serializers.ModelSerializer[Equipment]):
    """A machine as its owner sees it."""

    expandable: ClassVar[Expandable] = {"site": "api-site"}

    id = serializers.CharField(source="public_id", read_only=True)
    category = serializers.CharField(source="category.code", read_only=True)
    site = serializers.CharField(source="site.public_id", read_only=True)
    owner = serializers.CharField(source="owner.public_id", read_only=True)

    class Meta:
        model = Equipment
        fields = (
            "id",
            "owner",
            "category",
            "site",
            "name",
            "maker_name",
            "model_name",
            "serial_number",
            "built_on",
            "specs",
            "dictionary_version",
            "status",
            "retirement",
            "version",
            "created_at",
        )
        read_only_fields = fields


class EquipmentIn(serializers.Serializer[Any]):
    """A new machine, by its nameplate."""

    category = serializers.SlugRelatedField("code", queryset=Category.objects.all())
    site = serializers.CharField(max_length=30)
    name = serializers.CharField(max_length=120)
    maker_name = serializers.CharField(max_length=80)
    model_name = serializers.CharField(max_length=80)
    serial_number = serializers.CharField(max_length=60)
    built_on = serializers.DateField(required=False, allow_null=True, default=None)
    specs = serializers.DictField(required=False, default=dict)
    dictionary_version = serializers.IntegerField(
        min_value=1,
        max_value=32767,
        required=False,
        allow_null=True,
        default=None,
        help_text="The version of the dictionary that was seen: another one is refused with 412.",
    )


class ListingOut(serializers.ModelSerializer[Listing]):
    """An offer; machines are named only to their owner."""

    expandable: ClassVar[Expandable] = {"chain": "api-chain"}

    id = serializers.CharField(source="public_id", read_only=True)
    owner = serializers.CharField(source="owner.public_id", read_only=True)
    owner_name = serializers.CharField(source="owner.name", read_only=True)
    category = serializers.CharField(source="category.code", read_only=True)
    site = SiteOut(read_only=True)
    machine_count = serializers.IntegerField(read_only=True)
    chain = serializers.CharField(source="chain.public_id", read_only=True, default=None)
    data_terms = serializers.DictField(read_only=True)
    data_terms_digest = serializers.SerializerMethodField()

    class Meta:
        model = Listing
        fields = (
            "id",
            "owner",
            "owner_name",
            "category",
            "site",
            "title",
            "summary",
            "specs",
            "price_plan",
            "count_rules",
            "data_terms",
            "data_terms_digest",
            "deposit_minor",
            "currency",
            "zone",
            "buffer_before_hours",
            "buffer_after_hours",
            "minimum_days",
            "machine_count",
            "chain",
            "status",
            "version",
            "created_at",
            "published_at",
        )
        read_only_fields = fields

    def get_data_terms_digest(self, listing: Listing) -> str:
        return data_terms.digest(document=listing.data_terms)


class ListingTerms(serializers.Serializer[Any]):
    """What an owner may say and later change about an offer."""

    title = serializers.CharField(max_length=120)
    summary = serializers.CharField(max_length=2000, required=False, allow_blank=True)
    price_plan = serializers.DictField()
    count_rules = serializers.ListField(child=serializers.DictField(), max_length=10)
    data_terms = serializers.DictField(required=False)
    deposit_minor = serializers.IntegerField(min_value=0, max_value=10**13, required=False)
    buffer_before_hours = serializers.IntegerField(min_value=0, max_value=720, required=False)
    buffer_after_hours = serializers.IntegerField(min_value=0, max_value=720, required=False)
    minimum_days = serializers.IntegerField(min_value=1, max_value=3650, required=False)


class ListingIn(ListingTerms):
    """A new offer."""

    equipment = serializers.ListField(
        child=serializers.CharField(max_length=30), min_length=1, max_length=200
    )


class QuoteIn(serializers.Serializer[Any]):
    """The reader's own usage: quantity per meter, in the meter's billed unit, and whole days."""

    usage = serializers.DictField(
        child=serializers.DecimalField(15, 3, min_value=0), required=False, default=dict
    )
    days = serializers.IntegerField(min_value=1, max_value=366, required=False, default=30)


class PriceStepOut(serializers.Serializer[Any]):
    """One rung of the ladder from usage to amount."""

    step = serializers.CharField()
    numbers = serializers.DictField(child=serializers.CharField())


class QuoteLineOut(serializers.Serializer[Any]):
    """One line of a calculated price, amounts in minor units, and the steps that led to it."""

    component = serializers.CharField()
    kind = serializers.CharField()
    seller = serializers.CharField()
    quantity = serializers.CharField(allow_null=True)
    unit = serializers.CharField()
    net_minor = serializers.IntegerField()
    tax_rate = serializers.CharField()
    tax_minor = serializers.IntegerField()
    steps = PriceStepOut(many=True)


class QuoteOut(serializers.Serializer[Any]):
    """What the usage would cost: the invoice's own rule, amounts in minor units."""

    currency = serializers.CharField()
    lines = QuoteLineOut(many=True)
    net_minor = serializers.IntegerField()
    tax_minor = serializers.IntegerField()
    gross_minor = serializers.IntegerField()
