"""Close an organization: asked for with its typed name, taken back within two weeks, or done by the clock."""

from datetime import datetime

from django.db.models import Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from marketplace.actions import audit, listings, notifications, sign_ins
from marketplace.gateway.transactions import atomic
from marketplace.models import (
    ApiKey,
    AskedIn,
    Closing,
    DataExport,
    DataTable,
    Invitation,
    Membership,
    Notification,
    Organization,
    RecoveryCode,
    SavedFilter,
    SecondFactor,
    SignIn,
    User,
    WebhookEndpoint,
)
from marketplace.models.parties import OrganizationKind
from marketplace.permissions import Permission, require
from marketplace.queries.own_data import obstacles
from marketplace.rules import closing as rules
from marketplace.rules.closing import NOBODY, State
from marketplace.rules.notifications import Kind
from marketplace.shared.errors import Flaw, Invalid, NotPossible


class ClosingHindered(NotPossible):
    """Something of the organization is not over; the page names each thing with a link."""

    code = "closing_hindered"
    text = gettext_noop("{organization} cannot close yet: {reasons}")


class ClosingNotTyped(Invalid):
    """Whoever closes types the name of the organization."""

    code = "closing_not_typed"
    text = gettext_noop("Type the name of the organization exactly: {name}.")


class NotClosable(NotPossible):
    """The platform and what it made to check itself stay."""

    code = "not_closable"
    text = gettext_noop("{organization} cannot be closed here.")


class ClosingMoved(NotPossible):
    """It closes already, or it does not."""

    code = "closing_moved"
    text = gettext_noop("This has been done already: look at the page again.")


@atomic
def ask(*, organization: Organization, typed: str, by: User, at: datetime) -> Closing:
    """
    Close an organization in two weeks; it does no business from now on, and what it offers is paused.

    Who requests a lease with it at the same moment either comes first, and hinders the closing, or is refused
    (``marketplace.actions.admission`` reads the organization under a lock that this one waits for).

    :raises MissingRight: if ``by`` does not administer it
    :raises ClosingNotTyped: if ``typed`` is not its name
    :raises NotClosable: if it is the platform, or synthetic
    :raises ClosingMoved: if it closes already
    :raises ClosingHindered: if something of it is not over
    """
    require(by, Permission.ORGANIZATION_CLOSE, within=organization)
    organization = Organization.objects.locked().get(pk=organization.pk)
    if organization.kind == OrganizationKind.PLATFORM or organization.is_synthetic:
        raise NotClosable(organization=organization.name)
    if not rules.is_meant(organization.name, typed):
        facts = {"name": organization.name}
        raise ClosingNotTyped(
            flaws=[Flaw("/name", "closing_not_typed", ClosingNotTyped.text, facts)], **facts
        )
    if organization.closing_at is not None:
        raise ClosingMoved
    _check(organization, at)
    organization.closing_at = at
    organization.save(update_fields=["closing_at"])
    listings.pause_all(owner=organization, by=by, at=at)
    made = Closing.objects.create(
        organization=organization, asked_by=by.public_id, asked_at=at, due_at=rules.due(at)
    )
    audit.record(by=by, action="closing.ask", subject=made.public_id, at=at, within=organization)
    _tell(Kind.CLOSING_ASKED, made, at)
    return made


@atomic
def take_back(*, organization: Organization, by: User, at: datetime) -> Closing:
    """
    Take a closing back: the organization does business again; what it offered stays paused.

    :raises MissingRight: if ``by`` does not administer it
    :raises ClosingMoved: if it does not close, or its time is over and it is closed
    """
    require(by, Permission.ORGANIZATION_CLOSE, within=organization)
    organization = Organization.objects.locked().get(pk=organization.pk)
    found = Closing.objects.open().locked().filter(organization=organization).first()
    if found is None:
        raise ClosingMoved
    _ended(found, State.TAKEN_BACK, at)
    organization.closing_at = None
    organization.save(update_fields=["closing_at"])
    audit.record(by=by, action="closing.take_back", subject=found.public_id, at=at, within=organization)
    _tell(Kind.CLOSING_TAKEN_BACK, found, at)
    return found


