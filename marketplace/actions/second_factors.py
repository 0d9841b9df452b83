"""The second factor of a person: an authenticator, and codes on paper for the day it is lost."""

import base64
import secrets
from datetime import datetime

from django.conf import settings
from django.utils.translation import gettext_noop

from marketplace.actions import audit, letters, sign_ins, throttles
from marketplace.actions.api_keys import hashed
from marketplace.gateway.transactions import atomic
from marketplace.models import RecoveryCode, SecondFactor, User
from marketplace.rules import throttles as limits
from marketplace.rules import totp
from marketplace.shared.errors import Invalid, NotPossible
from marketplace.shared.sealing import opened, seal

CODES = 10
CODE_BYTES = 10  # 80 bits: as good as a key, so a plain hash with the pepper will do
GONE_SUBJECT = gettext_noop("The second factor of your account at Jijian was taken away")
SET_SUBJECT = gettext_noop("Your account at Jijian asks for a second factor now")
GONE_TEXT = gettext_noop("If it was not you, or you did not ask for it, change your password at once.")


class WrongCode(Invalid):
    """The code is not the one that is valid now, or was used."""

    code = "wrong_code"
    text = gettext_noop(
        "This code is wrong, too old, or used. Wait for the next one, and check the phone's clock."
    )


class NoSecondFactor(NotPossible):
    """There is no authenticator to confirm."""

    code = "no_second_factor"
    text = gettext_noop("Set up an authenticator first.")


class SecondFactorKept(NotPossible):
    """An authenticator counts already; it is taken away first."""

    code = "second_factor_kept"
    text = gettext_noop("You have an authenticator. Take it away first, then set up another one.")


@atomic
def begin(*, by: User, at: datetime) -> bytes:
    """
    Make a secret for an authenticator and return it; until it is confirmed the same one is returned.

    :raises SecondFactorKept: if one counts already
    """
    User.objects.select_for_update(no_key=True).get(pk=by.pk)
    known = SecondFactor.objects.filter(user=by).first()
    if known is not None and known.confirmed_at is not None:
        raise SecondFactorKept
    secret = _secret(known) if known else None
    if secret is None:
        secret = secrets.token_bytes(totp.SECRET_BYTES)
        sealed = seal(settings.API_KEY_PEPPER, secret, about=_about(by))
        if known is None:
            SecondFactor.objects.create(user=by, sealed=sealed, made_at=at)
        else:  # it was sealed with a key that is lost
            SecondFactor.objects.filter(pk=known.pk).update(sealed=sealed, made_at=at)
    return secret


def confirm(*, by: User, code: str, keep: str, at: datetime) -> list[str]:
    """
    Let the authenticator count once it has shown a right code; return recovery codes, which are shown once.

    All sessions but the one with the key ``keep`` end, and it is told by mail. Whoever calls it has asked for
    the password.

    :raises TooManyTries: after too many wrong codes
    :raises NoSecondFactor: if none was begun
    :raises SecondFactorKept: if one counts already
    :raises WrongCode: if the code is wrong
    """
    throttles.take(limits={_tries(by): limits.SECOND_FACTOR}, at=at)
    codes = _confirm(by, code, keep, at)
    throttles.forget(what=_tries(by))
    return codes


@atomic
def _confirm(by: User, code: str, keep: str, at: datetime) -> list[str]:
    person = User.objects.select_for_update(no_key=True).get(pk=by.pk)
    known = SecondFactor.objects.filter(user=person).first()
    if known is None:
        raise NoSecondFactor
    if known.confirmed_at is not None:
        raise SecondFactorKept
    if not _matches(known, code, at):
        raise WrongCode
    known.confirmed_at = person.second_factor_at = at
    known.save(update_fields=["confirmed_at", "last_step"])
    person.save(update_fields=["second_factor_at"])
    audit.record(by=by, action="second_factor.confirm", subject=by.public_id, at=at)
    sign_ins.end_others(by=by, keep=keep, at=at)
    letters.write(to=person.email, subject=SET_SUBJECT, text=GONE_TEXT, at=at)
    return _new_codes(person)


