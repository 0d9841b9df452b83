"""The tables of what is stored of a person and of an organization, and what hinders a closing."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from django.db.models import Case, CharField, Count, F, Q, QuerySet, Value, When

from marketplace.models import (
    Announcement,
    ApiKey,
    AuditEntry,
    Equipment,
    Invitation,
    Listing,
    MaturityDeclaration,
    Membership,
    Message,
    Need,
    Notification,
    Organization,
    SavedFilter,
    SignIn,
    Site,
    SpecStatement,
    User,
    Verification,
    WebhookEndpoint,
)
from marketplace.rules.closing import Obstacle
from marketplace.rules.own_data import About

SAID_IN: Final[dict[str, Any]] = {"conversation_public_id": F("conversation__public_id")}
Rows = Callable[[Any], QuerySet[Any, Mapping[str, Any]]]


@dataclass(frozen=True)
class Table:
    """One table; ``rows`` gives the rows of a person, or of an organization, as dictionaries."""

    name: str
    about: About
    rows: Rows


TABLES: Final[list[Table]] = []


@dataclass(frozen=True)
class Open:
    """What may be open of a kind, to be counted, with the words and the page of its obstacle."""

    code: str
    text: str
    found: "QuerySet[Any]"
    link: str


Hindrances = Callable[[Organization, datetime], Iterable[Obstacle | Open]]
HINDRANCES: Final[dict[str, Hindrances]] = {}


def add(tables: Iterable[Table]) -> None:
    """Let tables stand in the files as well; upper rooms add theirs when they are made ready."""
    known = {(one.about, one.name) for one in TABLES}
    TABLES.extend(one for one in tables if (one.about, one.name) not in known)


def hinder(*, name: str, look: Hindrances) -> None:
    """Let a room say what of it is open, so that an organization cannot close."""
    HINDRANCES[name] = look


def tables_of(about: str) -> list[Table]:
    """Return the tables of a file, in their order."""
    return [one for one in TABLES if one.about == about]


def obstacles(organization: Organization, at: datetime) -> list[Obstacle]:
    """
    Return everything that is open of an organization at a moment, room by room; nothing if it may close.

    What is only counted is counted in one query.
    """
    asked = [one for look in HINDRANCES.values() for one in look(organization, at)]
    counts = _counted([one for one in asked if isinstance(one, Open)])
    found = (
        Obstacle(one.code, one.text, counts.get(one.code, 0), one.link) if isinstance(one, Open) else one
        for one in asked
    )
    return [one for one in found if one.count]


def _counted(parts: list[Open]) -> dict[str, int]:
    rows = [
        part.found.order_by()
        .annotate(part=Value(part.code, CharField()))
        .values("part")
        .annotate(count=Count("pk"))
        .values_list("part", "count")
        for part in parts
    ]
    return dict(rows[0].union(*rows[1:], all=True)) if rows else {}


def _person() -> Iterator[Table]:
    def of(name: str, rows: Rows) -> Table:
        return Table(name, About.PERSON, rows)

    yield of(
        "account",
        lambda user: User.objects.filter(pk=user.pk).values(
            "public_id", "email", "name", "is_active", "second_factor_at", "last_login", "created_at"
        ),
    )
    yield of(
        "memberships",
        lambda user: (
            Membership.objects.filter(user=user)
            .order_by("pk")
            .values("role", "created_at", organization_public_id=F("organization__public_id"))
            .annotate(organization_name=F("organization__name"))
        ),
    )
    yield of(
        "sessions",
        lambda user: (
            SignIn.objects.filter(user=user)
            .order_by("pk")
            .values("public_id", "agent", "address", "began_at", "seen_at", "ended_at")
        ),
    )
    yield of(
        "notifications",
        lambda user: (
            Notification.objects.filter(person=user)
            .order_by("pk")
            .values("public_id", "kind", "facts", "link", "made_at", "read_at")
        ),
    )
    yield of(
        "saved_searches",
        lambda user: (
            SavedFilter.objects.filter(user=user)
            .order_by("pk")
            .values("public_id", "page", "name", "query", "telling", "made_at")
        ),
    )
    yield from _acts_of_person()


def _if_its_own(user: User) -> Case:
    """Return the address of an invitation to ``user``; that of somebody else is not its own to take along."""
    return Case(When(email=user.email, then=F("email")), default=Value(""))


def _acts_of_person() -> Iterator[Table]:
    def of(name: str, rows: Rows) -> Table:
        return Table(name, About.PERSON, rows)

    yield of(
        "api_keys",
        lambda user: (
            ApiKey.objects.filter(user=user)
            .order_by("pk")
            .values("public_id", "name", "scopes", "created_at", "expires_at", "revoked_at", "last_used_at")
        ),
    )
    yield of(
        "invitations",
        lambda user: (
            Invitation.objects.filter(Q(email=user.email) | Q(made_by=user.public_id))
            .order_by("pk")
            .values("public_id", "role", "made_at", "accepted_at", "revoked_at", your_email=_if_its_own(user))
        ),
    )
    yield of(
        "messages",
        lambda user: (
            Message.objects.filter(author=user.public_id)
            .order_by("pk")
            .values(
                "kind", "text", "meet_at", "written_at", conversation_public_id=F("conversation__public_id")
            )
        ),
    )
    yield of(
        "announcements",
        lambda user: (
            Announcement.objects.filter(made_by=user.public_id)
            .order_by("pk")
            .values("public_id", "kind", "title_zh", "title_en", "state", "made_at", "published_at")
        ),
    )
    yield of(
        "actions",
        lambda user: (
            AuditEntry.objects.filter(actor=user.public_id)
            .order_by("pk")
            .values("at", "organization", "action", "subject", "facts")
        ),
    )


def _organization() -> Iterator[Table]:
    def of(name: str, rows: Rows) -> Table:
        return Table(name, About.ORGANIZATION, rows)

    yield of(
        "organization",
        lambda one: Organization.objects.filter(pk=one.pk).values(
            "public_id",
            "name",
            "name_en",
            "kind",
            "credit_code",
            "region_code",
            "industry_code",
            "address",
            "phone",
            "bank_account",
            "verified_at",
            "verify_again_on",
            "created_at",
        ),
    )
    yield of(
        "members",
        lambda one: (
            Membership.objects.filter(organization=one)
            .order_by("pk")
            .values("role", "created_at", person=F("user__public_id"))
            .annotate(name=F("user__name"), email=F("user__email"))
        ),
    )
    yield of(
        "verifications",
        lambda one: (
            Verification.objects.filter(organization=one)
            .order_by("pk")
            .values("public_id", "state", "given", "reason", "submitted_at", "decided_at")
        ),
    )
    yield of(
        "maturity",
        lambda one: (
            MaturityDeclaration.objects.filter(organization=one)
            .order_by("pk")
            .values("public_id", "tier", "level", "source", "valid_from", "is_verified", "recorded_at")
        ),
    )
    yield from _holdings()


def _holdings() -> Iterator[Table]:
    def of(name: str, rows: Rows) -> Table:
        return Table(name, About.ORGANIZATION, rows)

    yield of(
        "sites",
        lambda one: (
            Site.objects.filter(organization=one)
            .order_by("pk")
            .values("public_id", "name", "region_code", "city", "address", "latitude", "longitude")
        ),
    )
    yield of(
        "machines",
        lambda one: (
            Equipment.objects.filter(owner=one)
            .order_by("pk")
            .values(
                "public_id",
                "name",
                "maker_name",
                "model_name",
                "serial_number",
                "built_on",
                "specs",
                "status",
                "created_at",
            )
            .annotate(category=F("category__code"), site=F("site__public_id"))
        ),
    )
    yield of(
        "specifications",
        lambda one: (
            SpecStatement.objects.filter(equipment__owner=one)
            .order_by("pk")
            .values(
                "public_id",
                "number",
                "dictionary_version",
                "values",
                "sources",
                "note",
                "stated_by_name",
                "stated_at",
                machine=F("equipment__public_id"),
            )
        ),
    )
    yield of(
        "listings",
        lambda one: (
            Listing.objects.filter(owner=one)
            .order_by("pk")
            .values("public_id", "title", "summary", "specs", "status", "published_at")
        ),
    )
    yield from _said()


def _said() -> Iterator[Table]:
    def of(name: str, rows: Rows) -> Table:
        return Table(name, About.ORGANIZATION, rows)

    yield of(
        "needs",
        lambda one: (
            Need.objects.filter(poster=one)
            .order_by("pk")
            .values(
                "public_id", "status", "title", "description", "quantity", "starts_on", "ends_on", "made_at"
            )
        ),
    )
    yield of(
        "messages",
        lambda one: (
            Message.objects.filter(Q(conversation__owner=one) | Q(conversation__asker=one))
            .order_by("pk")
            .values(
                "author_name",
                "kind",
                "text",
                "written_at",
                conversation_public_id=F("conversation__public_id"),
            )
        ),
    )
    yield of(
        "webhooks",
        lambda one: (
            WebhookEndpoint.objects.filter(organization=one)
            .order_by("pk")
            .values("public_id", "url", "description", "state", "made_at")
        ),
    )
    yield of(
        "log",
        lambda one: (
            AuditEntry.objects.filter(organization=one.public_id)
            .order_by("pk")
            .values("at", "actor", "actor_name", "action", "subject", "facts")
        ),
    )


add([*_person(), *_organization()])
