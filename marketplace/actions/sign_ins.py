"""Where people are signed in: noted at the sign-in, seen now and then, and ended by them."""

import ipaddress
from datetime import datetime
from importlib import import_module
from typing import Any

from django.conf import settings

from marketplace.actions import audit, throttles
from marketplace.gateway.transactions import atomic
from marketplace.models import SignIn, User
from marketplace.rules import throttles as limits
from marketplace.rules.joining import tidy


def try_password(*, email: str, address: str, at: datetime) -> None:
    """
    Count a try to sign in, by account and by network address, whether or not there is such an account.

    :raises TooManyTries: if one of both has to wait
    """
    tries = {f"sign-in as {email}": limits.SIGN_IN_ACCOUNT, f"sign-in from {address}": limits.SIGN_IN_ADDRESS}
    throttles.take(limits=tries, at=at)


def succeeded(*, email: str) -> None:
    """Forget the tries of an account whose password was right; those of the address stay counted."""
    throttles.forget(what=f"sign-in as {email}")


@atomic
def began(*, user: User, session_key: str, agent: str, address: str, at: datetime) -> SignIn:
    """Note that a person has signed in; the session is named by its key, which is shown to nobody."""
    made, _new = SignIn.objects.update_or_create(
        session_key=session_key,
        defaults={
            "user": user,
            "agent": tidy(agent)[:200],
            "address": _known(address),
            "began_at": at,
            "seen_at": at,
            "ended_at": None,
        },
    )
    audit.record(by=user, action="sign_in.begin", subject=made.public_id, at=at)
    return made


def seen(*, session_key: str, at: datetime) -> None:
    """Note that a session is in use."""
    SignIn.objects.filter(session_key=session_key, ended_at=None).update(seen_at=at)


def moved(*, before: str, after: str) -> None:
    """Follow a session that got another key."""
    SignIn.objects.filter(session_key=before).update(session_key=after)


@atomic
def end(*, one: SignIn, by: User, at: datetime) -> None:
    """
    End a session of one's own at once; twice changes nothing. Another's is left alone.
    """
    _end(list(SignIn.objects.of(by).filter(pk=one.pk)), by, at)


@atomic
def end_others(*, by: User, keep: str, at: datetime) -> int:
    """End all sessions of a person but the one with the key ``keep``; return how many there were."""
    others = list(SignIn.objects.of(by).exclude(session_key=keep))
    _end(others, by, at)
    return len(others)


def ended(*, session_key: str, at: datetime) -> None:
    """Note that a person has signed out."""
    SignIn.objects.filter(session_key=session_key, ended_at=None).update(ended_at=at)


def _end(found: list[SignIn], by: User, at: datetime) -> None:
    for one in found:
        _store()(one.session_key).delete()
        one.ended_at = at
        one.save(update_fields=["ended_at"])
        audit.record(by=by, action="sign_in.end", subject=one.public_id, at=at)


def _store() -> Any:
    return import_module(settings.SESSION_ENGINE).SessionStore


def _known(address: str) -> str | None:
    try:
        return str(ipaddress.ip_address(address))
    except ValueError:
        return None
