"""Where people are signed in: noted at the sign-in, seen now and then, and ended by them."""

import ipaddress
import logging
from datetime import datetime
from functools import partial
from importlib import import_module

from django.conf import settings
from django.db import transaction

from marketplace.actions import audit, throttles
from marketplace.gateway.transactions import atomic
from marketplace.models import SignIn, User
from marketplace.rules import throttles as limits
from marketplace.rules.joining import tidy

logger = logging.getLogger(__name__)


def try_password(*, email: str, address: str, at: datetime) -> None:
    """
    Count a try to sign in, whether or not there is such an account: by account and network address, tightly,
    and by each of both, loosely, so that nobody shuts out the owner, who is elsewhere.

    :raises TooManyTries: if one of these has to wait
    """
    tries = {
        f"sign-in as {email} from {address}": limits.SIGN_IN_HERE,
        f"sign-in as {email}": limits.SIGN_IN_ACCOUNT,
        f"sign-in from {address}": limits.SIGN_IN_ADDRESS,
    }
    throttles.take(limits=tries, at=at)


def succeeded(*, email: str, address: str) -> None:
    """Forget the tries of an account from where its password was right; the try counts for nobody there."""
    throttles.forget(what=f"sign-in as {email} from {address}")
    throttles.give_back(limits={f"sign-in from {address}": limits.SIGN_IN_ADDRESS})


def renewed(*, email: str, address: str) -> None:
    """Forget the tries of an account that has a new password."""
    throttles.forget(what=f"sign-in as {email} from {address}")
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


def seen(*, session_key: str, at: datetime) -> bool:
    """Note that a session is in use; return whether it may be, which one that was ended may not."""
    known = SignIn.objects.filter(session_key=session_key)
    return bool(known.filter(ended_at=None).update(seen_at=at)) or not known.exists()


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
        _forget(one.session_key)
        transaction.on_commit(partial(_forget, one.session_key))  # who read it meanwhile has kept it again
        one.ended_at = at
        one.save(update_fields=["ended_at"])
        audit.record(by=by, action="sign_in.end", subject=one.public_id, at=at)


def _forget(session_key: str) -> None:
    """Let go of a session, also in the cache; where that does not answer, the next look ends it."""
    try:
        import_module(settings.SESSION_ENGINE).SessionStore(session_key).delete()
    except Exception:  # whatever the cache raises; the session is gone from the database before
        logger.exception("The cache did not let go of a session")


def _known(address: str) -> str | None:
    try:
        return str(ipaddress.ip_address(address))
    except ValueError:
        return None
