"""FilterSets, one a noun, used by pages and REST alike."""

from typing import Any

import django_filters as filters
from django import forms
from django.core.validators import RegexValidator
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import gettext_noop
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema_field

from marketplace.models import (
    ApiRequest,
    BackgroundJob,
    Category,
    Claim,
    ContentCase,
    Conversation,
    Equipment,
    Event,
    ImportRow,
    Listing,
    ListingService,
    NameplateCase,
    Notification,
    SavedFilter,
    Site,
    Verification,
    WebhookDelivery,
)
from marketplace.queries import acting_organization, listings_with_room, whole_days
from marketplace.rules.event_types import EventType
from marketplace.shared.errors import Invalid


class FilterNotRead(Invalid):
    """A file is asked for with a filter that cannot be read."""

    code = "filter_not_read"
    text = gettext_noop("The filter “{name}” cannot be read: {why}")


def refuse_unread(filterset: filters.FilterSet | forms.Form) -> None:
    """
    Let a file be made only of what its filters say: one that was skipped would look like an empty table.

    :raises FilterNotRead: at the first field that cannot be read
    """
    form = filterset if isinstance(filterset, forms.Form) else filterset.form
    for name, errors in form.errors.items():
        raise FilterNotRead(name=name, why=" ".join(map(str, errors)))


DAY = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
FIRST_YEAR, LAST_YEAR = 2000, 2999


class DayField(forms.DateField):
    """A day of this millennium: its midnights are instants in every zone."""

    def to_python(self, value: Any) -> Any:
        day = super().to_python(value)
        if day is not None and not FIRST_YEAR <= day.year <= LAST_YEAR:
            raise forms.ValidationError(_("Choose a day between the years 2000 and 2999."), code="invalid")
        return day


@extend_schema_field(OpenApiTypes.DATE)
class DayFilter(filters.Filter):
    """A local day."""

    field_class = DayField


class TrueOrFalseField(forms.NullBooleanField):
    """``true``, ``false``, or nothing; any other word is an error, not silence."""

    widget = forms.TextInput

    def to_python(self, value: Any) -> Any:
        found = super().to_python(value)
        if found is None and value not in (None, ""):
            raise forms.ValidationError(_("Write true or false."), code="invalid")
        return found


class TrueOrFalse(filters.BooleanFilter):
    """Whether something is so."""

    field_class = TrueOrFalseField


class _TwoDays(forms.Form):
    """Free from and free until go together, in this order."""

    def clean(self) -> dict[str, Any]:
        told = super().clean() or {}
        first, last = told.get("free_from"), told.get("free_to")
        for given, missing in ((first, "free_to"), (last, "free_from")):
            if given and not told.get(missing) and missing not in self.errors:
                self.add_error(missing, _("Give both days."))
        if first and last and last < first:
            self.add_error("free_to", _("The last day lies before the first."))
        return told


def _own_sites(request: Any) -> Any:
    return Site.objects.filter(organization=acting_organization(request)).order_by("name", "pk")


def _own_categories(request: Any) -> Any:
    own = Equipment.objects.filter(owner=acting_organization(request)).values("category")
    return Category.objects.filter(pk__in=own).order_by("position", "pk")


class EquipmentFilter(filters.FilterSet):
    """Filters of machines."""

    category = filters.ModelChoiceFilter(
        field_name="category", to_field_name="code", queryset=Category.objects.all(), label=_("Category")
    )
    status = filters.ChoiceFilter(choices=Equipment.Status, label=_("Status"))
    serial_number = filters.CharFilter(label=_("Serial number"))

    class Meta:
        model = Equipment
        fields: list[str] = []


class MachineCalendarFilter(filters.FilterSet):
    """Filters of the calendar of all machines: words of the nameplate, site, category, first day shown."""

    q = filters.CharFilter(method="by_words", label=_("Name or serial number"))
    site = filters.ModelChoiceFilter(
        to_field_name="public_id", queryset=_own_sites, label=_("Site"), empty_label=_("All")
    )
    category = filters.ModelChoiceFilter(
        to_field_name="code", queryset=_own_categories, label=_("Category"), empty_label=_("All")
    )
    first_day = DayFilter(method="as_it_is", label=_("Shown from"), widget=DAY)

    class Meta:
        model = Equipment
        fields: list[str] = []

    def by_words(self, queryset: Any, name: str, value: str) -> Any:
        """Keep machines whose name or serial number holds what was typed."""
        return queryset.filter(Q(name__icontains=value) | Q(serial_number__icontains=value))

    def as_it_is(self, queryset: Any, name: str, value: Any) -> Any:
        """Keep all: the day says what is shown of them."""
        return queryset


