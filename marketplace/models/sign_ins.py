"""How people prove who they are: sessions, the second factor, what is tried too often, and mails."""

from functools import partial
from typing import ClassVar

from django.db import models

from marketplace.models.parties import User
from marketplace.shared.ids import new_id


class SignInQuerySet(models.QuerySet["SignIn"]):
    """Reads of sign-ins."""

    def of(self, user: User) -> "SignInQuerySet":
        """Keep those of a person that have not ended, the last seen first."""
        return self.filter(user=user, ended_at=None).order_by("-seen_at", "-pk")


class SignIn(models.Model):
    """One browser in which a person is signed in; ``session_key`` is shown to nobody."""

    public_id = models.CharField(max_length=30, unique=True, default=partial(new_id, "sin"), editable=False)
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="sign_ins")
    session_key = models.CharField(max_length=40, unique=True)
    agent = models.CharField(max_length=200, blank=True)
    address = models.GenericIPAddressField(null=True)
    began_at = models.DateTimeField()
    seen_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)

    objects = SignInQuerySet.as_manager()

    def __str__(self) -> str:
        return self.public_id


class SecondFactor(models.Model):
    """
    The secret of a person's authenticator (RFC 6238), sealed; it counts from ``confirmed_at`` on.

    ``last_step`` is the step of the last code that was taken: no code is taken twice.
    """

    user = models.OneToOneField(User, on_delete=models.CASCADE, related_name="second_factor")
    sealed = models.BinaryField()
    made_at = models.DateTimeField()
    confirmed_at = models.DateTimeField(null=True)
    last_step = models.BigIntegerField(default=-1)

    def __str__(self) -> str:
        return f"{self.user_id}"


class RecoveryCode(models.Model):
    """A code that stands in for the authenticator once; its hash alone is kept."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="recovery_codes")
    code_hash = models.CharField(max_length=64)
    used_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(name="%(app_label)s_%(class)s_once", fields=["user", "code_hash"])
        ]

    def __str__(self) -> str:
        return f"{self.user_id}"


class Throttle(models.Model):
    """How often something was tried of late; ``key`` is a digest of what, so that no address is kept."""

    key = models.CharField(max_length=64, primary_key=True)
    hits = models.PositiveIntegerField(default=0)
    since = models.DateTimeField(db_index=True)
    until = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return self.key


class Letter(models.Model):
    """
    A mail to an address, which need be no member's; its text goes once it is sent, as it holds a signed link.

    ``taken_at`` is when it was taken out of the outbox, ``tries`` how often.
    """

    to = models.EmailField()
    subject = models.CharField(max_length=200)
    body = models.TextField()
    made_at = models.DateTimeField()
    taken_at = models.DateTimeField(null=True)
    sent_at = models.DateTimeField(null=True)
    tries = models.PositiveSmallIntegerField(default=0)

    class Meta:
        indexes: ClassVar = [
            models.Index(
                name="%(app_label)s_letters_waiting", fields=["id"], condition=models.Q(taken_at=None)
            )
        ]

    def __str__(self) -> str:
        return self.subject
