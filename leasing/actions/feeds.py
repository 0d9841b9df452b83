"""Make, find and revoke calendar feeds."""

import hmac
import secrets
from datetime import datetime, timedelta

from django.utils.translation import gettext_noop

from leasing.models import CalendarFeed
from marketplace.actions import audit
from marketplace.actions.api_keys import hashed
from marketplace.gateway.transactions import atomic
from marketplace.models import Organization, User
from marketplace.permissions import Permission, require
from marketplace.shared.errors import NotPossible

LAST_USED_EVERY = timedelta(minutes=1)
MOST = 20


class TooManyFeeds(NotPossible):
    """Nobody needs so many addresses, and each is one more to lose."""

    code = "too_many_feeds"
    text = gettext_noop("You have {most} calendar addresses. Revoke one that nobody uses, then make another.")


@atomic
def create(
    *, organization: Organization, name: str, shows: str, language: str, by: User, at: datetime
) -> tuple[CalendarFeed, str]:
    """
    Make a feed and return it with the secret part of its address, which is shown once and stored nowhere.

    ``shows`` is one of ``CalendarFeed.Shows``. It ends when it is revoked, or when ``by`` leaves.

    :raises MissingRight: if ``by`` may not operate leases of ``organization``
    :raises TooManyFeeds: if the organization has ``MOST`` that are not revoked
    """
    require(by, Permission.LEASE_OPERATE, within=organization)
    if CalendarFeed.objects.filter(organization=organization, revoked_at=None).count() >= MOST:
        raise TooManyFeeds(most=MOST)
    identifier, secret = secrets.token_hex(6), secrets.token_urlsafe(32)
    feed = CalendarFeed.objects.create(
        organization=organization,
        user=by,
        name=name.strip(),
        shows=CalendarFeed.Shows(shows),
        language=language,
        identifier=identifier,
        secret_hash=hashed(secret=secret),
        created_at=at,
    )
    audit.record(by=by, action="calendar_feed.create", subject=feed.public_id, at=at, within=organization)
    return feed, f"{identifier}.{secret}"


@atomic
def revoke(*, feed: CalendarFeed, by: User, at: datetime) -> CalendarFeed:
    """
    Revoke a feed at once; doing it twice changes nothing.

    :raises MissingRight: if ``by`` may not operate leases of its organization
    """
    require(by, Permission.LEASE_OPERATE, within=feed.organization)
    if feed.revoked_at is None:
        feed.revoked_at = at
        feed.save(update_fields=["revoked_at"])
        audit.record(
            by=by, action="calendar_feed.revoke", subject=feed.public_id, at=at, within=feed.organization
        )
    return feed


def find(*, token: str, at: datetime) -> CalendarFeed | None:
    """Return the usable feed with this secret, or ``None``; notes the use at most once a minute."""
    identifier, _, secret = token.partition(".")
    feed = CalendarFeed.objects.usable().select_related("organization").filter(identifier=identifier).first()
    if feed is None or not hmac.compare_digest(feed.secret_hash, hashed(secret=secret)):
        return None
    if feed.last_used_at is None or at - feed.last_used_at > LAST_USED_EVERY:
        CalendarFeed.objects.filter(pk=feed.pk).update(last_used_at=at)
    return feed
