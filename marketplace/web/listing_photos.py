"""Pictures of a listing: served to whoever sees the listing; its owner adds and arranges them."""

from collections.abc import Iterable, Sequence
from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.files.uploadedfile import UploadedFile
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.cache import get_conditional_response
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from marketplace.actions import listing_photos
from marketplace.actions.listing_photos import Shot
from marketplace.models import Listing, ListingPhoto
from marketplace.permissions import Permission, allowed, require
from marketplace.queries.acting import acting_or_none
from marketplace.rules.listing_photos import LONGEST_ALT, MEDIA_TYPE, MOST_PHOTOS, Size
from marketplace.rules.photos import LARGEST_UPLOAD
from marketplace.shared import clock
from marketplace.shared.errors import DomainError, Invalid, NotPossible

AN_HOUR = 3600
# A picture is a picture: whoever opens its address gets no page.
HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "default-src 'none'; sandbox",
    "Content-Disposition": "inline; filename=photo.webp",
}
DONE = {
    "cover": gettext_lazy("This picture comes first now."),
    "describe": gettext_lazy("The words are changed."),
    "remove": gettext_lazy("The picture is gone."),
}


class SeveralPictures(forms.ClearableFileInput):
    """A field in which several files are chosen; a phone offers its camera, too."""

    allow_multiple_selected = True
    template_name = "django/forms/widgets/file.html"


class PicturesField(forms.FileField):
    """A dozen pictures at most; what is in them is looked at by the action."""

    def clean(self, data: Any, initial: Any = None) -> list[UploadedFile]:
        """Return the files that were chosen; an empty choice is none."""
        given = data if isinstance(data, (list, tuple)) else [data] if data else []
        return list(given)


class PicturesForm(forms.Form):
    """What is uploaded; the action looks into the files."""

    photos = PicturesField(
        label=gettext_lazy("Pictures"),
        required=False,
        widget=SeveralPictures({"accept": "image/jpeg,image/png,image/webp", "multiple": True}),
        help_text=gettext_lazy(
            "JPEG, PNG or WebP of at most 15 MB each. Place and camera are taken out. No people, no drawings "
            "of customers."
        ),
    )


class WordsForm(forms.Form):
    """What a picture shows, for those who do not see it."""

    alt_zh = forms.CharField(label=gettext_lazy("What it shows, in Chinese"), max_length=LONGEST_ALT)
    alt_en = forms.CharField(label=gettext_lazy("What it shows, in English"), max_length=LONGEST_ALT)


@require_safe
def photo(request: HttpRequest, public_id: str, size: str) -> HttpResponse:
    """
    Give a picture in one size. It is kept for an hour: by everybody if everybody may see its listing, else by
    the reader's browser alone. Then it is asked whether it is still shown; what it is never changes, so it
    is not sent again.
    """
    if size not in set(Size):
        raise Http404
    shown = ListingPhoto.objects.only(size)
    found, kept = shown.visible_to(None, None).filter(public_id=public_id).first(), "public"
    if found is None:
        mine = shown.visible_to(request.user, acting_or_none(request))  # type: ignore[arg-type]
        found = get_object_or_404(mine, public_id=public_id)
        kept = "private"
    etag = f'"{public_id}-{size}"'
    headers = HEADERS | {"Cache-Control": f"{kept}, max-age={AN_HOUR}", "ETag": etag}
    answer = HttpResponse(bytes(getattr(found, size)), content_type=MEDIA_TYPE, headers=headers)
    return get_conditional_response(request, etag=etag, response=answer) or answer


