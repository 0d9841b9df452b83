"""Mails to addresses that need be no member's: written in the transaction, sent by the outbox."""

from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db.models import F, Q
from django.utils.translation import gettext, override

from marketplace.gateway.transactions import atomic
from marketplace.models import Letter
from marketplace.rules.joining import tidy

LANGUAGES = ("zh-hans", "en")
AT_ONCE = 50
MOST_TRIES = 5
LOST_AFTER = timedelta(minutes=10)  # that a letter was taken and not sent: whoever took it is gone
KEPT = timedelta(days=7)  # that a letter went out is known so long; its text goes at once


def write(*, to: str, subject: str, text: str, at: datetime, path: str = "", **facts: Any) -> Letter:
    """
    Write a mail in both languages, in the transaction in which it is due.

    ``subject`` and ``text`` are message ids, filled with ``facts``, which are put in one line each; ``path``
    is the page that it leads to.
    """
    told = {name: tidy(str(value)) for name, value in facts.items()}
    said = [_in(language, text, told) for language in LANGUAGES]
    titles = [_in(language, subject, told) for language in LANGUAGES]
    link = [f"{settings.SITE_URL}{path}"] if path else []
    return Letter.objects.create(
        to=to, subject=" · ".join(titles)[:200], body="\n\n".join([*said, *link]), made_at=at
    )


@atomic
def take_out(*, at: datetime) -> list[Letter]:
    """Take what waits out of the outbox, also what was taken by who is lost; whoever takes it sends it."""
    is_free = Q(taken_at=None) | Q(taken_at__lte=at - LOST_AFTER)
    waiting = Letter.objects.filter(is_free, sent_at=None, tries__lt=MOST_TRIES).order_by("pk")
    found = list(waiting.select_for_update(skip_locked=True)[:AT_ONCE])
    Letter.objects.filter(pk__in=[one.pk for one in found]).update(taken_at=at, tries=F("tries") + 1)
    Letter.objects.filter(made_at__lt=at - KEPT).delete()
    return found


def sent(*, letter: Letter, at: datetime) -> None:
    """Note that a letter went out; its text, which holds a link, goes."""
    Letter.objects.filter(pk=letter.pk).update(sent_at=at, body="")


def put_back(*, letter: Letter) -> None:
    """Put what could not be sent back into the outbox, whence it is taken ``MOST_TRIES`` times at most."""
    Letter.objects.filter(pk=letter.pk).update(taken_at=None)


def _in(language: str, text: str, facts: dict[str, str]) -> str:
    with override(language):
        return gettext(text).format(**facts)