def check(*, user: User, code: str, at: datetime) -> None:
    """
    Let somebody pass whose code is right: the authenticator's, or a recovery code, each once.

    :raises TooManyTries: after too many wrong codes: the account waits, longer each time
    :raises WrongCode: if it is wrong or was used
    """
    throttles.take(limits={_tries(user): limits.SECOND_FACTOR}, at=at)
    if not _spent(user, code, at):
        raise WrongCode
    throttles.forget(what=_tries(user))


@atomic
def _spent(user: User, code: str, at: datetime) -> bool:
    known = SecondFactor.objects.select_for_update().filter(user=user, confirmed_at__isnull=False).first()
    if known is None:
        return False
    if _matches(known, code, at):
        known.save(update_fields=["last_step"])
        return True
    digest = hashed(secret=_plain(code))
    unused = RecoveryCode.objects.filter(user=user, code_hash=digest, used_at=None)
    if not unused.update(used_at=at):
        return False
    audit.record(by=user, action="second_factor.recovery", subject=user.public_id, at=at)
    return True


def renew_codes(*, by: User, code: str, at: datetime) -> list[str]:
    """
    Return new recovery codes in place of all old ones.

    :raises TooManyTries, WrongCode: as :func:`check` does
    """
    check(user=by, code=code, at=at)
    return _renewed(by, at)


@atomic
def _renewed(by: User, at: datetime) -> list[str]:
    audit.record(by=by, action="second_factor.codes", subject=by.public_id, at=at)
    return _new_codes(User.objects.select_for_update(no_key=True).get(pk=by.pk))


def remove(*, by: User, code: str, at: datetime) -> None:
    """
    Take the authenticator away, with a right code.

    :raises TooManyTries, WrongCode: as :func:`check` does
    """
    check(user=by, code=code, at=at)
    reset(user=by, by=by, at=at)


@atomic
def reset(*, user: User, by: User, at: datetime) -> None:
    """
    Take a person's second factor away and tell it by mail: for the operator, who has seen who asks.

    Without one it changes nothing.
    """
    person = User.objects.select_for_update(no_key=True).get(pk=user.pk)
    many, _rows = SecondFactor.objects.filter(user=person).delete()
    if not many:
        return
    RecoveryCode.objects.filter(user=person).delete()
    person.second_factor_at = None
    person.save(update_fields=["second_factor_at"])
    audit.record(by=by, action="second_factor.reset", subject=person.public_id, at=at)
    letters.write(to=person.email, subject=GONE_SUBJECT, text=GONE_TEXT, at=at)


def _matches(known: SecondFactor, code: str, at: datetime) -> bool:
    """Tell whether a code is right, and note its step; the caller saves it."""
    secret = _secret(known)
    if secret is None:  # sealed with another key: the operator takes it away
        return False
    seconds = int(at.timestamp())
    step = totp.matched(secret, code, seconds=seconds, last_step=known.last_step)
    if step is not None:
        known.last_step = step
    return step is not None


def _new_codes(user: User) -> list[str]:
    RecoveryCode.objects.filter(user=user).delete()
    codes = [base64.b32encode(secrets.token_bytes(CODE_BYTES)).decode().lower() for _ in range(CODES)]
    RecoveryCode.objects.bulk_create(
        RecoveryCode(user=user, code_hash=hashed(secret=_plain(code))) for code in codes
    )
    return ["-".join(code[i : i + 4] for i in range(0, len(code), 4)) for code in codes]


def _secret(known: SecondFactor) -> bytes | None:
    return opened(settings.API_KEY_PEPPER, bytes(known.sealed), about=_about(known.user))


def _about(user: User) -> str:
    return f"second factor of {user.public_id}"


def _tries(user: User) -> str:
    return f"second factor of {user.public_id}"


def _plain(code: str) -> str:
    return "recovery " + "".join(one for one in code.lower() if one.isalnum())