@atomic
def finish(*, closing: Closing, by: User, at: datetime) -> bool:
    """
    Close an organization whose two weeks are over, and erase what no law keeps; return whether it closed.

    Where something came meanwhile (money that was given back, a note) it waits, and is told so once.
    """
    organization = Organization.objects.locked().get(pk=closing.organization_id)
    found = Closing.objects.due(at).locked().filter(pk=closing.pk).first()
    if found is None:
        return False
    if obstacles(organization, at):
        _tell(Kind.CLOSING_WAITS, found, at, once=f"closing waits {found.public_id}")
        return False
    many = _erase(organization, at)
    _ended(found, State.DONE, at)
    organization.closed_at, organization.phone, organization.bank_account = at, "", ""
    organization.save(update_fields=["closed_at", "phone", "bank_account"])
    audit.record(
        by=by, action="closing.finish", subject=found.public_id, at=at, within=organization, erased=many
    )
    return True


def _check(organization: Organization, at: datetime) -> None:
    found = obstacles(organization, at)
    if found:
        reasons = _("; ").join(_(one.text).format(count=one.count) for one in found)
        raise ClosingHindered(organization=organization.name, reasons=reasons)


def _erase(organization: Organization, at: datetime) -> int:
    """Let everybody go who acts for it, and blank those who act for nobody else; return how many."""
    members = Membership.objects.filter(organization=organization).values("user")
    # nobody becomes a member elsewhere between the look and the erasing
    people = list(User.objects.filter(pk__in=members, is_robot=False).order_by("pk").select_for_update())
    Membership.objects.filter(organization=organization).delete()
    ApiKey.objects.filter(organization=organization, revoked_at=None).update(revoked_at=at)
    waiting = Invitation.objects.filter(organization=organization, accepted_at=None, revoked_at=None)
    waiting.update(revoked_at=at)
    AskedIn.objects.filter(organization=organization).delete()
    SavedFilter.objects.filter(organization=organization).delete()
    hooks = WebhookEndpoint.objects.filter(organization=organization, state=WebhookEndpoint.State.ACTIVE)
    hooks.update(state=WebhookEndpoint.State.DISABLED, reason=WebhookEndpoint.Reason.BY_HAND)
    alone = [one for one in people if not one.memberships.exists() and not one.is_staff]
    for one in alone:
        _blank(one, at)
    return len(alone)


def _blank(user: User, at: datetime) -> None:
    sign_ins.end_others(by=user, keep="", at=at)
    for model in (SignIn, SecondFactor, RecoveryCode):
        model.objects.filter(user=user).delete()
    Notification.objects.filter(person=user).delete()
    DataTable.objects.filter(of__made_by=user).delete()
    DataExport.objects.filter(made_by=user).update(content=None)
    over = Q(accepted_at__isnull=False) | Q(revoked_at__isnull=False) | Q(expires_at__lte=at)
    theirs = Invitation.objects.filter(over, email=user.email)  # one that is open is another organization's
    theirs.update(email=f"{user.public_id}@closed.invalid")
    user.email, user.name = f"{user.public_id}@closed.invalid".lower(), NOBODY
    user.is_active, user.second_factor_at = False, None
    user.set_unusable_password()
    user.save()


def _ended(closing: Closing, state: State, at: datetime) -> None:
    closing.state, closing.ended_at = state, at
    closing.save(update_fields=["state", "ended_at"])


def _tell(kind: Kind, closing: Closing, at: datetime, once: str = "") -> None:
    whose = closing.organization
    facts = {"organization": whose.name, "due_at": closing.due_at.isoformat()}
    notifications.notify(kind=kind, to=[whose], facts=facts, at=at, link="/closing/", once=once)