class ListingFilter(filters.FilterSet):
    """Filters of the catalogue: words, family, category, city, free between two dates."""

    q = filters.CharFilter(method="by_words", label=_("Search"))
    family = filters.CharFilter(field_name="category__family", label=_("Family"))
    category = filters.ModelChoiceFilter(
        field_name="category",
        to_field_name="code",
        queryset=Category.objects.exclude(parent=None).order_by("position"),
        empty_label=_("All"),
        label=_("Category"),
    )
    city = filters.CharFilter(field_name="site__city", label=_("City"))
    region = filters.CharFilter(field_name="site__region_code", lookup_expr="startswith", label=_("Region"))
    status = filters.ChoiceFilter(choices=Listing.Status, label=_("Status"))
    free_from = DayFilter(method="with_the_other", label=_("Free from"), widget=DAY)
    free_to = DayFilter(method="free_between", label=_("Free until"), widget=DAY)

    class Meta:
        model = Listing
        form = _TwoDays
        fields: list[str] = []

    def by_words(self, queryset: Any, name: str, value: str) -> Any:
        """Keep listings in which every word occurs in title, summary, maker, model, category or city."""
        for word in value.split()[:6]:
            queryset = queryset.filter(
                Q(title__icontains=word)
                | Q(summary__icontains=word)
                | Q(category__name__icontains=word)
                | Q(category__name_zh__icontains=word)
                | Q(site__city__icontains=word)
                | Q(units__equipment__model_name__icontains=word)
                | Q(units__equipment__maker_name__icontains=word)
            )
        return queryset.distinct()

    def with_the_other(self, queryset: Any, name: str, value: object) -> Any:
        """The first day filters together with the last one."""
        return queryset

    def free_between(self, queryset: Any, name: str, value: Any) -> Any:
        """Keep listings with at least one machine free, buffers included, over the whole days asked for."""
        first = self.form.cleaned_data.get("free_from")
        if first is None:
            return queryset
        roomy = listings_with_room(whole_days(first, value))
        return queryset.filter(pk__in=roomy.values("listing"))


class NameplateCaseFilter(filters.FilterSet):
    """Filters of nameplates that are alike: how the case stands."""

    state = filters.ChoiceFilter(choices=NameplateCase.Stage, label=_("State of the case"))

    class Meta:
        model = NameplateCase
        fields: list[str] = []


class ContentCaseFilter(filters.FilterSet):
    """Filters of what was reported or hidden: how the case stands."""

    state = filters.ChoiceFilter(choices=ContentCase.Stage, label=_("State of the case"))

    class Meta:
        model = ContentCase
        fields: list[str] = []


class ClaimFilter(filters.FilterSet):
    """Filters of the calendar: machine, reason, days, and whether it still occupies the machine."""

    equipment = filters.CharFilter(field_name="equipment__public_id", label=_("Machine"))
    reason = filters.MultipleChoiceFilter(choices=Claim.Reason, label=_("Reason"))
    active = TrueOrFalse(label=_("Occupies the machine"))
    first_day = DayFilter(method="from_day", label=_("From"))
    last_day = DayFilter(method="until_day", label=_("Until"))

    class Meta:
        model = Claim
        fields: list[str] = []

    def from_day(self, queryset: Any, name: str, value: Any) -> Any:
        """Keep what is not over when the day begins."""
        return queryset.filter(period__overlap=(whole_days(value, value).start, None))

    def until_day(self, queryset: Any, name: str, value: Any) -> Any:
        """Keep what has begun when the day is over."""
        return queryset.filter(period__overlap=(None, whole_days(value, value).end))


class NotificationFilter(filters.FilterSet):
    """What was told: what nobody has read yet, or one kind."""

    unread = TrueOrFalse(field_name="read_at", lookup_expr="isnull", label=_("Unread"))
    kind = filters.ChoiceFilter(choices=Notification.KINDS, label=_("Kind"), empty_label=_("All"))

    class Meta:
        model = Notification
        fields: list[str] = []


