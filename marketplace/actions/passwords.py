"""Change a password, or set a forgotten one by a link that was mailed."""

from datetime import datetime

from django.contrib.auth.tokens import default_token_generator
from django.utils.encoding import force_bytes
from django.utils.http import urlsafe_base64_encode
from django.utils.translation import gettext_noop

from marketplace.actions import audit, letters, sign_ins, throttles
from marketplace.gateway.transactions import atomic
from marketplace.models import User
from marketplace.rules import throttles as limits

SUBJECT = gettext_noop("Set a new password at Jijian")
TEXT = gettext_noop(
    "Somebody asks for a new password for this address at Jijian. If it was you, open the link and set one. "
    "If not, do nothing: the old one stays."
)
CHANGED_SUBJECT = gettext_noop("Your password at Jijian was changed")
CHANGED_TEXT = gettext_noop(
    "Your password at Jijian was changed, and all other sessions were ended. If it was not you, set a new "
    "one at once by “Password forgotten?”, and tell your administrator."
)


@atomic
def change(*, user: User, password: str, keep: str, address: str, at: datetime) -> None:
    """
    Set a person's password, end all its sessions but the one with the key ``keep``, and tell it by mail.

    Whoever calls it has checked the old password, or the link that was mailed; ``address`` is where.
    """
    user = User.objects.select_for_update(no_key=True).get(pk=user.pk)
    user.set_password(password)
    user.save(update_fields=["password"])
    sign_ins.renewed(email=user.email, address=address)
    sign_ins.end_others(by=user, keep=keep, at=at)
    audit.record(by=user, action="password.change", subject=user.public_id, at=at)
    letters.write(to=user.email, subject=CHANGED_SUBJECT, text=CHANGED_TEXT, at=at)


def forgot(*, email: str, address: str, at: datetime) -> None:
    """
    Mail a link to set a new password, if the address has an account; the caller cannot tell.

    Asked again and again for one e-mail address, from anywhere, no more mails go out, and nobody is told.

    :raises TooManyTries: if the network ``address`` asks too often
    """
    email = email.strip().lower()
    throttles.take(limits={f"reset from {address}": limits.RESET_ADDRESS}, at=at)
    try:
        throttles.take(limits={f"reset of {email}": limits.RESET_EMAIL}, at=at)
    except throttles.TooManyTries:
        return
    found = User.objects.filter(email=email, is_active=True, is_robot=False).first()
    if found is None:
        return
    key = urlsafe_base64_encode(force_bytes(found.pk))
    path = f"/password/reset/{key}/{default_token_generator.make_token(found)}/"
    letters.write(to=email, subject=SUBJECT, text=TEXT, at=at, path=path)
