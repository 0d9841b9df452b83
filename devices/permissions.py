"""Who may seal the logs of the platform, and with which key."""

from django.conf import settings
from django.utils.translation import gettext_noop

from marketplace.models import User
from marketplace.shared import signing
from marketplace.shared.errors import NotAllowed, NotPossible


class SealerOnly(NotAllowed):
    """The logs are sealed by the platform's own clock."""

    code = "sealer_only"
    text = gettext_noop("The evidence log is sealed by the platform itself. Nobody else needs to.")


class NoSigningKey(NotPossible):
    """There is no key to sign heads with, or it is not one."""

    code = "no_signing_key"
    text = gettext_noop("LOG_SIGNING_KEY must be 32 random bytes in base64: see docs/operations.md.")


def signing_seed(by: User) -> bytes:
    """
    Return the private key that signs the heads of all logs, to the platform's own clock alone.

    :raises SealerOnly: if ``by`` is a person
    :raises NoSigningKey: if the platform has no key to sign with
    """
    if not by.is_robot:
        raise SealerOnly
    seed = signing.read(settings.LOG_SIGNING_KEY, signing.KEY_BYTES)
    if seed is None:
        raise NoSigningKey
    return seed