class SavedSearchFilter(filters.FilterSet):
    """Saved searches: how often they are told."""

    telling = filters.ChoiceFilter(
        choices=SavedFilter.TELLINGS, label=_("How often you are told"), empty_label=_("All")
    )

    class Meta:
        model = SavedFilter
        fields: list[str] = []


class VerificationFilter(filters.FilterSet):
    """Verifications that stand so."""

    state = filters.ChoiceFilter(choices=Verification.Standing.choices, label=_("State"))

    class Meta:
        model = Verification
        fields: list[str] = []


class EventFilter(filters.FilterSet):
    """Events: of a type, after the last one that somebody has, since a day."""

    type = filters.ChoiceFilter(choices=[(one, one) for one in EventType], label=_("Type of event"))
    after = filters.NumberFilter(
        field_name="sequence",
        lookup_expr="gt",
        label=_("After the number"),
        min_value=0,
        max_value=10**15,
        decimal_places=0,
    )
    since = DayFilter(method="kept_since", label=_("Since the day"))

    class Meta:
        model = Event
        fields: list[str] = []

    def kept_since(self, found: Any, _name: str, day: Any) -> Any:
        return found.filter(occurred_at__gte=whole_days(day, day).start)


class WebhookDeliveryFilter(filters.FilterSet):
    """Deliveries: of a webhook, in a state."""

    endpoint = filters.CharFilter(field_name="endpoint__public_id", label=_("Webhook"))
    state = filters.ChoiceFilter(choices=WebhookDelivery.State, label=_("State"), empty_label=_("All"))

    class Meta:
        model = WebhookDelivery
        fields: list[str] = []


class ApiRequestFilter(filters.FilterSet):
    """Requests: with a key, answered with a status or one of a hundred, such as `404` or `4xx`."""

    key = filters.CharFilter(field_name="key__public_id", label=_("Key"))
    status = filters.CharFilter(
        method="answered", label=_("Status"), validators=[RegexValidator(r"^[1-5]([0-9]{2}|xx)\Z")]
    )

    class Meta:
        model = ApiRequest
        fields: list[str] = []

    def answered(self, queryset: Any, name: str, value: str) -> Any:
        """Keep those with a status; ``xx`` stands for all that begin alike."""
        if value.endswith("xx"):
            return queryset.filter(status__range=(int(value[0]) * 100, int(value[0]) * 100 + 99))
        return queryset.filter(status=int(value))


class BackgroundJobFilter(filters.FilterSet):
    """Background jobs: in a state, about a thing."""

    status = filters.ChoiceFilter(choices=BackgroundJob.Status, label=_("State"), empty_label=_("All"))
    subject = filters.CharFilter(label=_("Object of the work"))

    class Meta:
        model = BackgroundJob
        fields: list[str] = []


class ImportRowFilter(filters.FilterSet):
    """Rows of an import: what became of them."""

    status = filters.ChoiceFilter(choices=ImportRow.Status, label=_("State"), empty_label=_("All"))

    class Meta:
        model = ImportRow
        fields: list[str] = []


class ServiceFilter(filters.FilterSet):
    """Filters of services: state, kind, listing."""

    status = filters.MultipleChoiceFilter(choices=ListingService.Status, label=_("State"))
    kind = filters.ChoiceFilter(choices=ListingService.Kind, label=_("Service"), empty_label=_("All"))
    listing = filters.CharFilter(field_name="listing__public_id", label=_("Listing"))

    class Meta:
        model = ListingService
        fields: list[str] = []


class ConversationFilter(filters.FilterSet):
    """Filters of conversations: a listing, a lease, and whether something is unread."""

    listing = filters.CharFilter(field_name="listing__public_id", label=_("Listing"))
    lease = filters.CharFilter(field_name="reference", label=_("Lease"))
    unread = TrueOrFalse(method="not_read", label=_("Unread"))

    class Meta:
        model = Conversation
        fields: list[str] = []

    def not_read(self, queryset: Any, name: str, value: bool) -> Any:
        """Keep those whose newest message is not read, or is; ``seen`` says up to which."""
        newer = Q(last_number__gt=F("seen"))
        return queryset.filter(newer if value else ~newer)
