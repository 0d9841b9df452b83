"""Make, change, rotate, find and revoke API keys."""

import hashlib
import hmac
import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import Q
from django.utils.translation import gettext_noop

from marketplace.actions import audit
from marketplace.actions.notifications import notify
from marketplace.gateway.transactions import atomic
from marketplace.models import ApiKey, Organization, User
from marketplace.models.apikeys import Scope
from marketplace.permissions import Permission, require
from marketplace.rules import key_texts
from marketplace.rules import networks as nets
from marketplace.rules.api_keys import (
    LONGEST_OVERLAP,
    NO_HOURS,
    OVERLAP_HOURS,
    WARN_DAYS,
    Reach,
    end_flaws,
    flaws_of,
    warning,
)
from marketplace.rules.notifications import Kind
from marketplace.shared.errors import Flaw, Invalid, NotAllowed, NotPossible

LAST_USED_EVERY = timedelta(minutes=1)


class UnknownScope(Invalid):
    """A scope outside the closed list."""

    code = "unknown_scope"
    text = gettext_noop("There is no scope {scope}. Known are: {known}.")


class KeyInvalid(Invalid):
    """A key cannot be like this; ``flaws`` say why, each at its field."""

    code = "api_key_invalid"
    text = gettext_noop("The key cannot be made like this. Mend what is marked.")


class KeyReachesFurther(NotAllowed):
    """A key that makes, changes or rotates another gives it no more than it has itself."""

    code = "api_key_reaches_further"
    text = gettext_noop(
        "A key gives no other key more than it has itself: scopes, time and networks. Use a person's session."
    )


class KeyFromElsewhere(NotAllowed):
    """The key is right, and the address from which it comes is none of those that were set for it."""

    code = "api_key_from_elsewhere"
    text = gettext_noop(
        "This API key may not come from {address}. Add the address to its networks, or call from one of them."
    )


class NotYourKey(NotAllowed):
    """A key acts as the person who made it, so nobody else is given its secret."""

    code = "api_key_of_another"
    text = gettext_noop(
        "This key acts as {who}, who alone can rotate it. Make a key of your own, then revoke this one."
    )


class KeyOver(NotPossible):
    """The key is revoked or has ended."""

    code = "api_key_over"
    text = gettext_noop("This key is revoked or has ended. Make a new one.")


class OldSecretLives(NotPossible):
    """The key was rotated before, and the secret of then still works: a program may depend on it."""

    code = "api_key_old_secret_lives"
    text = gettext_noop("The secret before this one still works. End it first, or wait until it has ended.")


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
    note: str = "",
    networks: Sequence[str] = (),
    through: ApiKey | None = None,
) -> tuple[ApiKey, str]:
    """
    Create a key and return it with its text, which is shown once and stored nowhere.

    ``through`` is the key with which ``by`` calls, if it is a program: it gives no more than it has.

    :raises MissingRight: if ``by`` may not make keys of ``organization``
    :raises UnknownScope: if a scope is not in the closed list
    :raises KeyInvalid: if a text or a network is none, or it ends before now or after ten years
    :raises KeyReachesFurther: if it would open more than ``through``
    """
    require(by, Permission.API_KEY_EDIT, within=organization)
    for scope in scopes:
        if scope not in Scope.values:
            raise UnknownScope(scope=scope, known=", ".join(Scope.values))
    _check(name, note, networks, end_flaws(expires_at, at))
    known = nets.tidy(networks)
    _hold(Reach(frozenset(scopes), expires_at, tuple(known)), through)
    identifier, secret = secrets.token_hex(6), secrets.token_urlsafe(32)
    key = ApiKey.objects.create(
        organization=organization,
        user=by,
        name=name.strip(),
        note=note.strip(),
        identifier=identifier,
        secret_hash=hashed(secret=secret),
        scopes=sorted(set(scopes)),
        networks=known,
        created_at=at,
        expires_at=expires_at,
    )
    _audit(key, "create", by, at, through, name=name, scopes=key.scopes, networks=known)
    return key, _text(key, secret)


@atomic
def change(
    *,
    key: ApiKey,
    name: str,
    note: str,
    networks: Sequence[str],
    by: User,
    at: datetime,
    through: ApiKey | None = None,
) -> ApiKey:
    """
    Change what a key is called and from where it may come; scopes and end stay as they were made.

    :raises MissingRight: if ``by`` may not change keys of its organization
    :raises KeyInvalid: if a text or a network is none
    :raises KeyReachesFurther: if ``through`` could not have made it like this
    :raises KeyOver: if it is revoked or has ended
    """
    require(by, Permission.API_KEY_EDIT, within=key.organization)
    _check(name, note, networks)
    key = _living(key, at)
    known = nets.tidy(networks)
    _hold(key.reach, through)
    _hold(key.reach._replace(networks=tuple(known)), through)
    key.name, key.note, key.networks = name.strip(), note.strip(), known
    key.save(update_fields=["name", "note", "networks"])
    _audit(key, "change", by, at, through, name=key.name, networks=known)
    return key


