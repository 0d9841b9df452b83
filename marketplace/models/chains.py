"""Supply chains: a lead enterprise and its members, to whom alone it may open listings and needs."""

from functools import partial
from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from marketplace.models.parties import Organization
from marketplace.shared.ids import new_id


class ChainQuerySet(models.QuerySet["Chain"]):
    """Reads of chains."""

    def open_to(self, organization: Organization) -> "ChainQuerySet":
        """Keep the chains that an organization leads, or is a member of now."""
        return self._of(organization, [ChainMember.Status.ACCEPTED])

    def keys_of(self, organization: Organization | None) -> tuple[int, ...]:
        """Return the keys of the chains that are open to an organization, as a search is asked for them."""
        return () if organization is None else tuple(self.open_to(organization).values_list("pk", flat=True))

    def visible_to(self, organization: Organization) -> "ChainQuerySet":
        """Keep the chains that an organization may know of: its own, and those that it was invited to."""
        return self._of(organization, [ChainMember.Status.ACCEPTED, ChainMember.Status.INVITED])

    def with_standing(self, organization: Organization) -> "ChainQuerySet":
        """Fetch the leader along, and where an organization stands, as ``mine``."""
        standing = ChainMember.objects.filter(member=organization)
        return self.select_related("leader").prefetch_related(
            models.Prefetch("members", standing, to_attr="mine")
        )

    def locked(self) -> "ChainQuerySet":
        """Lock the rows in the one order that all writers use."""
        return self.order_by("pk").select_for_update(of=("self",), no_key=True)

    def _of(self, organization: Organization, states: list[str]) -> "ChainQuerySet":
        among = ChainMember.objects.filter(member=organization, status__in=states)
        return self.filter(models.Q(leader=organization) | models.Q(pk__in=among.values("chain")))


class Chain(models.Model):
    """A chain has one leader, for ever (a trigger keeps it); the leader is no member of its own."""

    public_id = models.CharField(max_length=30, unique=True, default=partial(new_id, "chn"), editable=False)
    leader = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="chains_led")
    name = models.CharField(max_length=80)
    made_at = models.DateTimeField()

    objects = ChainQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(name="%(app_label)s_%(class)s_one_name", fields=["leader", "name"]),
        ]

    def __str__(self) -> str:
        return self.name


class ChainMemberQuerySet(models.QuerySet["ChainMember"]):
    """Reads of who is in chains."""

    def of(self, chain: int) -> "ChainMemberQuerySet":
        """Keep the members of a chain, by its key, as they are now."""
        return self.filter(chain=chain, status=ChainMember.Status.ACCEPTED)


class ChainMember(models.Model):
    """
    An organization in a chain; who leaves and is invited again has the same row.

    ``invited_*`` is about the last invitation, ``changed_*`` about the last step: answer, leave or removal.
    """

    class Status(models.TextChoices):
        INVITED = "INVITED", _("Invited to the chain")
        ACCEPTED = "ACCEPTED", _("Member")
        DECLINED = "DECLINED", _("Does not join")
        LEFT = "LEFT", _("Has left")
        REMOVED = "REMOVED", _("Removed")

    chain = models.ForeignKey(Chain, on_delete=models.PROTECT, related_name="members")
    member = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="chains_joined")
    status = models.CharField(max_length=10, choices=Status, default=Status.INVITED)
    invited_at = models.DateTimeField()
    invited_by = models.CharField(max_length=30)
    invited_by_name = models.CharField(max_length=80)
    changed_at = models.DateTimeField(null=True, blank=True)
    changed_by = models.CharField(max_length=30, blank=True)
    changed_by_name = models.CharField(max_length=80, blank=True)

    objects = ChainMemberQuerySet.as_manager()

    class Meta:
        ordering: ClassVar = ["pk"]
        constraints: ClassVar = [
            models.UniqueConstraint(name="%(app_label)s_%(class)s_once", fields=["chain", "member"]),
            models.CheckConstraint(
                name="%(app_label)s_%(class)s_changed",
                condition=models.Q(status="INVITED", changed_at=None)
                | (~models.Q(status="INVITED") & models.Q(changed_at__isnull=False)),
            ),
        ]
        indexes: ClassVar = [models.Index(fields=["member", "status"])]

    def __str__(self) -> str:
        return f"{self.chain_id} {self.member_id} {self.status}"
