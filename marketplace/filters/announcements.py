"""Filters of announcements."""

import django_filters as filters
from django.utils.translation import gettext_lazy as _

from marketplace.models import Announcement


class AnnouncementFilter(filters.FilterSet):
    """What an announcement is about, whom it is for, and how it stands."""

    kind = filters.ChoiceFilter(choices=Announcement.About, label=_("Kind"), empty_label=_("All"))
    audience = filters.ChoiceFilter(choices=Announcement.For, label=_("Meant for"), empty_label=_("All"))
    state = filters.ChoiceFilter(choices=Announcement.Stage, label=_("State"), empty_label=_("All"))

    class Meta:
        model = Announcement
        fields: list[str] = []


class PublicFilter(AnnouncementFilter):
    """The same for everybody, who sees no drafts."""

    state = filters.ChoiceFilter(
        choices=[(one.value, one.label) for one in Announcement.Stage if one != Announcement.Stage.DRAFT],
        label=_("State"),
        empty_label=_("All"),
    )
