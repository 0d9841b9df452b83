"""Papers that are uploaded on pages, and handed out again."""

from typing import Any

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from marketplace.actions.verifications import Upload
from marketplace.models import VerificationPaper
from marketplace.rules import proofs
from marketplace.rules.proofs import LARGEST, WHY, Paper

ACCEPT = "application/pdf,image/jpeg,image/png,image/webp"


class PaperField(forms.FileField):
    """A paper, read as it comes in; what is kept of a picture is its dots alone."""

    def __init__(self, kind: Paper, label: Any, *, required: bool = True) -> None:
        self.kind = kind
        super().__init__(
            label=label,
            required=required,
            max_length=200,
            widget=forms.FileInput({"accept": ACCEPT}),
            help_text=gettext_lazy("JPEG, PNG or WebP, at most 15 MB, or a PDF of 5 MB."),
        )

    def clean(self, data: Any, initial: Any = None) -> Any:
        """Return the paper, or nothing where none was chosen and none is needed."""
        if isinstance(data, UploadedFile) and not data.size:
            text = WHY["empty"]
            raise forms.ValidationError(_(text), code="empty")
        held = super().clean(data, initial)
        if not held:
            return None
        try:
            return Upload(self.kind, held.name, proofs.read(held.read(LARGEST + 1)))
        except proofs.NotAPaper as error:
            raise forms.ValidationError(_(WHY[error.why]), code=error.why) from error


def handed_out(paper: VerificationPaper) -> HttpResponse:
    """Return a paper: a picture to look at, anything else as a download that no browser opens in the page."""
    answer = HttpResponse(bytes(paper.content), content_type=paper.media_type)
    ending = "jpg" if paper.media_type.startswith("image/") else "pdf"
    how = "inline" if ending == "jpg" else "attachment"
    answer["Content-Disposition"] = f'{how}; filename="{paper.public_id}.{ending}"'
    answer["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return answer
