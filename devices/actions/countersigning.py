"""Let organizations countersign heads of the log with keys of their own."""

from datetime import datetime
from typing import Self

from django.db import transaction
from django.utils.translation import gettext_noop

from devices.models import Countersignature, LogHead, SigningKey
from devices.rules.log import countersigned_text
from marketplace.actions import audit
from marketplace.models import Organization, User
from marketplace.permissions import Permission, require
from marketplace.shared import signing
from marketplace.shared.errors import Flaw, Invalid, NotPossible


class NotAPublicKey(Invalid):
    """The text is no public key."""

    code = "not_a_public_key"
    text = gettext_noop("A public key is the 32 bytes of an Ed25519 key in base64.")


class KeyRegistered(NotPossible):
    """The key is registered already."""

    code = "signing_key_registered"
    text = gettext_noop("The key {key} is registered already. Use it, or register another.")


class KeyRevoked(NotPossible):
    """The key was revoked."""

    code = "signing_key_revoked"
    text = gettext_noop("The key {key} was revoked. Sign with another key and register that one.")


class WrongSignature(Invalid):
    """The signature is not one by the key over the text."""

    code = "wrong_signature"
    text = gettext_noop(
        "The signature does not fit the key and the text. Sign these bytes, the last line ended: {signed}"
    )

    @classmethod
    def over(cls, text: bytes) -> Self:
        """Say what had to be signed."""
        facts = {"signed": repr(text.decode())}
        return cls(flaws=[Flaw("/signature", cls.code, cls.text, facts)], **facts)


@transaction.atomic
def register_key(
    *, organization: Organization, name: str, public_key: str, by: User, at: datetime
) -> SigningKey:
    """
    Register the public key (base64) of an organization's system.

    :raises MissingRight: if ``by`` may not edit signing keys of the organization
    :raises NotAPublicKey: if it is not 32 bytes in base64
    :raises KeyRegistered: if the organization has registered it before
    """
    require(by, Permission.SIGNING_KEY_EDIT, within=organization)
    raw = readable_key(text=public_key)
    if organization.signing_keys.filter(public_key=raw).exists():
        raise KeyRegistered(key=signing.key_id(raw))
    key = SigningKey.objects.create(organization=organization, name=name, public_key=raw, created_at=at)
    audit.record(
        by=by,
        action="signing_key.register",
        subject=key.public_id,
        at=at,
        within=organization,
        key=signing.key_id(raw),
    )
    return key


@transaction.atomic
def revoke_key(*, key: SigningKey, by: User, at: datetime) -> SigningKey:
    """
    Take no more signatures by a key; those it gave stay. Doing it twice changes nothing.

    :raises MissingRight: if ``by`` may not edit signing keys of the organization
    """
    require(by, Permission.SIGNING_KEY_EDIT, within=key.organization)
    key = SigningKey.objects.locked().select_related("organization").get(pk=key.pk)
    if key.revoked_at is None:
        key.revoked_at = at
        key.save(update_fields=["revoked_at"])
        audit.record(
            by=by, action="signing_key.revoke", subject=key.public_id, at=at, within=key.organization
        )
    return key


@transaction.atomic
def countersign(
    *, head: LogHead, key: SigningKey, signature: str, by: User, at: datetime
) -> Countersignature:
    """
    Keep an organization's signature (base64) over a head; sending it again changes nothing.

    :raises MissingRight: if ``by`` may not countersign for the key's organization
    :raises KeyRevoked: if the key was revoked
    :raises WrongSignature: if it is not one by this key over this head
    """
    require(by, Permission.LOG_COUNTERSIGN, within=key.organization)
    key = SigningKey.objects.locked().select_related("organization").get(pk=key.pk)
    if key.revoked_at is not None:
        raise KeyRevoked(key=signing.key_id(bytes(key.public_key)))
    signed = countersigned_text(organization=key.organization.public_id, head=head.text)
    raw = signing.read(signature, signing.SIGNATURE_BYTES)
    if raw is None or not signing.verify(bytes(key.public_key), signed, raw):
        raise WrongSignature.over(signed)
    found, made = Countersignature.objects.get_or_create(
        head=head, key=key, defaults={"signature": raw, "at": at}
    )
    if made:
        audit.record(
            by=by,
            action="log.countersign",
            subject=key.public_id,
            at=at,
            within=key.organization,
            size=head.size,
        )
    return found


def readable_key(*, text: str) -> bytes:
    """
    Return the raw bytes of a public key in base64.

    :raises NotAPublicKey: if it is not 32 bytes in base64
    """
    raw = signing.read(text, signing.KEY_BYTES)
    if raw is None:
        raise NotAPublicKey(flaws=[Flaw("/public_key", NotAPublicKey.code, NotAPublicKey.text)])
    return raw
