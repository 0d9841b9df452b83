"""Make, find and revoke API keys."""

import hashlib
import hmac
import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta

from django.conf import settings
from django.utils.translation import gettext_noop

from marketplace.actions import audit
from marketplace.gateway.transactions import atomic
from marketplace.models import ApiKey, Organization, User
from marketplace.models.apikeys import Scope
from marketplace.permissions import Permission, require
from marketplace.rules import key_texts
from marketplace.shared.errors import Invalid

LAST_USED_EVERY = timedelta(minutes=1)


class UnknownScope(Invalid):
    """A scope outside the closed list."""

    code = "unknown_scope"
    text = gettext_noop("There is no scope {scope}. Known are: {known}.")


def hashed(*, secret: str) -> str:
    """Return the peppered hash under which a secret of 256 random bits is stored."""
    return hmac.new(settings.API_KEY_PEPPER.encode(), secret.encode(), hashlib.sha256).hexdigest()


@atomic
def create(
    *,
    organization: Organization,
    name: str,
    scopes: Sequence[str],
    by: User,
    at: datetime,
    expires_at: datetime | None = None,
) -> tuple[ApiKey, str]:
    """
    Create a key and return it with its text, which is shown once and stored nowhere.

    :raises MissingRight: if ``by`` may not make keys of ``organization``
    :raises UnknownScope: if a scope is not in the closed list
    """
    require(by, Permission.API_KEY_EDIT, within=organization)
    for scope in scopes:
        if scope not in Scope.values:
            raise UnknownScope(scope=scope, known=", ".join(Scope.values))
    identifier, secret = secrets.token_hex(6), secrets.token_urlsafe(32)
    key = ApiKey.objects.create(
        organization=organization,
        user=by,
        name=name,
        identifier=identifier,
        secret_hash=hashed(secret=secret),
        scopes=sorted(set(scopes)),
        created_at=at,
        expires_at=expires_at,
    )
    audit.record(by=by, action="api_key.create", subject=key.public_id, at=at, within=organization, name=name)
    return key, key_texts.written(settings.JIJIAN_MODE, identifier, secret)


@atomic
def revoke(*, key: ApiKey, by: User, at: datetime) -> ApiKey:
    """
    Revoke a key at once; doing it twice changes nothing.

    :raises MissingRight: if ``by`` may not revoke keys of its organization
    """
    require(by, Permission.API_KEY_EDIT, within=key.organization)
    if key.revoked_at is None:
        key.revoked_at = at
        key.save(update_fields=["revoked_at"])
        audit.record(by=by, action="api_key.revoke", subject=key.public_id, at=at, within=key.organization)
    return key


def find(*, secret: str, at: datetime) -> ApiKey | None:
    """
    Return the usable key with this text, or ``None``; notes the use at most once a minute.

    A key of the other mode is none of ours, whatever the database holds.
    """
    mode, identifier, rest = key_texts.parts(secret)
    if mode != settings.JIJIAN_MODE:
        return None
    key = (
        ApiKey.objects.usable(at).select_related("user", "organization").filter(identifier=identifier).first()
    )
    if key is None or not hmac.compare_digest(key.secret_hash, hashed(secret=rest)):
        return None
    if key.last_used_at is None or at - key.last_used_at > LAST_USED_EVERY:
        ApiKey.objects.filter(pk=key.pk).update(last_used_at=at)
    return key
