"""Where an organization's events are sent to: set up, changed, switched off and on, given secrets."""

import secrets
from collections.abc import Iterator, Sequence
from datetime import datetime
from urllib.parse import urlsplit

from django.conf import settings
from django.utils.translation import gettext_noop

from marketplace.actions import audit, events
from marketplace.actions.notifications import notify
from marketplace.gateway.transactions import atomic
from marketplace.models import Event, Organization, User, WebhookDelivery, WebhookEndpoint, WebhookSecret
from marketplace.permissions import Permission, require
from marketplace.rules.addresses import flaw_of
from marketplace.rules.event_types import CHOSEN, EventType
from marketplace.rules.notifications import Kind
from marketplace.rules.readable import is_readable
from marketplace.rules.webhooks import OVERLAP, SECRET_BYTES, secret_of
from marketplace.shared.errors import Flaw, Invalid, NotPossible

MOST = 20  # endpoints of an organization
MOST_TESTS = 5  # of an endpoint that wait
LONGEST_DESCRIPTION = 200
State, Reason = WebhookEndpoint.State, WebhookEndpoint.Reason


class WebhookInvalid(Invalid):
    """Messages cannot be sent like this; ``flaws`` say why."""

    code = "webhook_invalid"
    text = gettext_noop("The webhook cannot be set up like this. Mend what is marked.")


class TooManyWebhooks(NotPossible):
    """An organization has so many and no more."""

    code = "too_many_webhooks"
    text = gettext_noop("You have {most} webhooks, which is the most. Take one away first.")


class WebhookChanged(NotPossible):
    """Somebody changed it since the caller read it."""

    status = 412
    code = "webhook_changed"
    text = gettext_noop(
        "Somebody has changed this webhook: it is at version {version}, you saw {seen}. Read it again."
    )


class WebhookRemoved(NotPossible):
    """It was taken away meanwhile."""

    code = "webhook_removed"
    text = gettext_noop("This webhook was taken away. Set up a new one.")


class WebhookSetUp(NotPossible):
    """Another one was set up since the caller looked: perhaps by the same form, sent twice."""

    code = "webhook_set_up"
    text = gettext_noop("A webhook was set up meanwhile. Look at the list; send this again if you need it.")


class TestsWaiting(NotPossible):
    """So many tests wait and no more."""

    code = "tests_waiting"
    text = gettext_noop("{most} tests of this webhook wait already. Look at what became of them first.")


class WebhookOff(NotPossible):
    """Nothing is sent to it now."""

    code = "webhook_off"
    text = gettext_noop("This webhook is switched off. Switch it on first.")


@atomic
def create(
    *,
    organization: Organization,
    url: str,
    types: Sequence[str],
    by: User,
    at: datetime,
    description: str = "",
    newest: str | None = None,
) -> tuple[WebhookEndpoint, str]:
    """
    Set up an endpoint, and return it with its secret, which is shown once and kept sealed.

    ``newest`` is the newest one that the caller saw, empty for none: a form that is sent twice, also at one
    moment, sets one up.

    :raises MissingRight: if ``by`` may not connect programs of ``organization``
    :raises WebhookInvalid: if the address is none of the internet, a type is not known, or a text too long
    :raises TooManyWebhooks: if it has as many as it may
    :raises WebhookSetUp: if ``newest`` is given and another one is there now
    """
    require(by, Permission.API_KEY_EDIT, within=organization)
    checked(url=url, types=types, description=description)
    _lock(organization)
    if newest is not None and newest != _newest(organization):
        raise WebhookSetUp
    if WebhookEndpoint.objects.of(organization).count() >= MOST:
        raise TooManyWebhooks(most=MOST)
    made = WebhookEndpoint.objects.create(
        organization=organization,
        url=url,
        description=description.strip(),
        types=sorted(set(types)),
        made_at=at,
    )
    text = _new_secret(made, at)
    _audit(made, "create", by, at, url=url)
    return made, text


