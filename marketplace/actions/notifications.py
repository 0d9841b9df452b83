"""Tell organizations and people of something; they read it; the outbox sends it by mail."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime, timedelta

from django.utils.translation import gettext_noop

from marketplace.actions import gathering
from marketplace.gateway.transactions import atomic
from marketplace.models import Notification, Organization, User
from marketplace.models.parties import Role
from marketplace.rules.notification_words import needed
from marketplace.rules.notifications import Kind
from marketplace.shared.errors import NotAllowed

AT_ONCE = 50  # mails in one run of the outbox
MOST_TRIES = 5
STALE = timedelta(days=2)  # what could not be sent until then is read on the page alone
TO_EVERYBODY = (Kind.ANNOUNCEMENT_PUBLISHED, Kind.ANNOUNCEMENT_WITHDRAWN)  # thousands of mails at once


class NotAMember(NotAllowed):
    """Only members read what an organization is told."""

    code = "not_a_member"
    text = gettext_noop("You do not belong to {organization}, so you cannot read what it is told.")


def notify(
    *,
    kind: Kind,
    to: Iterable[Organization],
    facts: Mapping[str, str],
    at: datetime,
    link: str = "",
    person: User | None = None,
    once: str = "",
) -> list[Notification]:
    """
    Tell organizations of something, in the transaction in which it happens; return what was written.

    ``facts`` are those that the sentence of ``kind`` needs, ``link`` the page about it (a path). With a
    ``person`` that one alone is told. What has ``once`` is told an organization at most once. A synthetic
    organization is told nothing.
    """
    assert needed(kind) <= set(facts), (kind, facts)
    rows = [
        Notification(
            organization=one,
            person=person,
            kind=kind.value,
            facts=dict(facts),
            link=link[:200],
            once=once,
            made_at=at,
        )
        for one in {one.pk: one for one in to}.values()
        if not one.is_synthetic
    ]
    if not once:
        return gathering.write(rows=rows)
    known = Notification.objects.filter(once=once, organization__in=[one.organization for one in rows])
    told = set(known.values_list("organization", flat=True))
    fresh = [one for one in rows if one.organization_id not in told]
    return Notification.objects.bulk_create(fresh, ignore_conflicts=True)


@atomic
def mark_read(*, by: User, within: Organization, at: datetime, ids: Sequence[str] | None = None) -> int:
    """
    Mark what ``by`` was told as a member of ``within`` as read, all of it or that with these ids; return how
    many were unread.

    :raises NotAMember: if ``by`` does not belong to ``within``
    """
    if not by.roles_in(within):
        raise NotAMember(organization=within.name)
    found = Notification.objects.to(by, within).unread()
    return (found if ids is None else found.filter(public_id__in=ids)).update(read_at=at)


@atomic
def take_out(*, at: datetime, without: Collection[int] = ()) -> list[tuple[Notification, list[str]]]:
    """
    Take what waits out of the outbox, with the addresses that it goes to, if any; whoever takes it sends it.

    It is marked before it is sent: a mail that fails is put back, one whose sender dies is not sent twice.
    Mail goes to the person, or to the administrators of the organization. What everybody is told of waits
    until nothing else does. What has a key of ``without`` is left.
    """
    waiting = Notification.objects.locked().filter(mailed_at=None).exclude(pk__in=without)
    waiting = waiting.select_related("organization", "person")
    found = list(waiting.exclude(kind__in=TO_EVERYBODY)[:AT_ONCE])
    found = found or list(waiting.filter(kind__in=TO_EVERYBODY)[:AT_ONCE])
    Notification.objects.filter(pk__in=[one.pk for one in found]).update(mailed_at=at)
    return [(one, _addresses(one) if one.made_at > at - STALE else []) for one in found]


def put_back(*, notification: Notification) -> None:
    """Put what could not be sent back into the outbox, but not for ever."""
    found = Notification.objects.filter(pk=notification.pk, tries__lt=MOST_TRIES - 1)
    found.update(mailed_at=None, tries=notification.tries + 1)


def _addresses(one: Notification) -> list[str]:
    if one.person is not None:
        return [one.person.email] if one.person.is_active and not one.person.is_robot else []
    held = one.organization.memberships.filter(role=Role.ADMIN, user__is_active=True, user__is_robot=False)
    return sorted(set(held.values_list("user__email", flat=True)))
