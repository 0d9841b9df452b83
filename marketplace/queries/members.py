"""Members of an organization, each once with its roles."""

from dataclasses import dataclass
from datetime import datetime

from marketplace.models import Membership, Organization, User
from marketplace.models.parties import Role


@dataclass(frozen=True, slots=True)
class Member:
    """A person with the roles that it holds in one organization."""

    user: User
    roles: tuple[str, ...]
    since: datetime

    @property
    def labels(self) -> list[str]:
        """The roles in the reader's language."""
        return [str(Role(role).label) for role in self.roles]

    @property
    def has_second_factor(self) -> bool:
        """Tell whether the person signs in with a second factor."""
        return self.user.second_factor_at is not None


def members_of(organization: Organization) -> list[Member]:
    """Return the members of an organization by name; one query, robots left out."""
    held = Membership.objects.filter(organization=organization, user__is_robot=False)
    found: dict[int, list[Membership]] = {}
    for one in held.select_related("user").order_by("user__name", "user", "role"):
        found.setdefault(one.user_id, []).append(one)
    return [
        Member(rows[0].user, tuple(row.role for row in rows), min(row.created_at for row in rows))
        for rows in found.values()
    ]
