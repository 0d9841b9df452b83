"""Photos of a fault on pages: chosen with the report or added later, on a phone and without script."""

from collections.abc import Iterable, Sequence
from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from leasing.actions import ticket_photos
from leasing.models import Ticket
from leasing.rules.tickets import MOST_PHOTOS
from leasing.web.words import said
from marketplace.queries import acting_organization
from marketplace.rules.photos import LARGEST_UPLOAD
from marketplace.shared import clock
from marketplace.shared.errors import Invalid, NotPossible


class SeveralFiles(forms.ClearableFileInput):
    """A field in which several files are chosen; a phone offers its camera, too."""

    allow_multiple_selected = True
    template_name = "django/forms/widgets/file.html"


class PhotosField(forms.FileField):
    """Up to five photos; what is in them is looked at by the action."""

    def __init__(self) -> None:
        widget = SeveralFiles({"accept": "image/*", "multiple": True})
        super().__init__(
            label=gettext_lazy("Photos"),
            required=False,
            widget=widget,
            help_text=gettext_lazy("Five at most: JPEG, PNG or WebP. Place and camera are taken out."),
        )

    def clean(self, data: Any, initial: Any = None) -> list[UploadedFile]:
        """Return the files that were chosen; an empty choice is none."""
        given = data if isinstance(data, (list, tuple)) else [data] if data else []
        return [super(PhotosField, self).clean(one, initial) for one in given]


def uploads(files: Iterable[UploadedFile]) -> Sequence[bytes]:
    """Return the bytes of uploads, each cut behind what a photo may have, and of one more than may be."""
    return [one.read(LARGEST_UPLOAD + 1) for one in list(files)[: MOST_PHOTOS + 1]]


@require_POST
@login_required
def add(request: HttpRequest, public_id: str) -> HttpResponse:
    """Add photos to a ticket and come back to it; a refusal is said there."""
    organization = acting_organization(request)
    found = get_object_or_404(Ticket.objects.of(organization).with_sides(), public_id=public_id)
    try:
        ticket_photos.add(
            ticket=found,
            pictures=uploads(request.FILES.getlist("photos")),
            within=organization,
            by=request.user,  # type: ignore[arg-type]
            at=clock.now(),
        )
    except (NotPossible, Invalid) as error:
        messages.error(request, said(error))
    else:
        messages.success(request, _("Added. The other side sees it, too."))
    return redirect("ticket", public_id)