def _lock(organization: Organization) -> None:
    """Let who sets up endpoints of an organization wait for each other: they are counted."""
    Organization.objects.select_for_update(no_key=True).get(pk=organization.pk)


def _newest(organization: Organization) -> str:
    found = WebhookEndpoint.objects.of(organization).order_by("-pk")
    return found.values_list("public_id", flat=True).first() or ""


@atomic
def change(
    *,
    endpoint: WebhookEndpoint,
    url: str,
    types: Sequence[str],
    description: str,
    by: User,
    at: datetime,
    expected: int | None = None,
) -> WebhookEndpoint:
    """
    Send to another address, or other types, from the next message on.

    :raises MissingRight: if ``by`` may not connect programs of its organization
    :raises WebhookInvalid: as for :func:`create`
    :raises WebhookChanged: if it is not at the version that the caller saw
    :raises WebhookRemoved: if it was taken away
    """
    require(by, Permission.API_KEY_EDIT, within=endpoint.organization)
    checked(url=url, types=types, description=description)
    found = _locked(endpoint, expected)
    found.url, found.description, found.types = url, description.strip(), sorted(set(types))
    _save(found)
    _audit(found, "change", by, at, url=url)
    return found


@atomic
def rotate(
    *, endpoint: WebhookEndpoint, by: User, at: datetime, expected: int | None = None
) -> tuple[WebhookEndpoint, str]:
    """
    Give an endpoint another secret and return it; for a day both sign, so that nothing is missed.

    :raises MissingRight: if ``by`` may not connect programs of its organization
    :raises WebhookChanged: if it is not at the version that the caller saw
    :raises WebhookRemoved: if it was taken away
    """
    require(by, Permission.API_KEY_EDIT, within=endpoint.organization)
    found = _locked(endpoint, expected)
    found.secrets.exclude(ends_at=None).delete()  # of those that were replaced the newest signs on
    found.secrets.filter(ends_at=None).update(ends_at=at + OVERLAP)
    text = _new_secret(found, at)
    _save(found)
    _audit(found, "rotate", by, at)
    return found, text


@atomic
def switch(
    *, endpoint: WebhookEndpoint, on: bool, by: User, at: datetime, expected: int | None = None
) -> WebhookEndpoint:
    """
    Switch an endpoint off, which stops what waits, or on again; what it is already changes nothing.

    :raises MissingRight: if ``by`` may not connect programs of its organization
    :raises WebhookChanged: if it is not at the version that the caller saw
    :raises WebhookRemoved: if it was taken away
    """
    require(by, Permission.API_KEY_EDIT, within=endpoint.organization)
    found = _locked(endpoint, expected)
    if found.is_active == on:
        return found
    if on:
        found.state, found.reason, found.failing_since = State.ACTIVE, "", None
        _save(found)
    else:
        _end(found, State.DISABLED, Reason.BY_HAND, at)
    _audit(found, "enable" if on else "disable", by, at)
    return found


@atomic
def remove(*, endpoint: WebhookEndpoint, by: User, at: datetime, expected: int | None = None) -> None:
    """
    Take an endpoint away, with its secrets; doing it twice changes nothing.

    :raises MissingRight: if ``by`` may not connect programs of its organization
    :raises WebhookChanged: if it is not at the version that the caller saw
    """
    require(by, Permission.API_KEY_EDIT, within=endpoint.organization)
    try:
        found = _locked(endpoint, expected)
    except WebhookRemoved:
        return
    found.secrets.all().delete()
    _end(found, State.REMOVED, Reason.BY_HAND, at)
    _audit(found, "remove", by, at)