@login_required
def of_listing(request: HttpRequest, public_id: str) -> HttpResponse:
    """Show the pictures of one's own listing, and add some."""
    listing = _mine(request, public_id)
    sent = request.method == "POST"
    if sent:
        require(request.user, Permission.LISTING_EDIT, within=listing.owner)  # type: ignore[arg-type]
    form = PicturesForm(request.POST, request.FILES) if sent else PicturesForm()
    if sent and form.is_valid() and _added(request, listing, form):
        messages.success(
            request, _("Added. Say what each picture shows, and choose the one that comes first.")
        )
        return redirect("listing-photos", public_id)
    held = list(ListingPhoto.objects.known().filter(listing=listing))
    context = {
        "listing": listing,
        "form": form,
        "rows": [_row(one) for one in held],
        "left": MOST_PHOTOS - len(held),
        "may_edit": allowed(request.user, Permission.LISTING_EDIT, within=listing.owner),  # type: ignore[arg-type]
    }
    return render(request, "marketplace/listing_photos.html", context, status=400 if form.errors else 200)


@require_POST
@login_required
def act(request: HttpRequest, public_id: str, item: str, verb: str) -> HttpResponse:
    """Put a picture first, say what it shows, or take it away; a refusal is said on the page."""
    listing = _mine(request, public_id)
    require(request.user, Permission.LISTING_EDIT, within=listing.owner)  # type: ignore[arg-type]
    found = get_object_or_404(ListingPhoto.objects.known().filter(listing=listing), public_id=item)
    found.listing = listing
    who: dict[str, Any] = {"photo": found, "by": request.user, "at": clock.now()}
    try:
        if verb == "describe":
            typed = request.POST
            zh, en = typed.get("alt_zh", ""), typed.get("alt_en", "")
            listing_photos.describe(alt_zh=zh, alt_en=en, **who)
        else:
            {"cover": listing_photos.cover, "remove": listing_photos.remove}[verb](**who)
    except (NotPossible, Invalid) as error:
        messages.error(request, said(error))
    else:
        messages.success(request, str(DONE[verb]))
    return redirect("listing-photos", public_id)


def shown(photos: Iterable[ListingPhoto]) -> dict[str, Any]:
    """Return what the page of a listing shows: the cover whole, the others small, leading to the whole."""
    both = [(one.shown(Size.FULL), one.shown(Size.THUMB)) for one in photos]
    return {"cover": both[0][0] if both else None, "thumbs": both[1:]}


def said(error: DomainError) -> str:
    """Say a refusal in one line, with what is wrong at its items where it has any."""
    texts = [_(flaw.text).format(**flaw.facts) for flaw in error.flaws]
    return " ".join(texts or [_(error.text).format(**error.facts)])


def _added(request: HttpRequest, listing: Listing, form: PicturesForm) -> bool:
    shots = [Shot(data) for data in _uploads(request.FILES.getlist("photos"))]
    try:
        listing_photos.add(listing=listing, shots=shots, by=request.user, at=clock.now())  # type: ignore[arg-type]
    except (NotPossible, Invalid) as error:
        form.add_error("photos", _at_their_names(error, request.FILES.getlist("photos")))
    return not form.errors


def _at_their_names(error: DomainError, files: Sequence[UploadedFile]) -> list[str]:
    """Say what is wrong, with the name of the file that it is wrong with."""
    if not error.flaws:
        return [_(error.text).format(**error.facts)]
    found = []
    for flaw in error.flaws:
        number = flaw.pointer.split("/")[2:3]
        name = f"{files[int(number[0])].name}: " if number else ""
        found.append(name + _(flaw.text).format(**flaw.facts))
    return found


def _uploads(files: Iterable[UploadedFile]) -> list[bytes]:
    """Return the bytes of uploads, each cut behind what a picture may have, and of one more than may be."""
    return [one.read(LARGEST_UPLOAD + 1) for one in list(files)[: MOST_PHOTOS + 1]]


def _row(one: ListingPhoto) -> dict[str, Any]:
    words = WordsForm(initial={"alt_zh": one.alt_zh, "alt_en": one.alt_en}, auto_id=f"{one.public_id}-%s")
    return {"photo": one, "card": one.shown(Size.CARD), "form": words}


def _mine(request: HttpRequest, public_id: str) -> Listing:
    owned = Listing.objects.owned_by(request.user).select_related("owner", "site")  # type: ignore[arg-type]
    return get_object_or_404(owned, public_id=public_id)
