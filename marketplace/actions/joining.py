"""Sign an organization up: what is typed waits for the confirmed e-mail address, then it is registered."""

from datetime import datetime
from typing import Any

from django.core import signing
from django.db import IntegrityError, transaction
from django.utils.translation import gettext_noop

from marketplace.actions import (
    invitations,
    letters,
    notifications,
    parties,
    privacy,
    throttles,
    verifications,
)
from marketplace.actions.verifications import Upload
from marketplace.gateway.transactions import atomic
from marketplace.models import AskedIn, JoinRequest, Membership, Organization, User
from marketplace.models.parties import Role
from marketplace.rules import throttles as limits
from marketplace.rules.identifiers import parse_credit_code
from marketplace.rules.joining import CONFIRM_WITHIN, Applicant, tidy
from marketplace.rules.notifications import Kind
from marketplace.rules.proofs import Paper, Proof
from marketplace.shared.errors import NotPossible

SALT = "marketplace.join"
CONFIRM_SUBJECT = gettext_noop("Confirm your e-mail address at Jijian")
CONFIRM_TEXT = gettext_noop(
    "Somebody signed an organization up at Jijian with this address. If it was you, open the link within "
    "two days and confirm. If not, do nothing: without the confirmation nothing is registered."
)
KNOWN_SUBJECT = gettext_noop("You have an account at Jijian already")
KNOWN_TEXT = gettext_noop(
    "Somebody signed an organization up at Jijian with this address, which has an account. If it was you, "
    "sign in first, then sign up the organization from there. If not, do nothing."
)


class JoinLinkSpent(NotPossible):
    """The link was used, is too old, or is none of ours."""

    code = "join_link_spent"
    text = gettext_noop("This link is used or too old. If you confirmed before, sign in; else sign up again.")


class AddressTaken(NotPossible):
    """An account with the address was made meanwhile."""

    code = "address_taken"
    text = gettext_noop("There is an account with this e-mail address by now. Sign in with it.")


def begin(
    *,
    applicant: Applicant,
    person_name: str,
    email: str,
    licence: Upload,
    mandate: Upload,
    address: str,
    at: datetime,
) -> None:
    """
    Keep a sign-up until its e-mail address is confirmed, and write to that address.

    Whether the address has an account is told to its owner alone, by another mail; the caller cannot tell.

    :raises NoAddress: if no mail can be sent to the e-mail address
    :raises TooManyTries: if ``address`` (of the network), or the e-mail address, signs up too often
    """
    email = invitations.mailable(email=email)
    tries = {
        f"join from {address}": limits.JOIN_ADDRESS,
        f"join as {email} from {address}": limits.JOIN_HERE,
        f"join as {email}": limits.JOIN_EMAIL,
    }
    throttles.take(limits=tries, at=at)
    _begin(applicant, tidy(person_name)[:80], email, (licence, mandate), at)


def check_tries(*, by: User | None, address: str, at: datetime) -> None:
    """
    Look whether one may sign up, before the papers are read: to decode pictures is work.

    :raises TooManyTries: if ``by``, or strangers at ``address`` (of the network), have to wait
    """
    throttles.take(limits={f"sign-ups from {address}": limits.CODE_ADDRESS}, at=at)
    throttles.look(what=f"register by {by.public_id}" if by else f"join from {address}", at=at)


@atomic
def _begin(applicant: Applicant, name: str, email: str, papers: tuple[Upload, Upload], at: datetime) -> None:
    JoinRequest.objects.filter(expires_at__lte=at).delete()
    if User.objects.filter(email=email).exists():
        letters.write(to=email, subject=KNOWN_SUBJECT, text=KNOWN_TEXT, at=at, path="/login/?next=/join/")
        return
    made = JoinRequest.objects.create(
        email=email,
        person_name=name,
        given=applicant.dump(),
        papers=[
            {"name": one.name, "media_type": one.proof.media_type, "sha256": one.proof.sha256}
            for one in papers
        ],
        licence=papers[0].proof.content,
        mandate=papers[1].proof.content,
        made_at=at,
        expires_at=at + CONFIRM_WITHIN,
    )
    path = f"/join/confirm/{signing.dumps(made.public_id, salt=SALT)}/"
    letters.write(to=email, subject=CONFIRM_SUBJECT, text=CONFIRM_TEXT, at=at, path=path)


def waiting(*, token: str, at: datetime) -> JoinRequest:
    """
    Return the sign-up that a link confirms.

    :raises JoinLinkSpent: if there is none any more
    """
    try:
        public_id = signing.loads(token, salt=SALT, max_age=CONFIRM_WITHIN)
    except signing.BadSignature as error:
        raise JoinLinkSpent from error
    found = JoinRequest.objects.filter(public_id=public_id, expires_at__gt=at).first()
    if found is None:
        raise JoinLinkSpent
    return found