@atomic
def test(*, endpoint: WebhookEndpoint, by: User, at: datetime) -> WebhookDelivery:
    """
    Send a test to an endpoint, as any other event.

    :raises MissingRight: if ``by`` may not connect programs of its organization
    :raises WebhookOff: if it is switched off
    :raises WebhookRemoved: if it was taken away
    :raises TestsWaiting: if as many wait as may
    """
    require(by, Permission.API_KEY_EDIT, within=endpoint.organization)
    found = _locked(endpoint, None)
    if not found.is_active:
        raise WebhookOff
    waiting = found.deliveries.filter(state=WebhookDelivery.State.WAITING, event__type=EventType.WEBHOOK_TEST)
    if waiting.count() >= MOST_TESTS:
        raise TestsWaiting(most=MOST_TESTS)
    [row] = events.entries(
        type=EventType.WEBHOOK_TEST, object=found.public_id, to=[found.organization], at=at
    )
    [event] = Event.objects.bulk_create([row])
    _audit(found, "test", by, at)
    return WebhookDelivery.objects.create(endpoint=found, event=event, next_at=at, made_at=at)


def give_up(*, endpoint: WebhookEndpoint, reason: str, at: datetime) -> None:
    """Switch off a locked endpoint to which nothing arrives, and tell its organization."""
    _end(endpoint, State.DISABLED, reason, at)
    notify(
        kind=Kind.WEBHOOK_GONE if reason == Reason.GONE else Kind.WEBHOOK_FAILING,
        to=[endpoint.organization],
        facts={"url": _name(endpoint)},
        at=at,
        link=f"/webhooks/{endpoint.public_id}/",
    )


def _name(endpoint: WebhookEndpoint) -> str:
    """Tell whose webhook it is without its path, which may carry a token: host and description."""
    host = urlsplit(endpoint.url).hostname or ""
    return f"{host} ({endpoint.description})" if endpoint.description else host


def checked(*, url: str, types: Sequence[str], description: str) -> None:
    """
    Look at what somebody asks for.

    :raises WebhookInvalid: naming all that is wrong
    """
    flaws = list(_flaws(url, types, description))
    if flaws:
        raise WebhookInvalid(flaws=flaws)


def _flaws(url: str, types: Sequence[str], description: str) -> Iterator[Flaw]:
    wrong = flaw_of(url, is_local_fine=settings.WEBHOOK_LOCAL)
    if wrong:
        yield Flaw("/url", "address", wrong)
    for place, type in enumerate(types):
        if type not in CHOSEN:
            known = ", ".join(CHOSEN)
            said = gettext_noop("There is no such type. Known are: {known}.")
            yield Flaw(f"/types/{place}", "unknown_type", said, {"known": known})
    if len(description) > LONGEST_DESCRIPTION or not is_readable(description, lines=True):
        yield Flaw("/description", "too_long", gettext_noop("Describe it in at most 200 characters."))


def _locked(endpoint: WebhookEndpoint, expected: int | None) -> WebhookEndpoint:
    found = WebhookEndpoint.objects.locked().select_related("organization").get(pk=endpoint.pk)
    if found.state == State.REMOVED:
        raise WebhookRemoved
    if expected is not None and expected != found.version:
        raise WebhookChanged(version=found.version, seen=expected)
    return found


def _new_secret(endpoint: WebhookEndpoint, at: datetime) -> str:
    raw = secrets.token_bytes(SECRET_BYTES)
    made = WebhookSecret(endpoint=endpoint, made_at=at)
    made.keep(raw)
    made.save()
    return secret_of(raw)


def _end(endpoint: WebhookEndpoint, state: str, reason: str, at: datetime) -> None:
    """Switch off, or take away; what waits is stopped, under the locks of its rows."""
    endpoint.state, endpoint.reason = state, reason
    _save(endpoint)
    waiting = endpoint.deliveries.filter(state=WebhookDelivery.State.WAITING).locked()
    keys = list(waiting.values_list("pk", flat=True))
    stopped = WebhookDelivery.State.STOPPED
    WebhookDelivery.objects.filter(pk__in=keys).update(state=stopped, next_at=None, ended_at=at)


def _save(endpoint: WebhookEndpoint) -> None:
    endpoint.version += 1
    endpoint.save()


def _audit(endpoint: WebhookEndpoint, verb: str, by: User, at: datetime, **facts: str) -> None:
    within = endpoint.organization
    audit.record(by=by, action=f"webhook.{verb}", subject=endpoint.public_id, at=at, within=within, **facts)