@atomic
def rotate(
    *, key: ApiKey, by: User, at: datetime, hours: int = OVERLAP_HOURS, through: ApiKey | None = None
) -> tuple[ApiKey, str]:
    """
    Give a key another secret and return its text; the secret of before works, too, for some hours.

    Nothing else of the key changes, its end above all. Two at once give one new secret: a second one would
    end the first before any program has it.

    :raises MissingRight: if ``by`` may not change keys of its organization
    :raises NotYourKey: if somebody else made it
    :raises KeyInvalid: if the hours are not 0 to 168
    :raises KeyReachesFurther: if it opens more than ``through``
    :raises KeyOver: if it is revoked or has ended
    :raises OldSecretLives: if it was rotated before, and the secret of then still works
    """
    require(by, Permission.API_KEY_EDIT, within=key.organization)
    if key.user_id != by.pk:
        raise NotYourKey(who=key.user.name)
    if not 0 <= hours <= LONGEST_OVERLAP:
        raise KeyInvalid(flaws=[Flaw("/hours", "no_hours", NO_HOURS, {"most": LONGEST_OVERLAP})])
    key = _living(key, at)
    _hold(key.reach, through)
    if key.old_secret_lives(at):
        raise OldSecretLives
    secret = secrets.token_urlsafe(32)
    key.old_secret_hash = key.secret_hash if hours else ""
    key.old_secret_until = at + timedelta(hours=hours) if hours else None
    key.secret_hash, key.rotated_at = hashed(secret=secret), at
    key.save(update_fields=["secret_hash", "old_secret_hash", "old_secret_until", "rotated_at"])
    _audit(key, "rotate", by, at, through, hours=hours)
    return key, _text(key, secret)


@atomic
def end_old_secret(*, key: ApiKey, by: User, at: datetime) -> ApiKey:
    """
    End the secret of before at once; without one nothing changes.

    :raises MissingRight: if ``by`` may not change keys of its organization
    """
    require(by, Permission.API_KEY_EDIT, within=key.organization)
    key = _locked(key)
    if key.old_secret_lives(at):
        key.old_secret_hash, key.old_secret_until = "", None
        key.save(update_fields=["old_secret_hash", "old_secret_until"])
        _audit(key, "end_old_secret", by, at)
    return key


@atomic
def revoke(*, key: ApiKey, by: User, at: datetime) -> ApiKey:
    """
    Revoke a key at once, with both of its secrets; doing it twice changes nothing.

    :raises MissingRight: if ``by`` may not revoke keys of its organization
    """
    require(by, Permission.API_KEY_EDIT, within=key.organization)
    key = _locked(key)
    if key.revoked_at is None:
        key.revoked_at = at
        key.save(update_fields=["revoked_at"])
        _audit(key, "revoke", by, at)
    return key


def find(*, secret: str, at: datetime, address: str = nets.UNKNOWN) -> ApiKey | None:
    """
    Return the usable key with this text, or ``None``; notes the use and its address at most once a minute.

    A key of the other mode is none of ours, whatever the database holds.

    :raises KeyFromElsewhere: if it may not come from ``address``; ``key`` of the error is the key
    """
    mode, identifier, rest = key_texts.parts(secret)
    if mode != settings.JIJIAN_MODE:
        return None
    known = ApiKey.objects.usable(at).select_related("user", "organization")
    key = known.filter(identifier=identifier).first()
    if key is None or not _opens(key, hashed(secret=rest), at):
        return None
    if key.networks and not nets.holds(key.networks, address):
        raise KeyFromElsewhere(address=address, key=key)
    if key.last_used_at is None or at - key.last_used_at > LAST_USED_EVERY:
        long_ago = Q(last_used_at=None) | Q(last_used_at__lt=at - LAST_USED_EVERY)
        known_as = None if address == nets.UNKNOWN else address
        ApiKey.objects.filter(long_ago, pk=key.pk).update(last_used_at=at, last_used_from=known_as)
    return key


@atomic
def warn(*, at: datetime) -> int:
    """Tell organizations of keys that end within 14 and within 2 days, once each; return of how many."""
    told = 0
    soon = ApiKey.objects.ending(at, before=at + timedelta(days=max(WARN_DAYS)))
    for key in soon.select_related("organization"):
        assert key.expires_at is not None
        days = warning(key.created_at, key.expires_at, at)
        if days is not None:
            facts = {"key": key.name, "ends_at": key.expires_at.isoformat()}
            once = f"key ends {key.public_id} {days}"
            to = [key.organization]
            told += len(
                notify(kind=Kind.API_KEY_ENDS, to=to, facts=facts, at=at, link="/api-keys/", once=once)
            )
    return told


def _opens(key: ApiKey, given: str, at: datetime) -> bool:
    """Tell whether a hash is that of the secret, or of the one before while it works; both are compared."""
    is_old = hmac.compare_digest(key.old_secret_hash, given) and key.old_secret_lives(at)
    return hmac.compare_digest(key.secret_hash, given) or is_old


def _check(name: str, note: str, networks: Sequence[str], more: Sequence[Flaw] = ()) -> None:
    flaws = [*flaws_of(name=name, note=note), *nets.flaws_of(networks), *more]
    if flaws:
        raise KeyInvalid(flaws=flaws)


def _hold(reach: Reach, through: ApiKey | None) -> None:
    flaws = reach.exceeds(through.reach) if through is not None else []
    if flaws:
        raise KeyReachesFurther(flaws=flaws)


def _locked(key: ApiKey) -> ApiKey:
    return ApiKey.objects.locked().select_related("organization", "user").get(pk=key.pk)


def _living(key: ApiKey, at: datetime) -> ApiKey:
    found = _locked(key)
    if found.state(at) != "ACTIVE":
        raise KeyOver
    return found


def _text(key: ApiKey, secret: str) -> str:
    return key_texts.written(settings.JIJIAN_MODE, key.identifier, secret)


def _audit(
    key: ApiKey, verb: str, by: User, at: datetime, through: ApiKey | None = None, **facts: object
) -> None:
    """Note what was done with a key, and by which key: one that made others may have been stolen."""
    if through is not None:
        facts["through"] = through.public_id
    within = key.organization
    audit.record(by=by, action=f"api_key.{verb}", subject=key.public_id, at=at, within=within, **facts)
