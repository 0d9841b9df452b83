"""Fictional organizations and people; credit codes are well formed and belong to nobody."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from marketplace.actions import parties
from marketplace.models import Membership, Organization, User
from marketplace.models.parties import Role
from marketplace.rules.identifiers import make_credit_code

PASSWORD = "demo-jijian"  # noqa: S105 - printed at the start, works only with DEMO set
JOINED = timedelta(days=400)  # ago: figures of earlier months have companies to count
PLATFORM = {
    "key": "platform",
    "name": "计件设备共享平台有限公司",
    "name_en": "Jijian Equipment Sharing",
    "kind": "PLATFORM",
    "head": "91310115",
    "body": "MA1JJ01P",
}


@dataclass
class People:
    """The organizations by key, with one administrator each."""

    at: datetime
    organizations: dict[str, Organization] = field(default_factory=dict)
    admins: dict[str, User] = field(default_factory=dict)

    def organization(self, entry: Mapping[str, Any]) -> Organization:
        """Register the organization of an entry with its administrator, once."""
        key = entry["key"]
        if key in self.organizations:
            return self.organizations[key]
        admin = person(f"admin@{key}.demo", f"{entry['name'][:6]} 管理员")
        made = parties.register(
            name=entry["name"],
            name_en=entry["name_en"],
            kind=entry["kind"],
            credit_code=make_credit_code(entry["head"], entry["body"]),
            region_code=entry.get("region_code", ""),
            by=admin,
            at=self.at,
        )
        made.verified_at, made.created_at = self.at, self.at - JOINED
        made.address, made.industry_code = entry.get("address", ""), entry.get("industry_code", "")
        made.save(update_fields=["verified_at", "address", "industry_code", "created_at"])
        self.organizations[key], self.admins[key] = made, admin
        return made


def person(email: str, name: str) -> User:
    """Return a person who can sign in with the demo password."""
    return User.objects.create_user(email, PASSWORD, name=name)


def join(user: User, organization: Organization, role: Role) -> None:
    """Give a demo person a role."""
    Membership.objects.get_or_create(user=user, organization=organization, role=role)