@atomic
def confirm(*, token: str, password: str, at: datetime, accepts_notice: bool = False) -> Organization:
    """
    Register the organization of a confirmed sign-up with its first person as administrator, and hand its
    papers to the platform. A link does it once; other sign-ups with the address go.

    ``password`` is set by whoever has the mail: anybody may have typed the address. That the privacy notice
    was accepted is noted with its version.

    :raises JoinLinkSpent: if the link was used or is too old
    :raises AddressTaken: if the address got an account meanwhile
    :raises CreditCodeTaken: if the organization was registered meanwhile
    """
    held = JoinRequest.objects.select_for_update().filter(pk=waiting(token=token, at=at).pk).first()
    if held is None:
        raise JoinLinkSpent
    try:
        with transaction.atomic():
            person = User.objects.create_user(held.email, password, name=held.person_name)
    except IntegrityError as error:
        raise AddressTaken from error
    if accepts_notice:
        privacy.accept(by=person, at=at)
    contents = (bytes(held.licence), bytes(held.mandate))
    papers = [
        Upload(kind, said["name"], Proof(content, said["media_type"], said["sha256"]))
        for kind, said, content in zip((Paper.LICENCE, Paper.MANDATE), held.papers, contents, strict=True)
    ]
    organization = _register(Applicant(**held.given), papers, person, at)
    JoinRequest.objects.filter(email=held.email).delete()
    return organization


def register(
    *, applicant: Applicant, licence: Upload, mandate: Upload, by: User, at: datetime
) -> Organization:
    """
    Register an organization of somebody who has an account; it waits for its verification.

    Asks for no right: everybody may sign up an organization, and is its administrator then.

    :raises TooManyTries: if ``by`` signs up too many
    :raises CreditCodeTaken: if the organization is registered
    """
    throttles.take(limits={f"register by {by.public_id}": limits.REGISTER}, at=at)
    return _register(applicant, [licence, mandate], by, at)


@atomic
def _register(applicant: Applicant, papers: list[Upload], by: User, at: datetime) -> Organization:
    given = applicant.dump()
    User.objects.select_for_update(no_key=True).get(pk=by.pk)  # the same form sent twice
    if Organization.objects.of(by).filter(credit_code=given["credit_code"]).exists():
        raise parties.CreditCodeTaken(credit_code=given["credit_code"])
    made = parties.register(
        name=given["name"],
        kind=given["kind"],
        credit_code=given["credit_code"],
        region_code=given["region_code"],
        awaits_verification=True,
        by=by,
        at=at,
    )
    for name in ("industry_code", "address", "phone"):
        setattr(made, name, given[name])
    made.save(update_fields=["industry_code", "address", "phone"])
    verifications.submit(organization=made, given=given, papers=papers, by=by, at=at)
    return made


def is_registered(*, credit_code: str) -> bool:
    """Tell whether a well-formed code belongs to an organization that waits for no verification."""
    code = parse_credit_code(credit_code).value
    return _holder(code) is not None


def ask(*, credit_code: str, name: str, email: str, address: str, at: datetime) -> None:
    """
    Ask the administrators of a registered organization for an invitation, without learning who they are.

    The caller learns nothing, not even whether there is somebody to ask. Asking again changes nothing.

    :raises InvalidCreditCode: if the code is none
    :raises TooManyTries: if ``address`` (of the network) asks too often, or too many ask the organization
    """
    code = parse_credit_code(credit_code).value
    tries: dict[str, Any] = {
        f"ask from {address}": limits.ASK_ADDRESS,
        f"ask to {code}": limits.ASK_ORGANIZATION,
    }
    throttles.take(limits=tries, at=at)
    found = _holder(code)
    if found is not None:
        _ask(found, tidy(name)[:80], email.strip().lower(), at)


def _holder(code: str) -> Organization | None:
    """Return whose a code is: nobody knows it of one that waits to be verified; who is closed has none."""
    held = Organization.objects.filter(credit_code=code, is_synthetic=False, awaits_verification=False)
    return held.filter(closed_at=None).first()


@atomic
def _ask(organization: Organization, name: str, email: str, at: datetime) -> None:
    if Membership.objects.filter(organization=organization, user__email=email).exists():
        return
    _asked, made = AskedIn.objects.get_or_create(
        organization=organization, email=email, defaults={"name": name, "asked_at": at}
    )
    if not made:
        return
    admins = User.objects.filter(
        memberships__organization=organization, memberships__role=Role.ADMIN, is_active=True, is_robot=False
    )
    for admin in admins.distinct():
        notifications.notify(
            kind=Kind.INVITATION_ASKED,
            to=[organization],
            person=admin,
            facts={"who": name, "email": email, "organization": organization.name},
            at=at,
            link="/members/",
        )
