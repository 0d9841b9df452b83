"""Who is behind the pseudonyms in the log of reads."""

from datetime import datetime
from functools import partial
from secrets import token_bytes
from typing import ClassVar

from django.db import DEFAULT_DB_ALIAS, models

from devices.ownership.rules import persons
from marketplace.models import Organization, User
from marketplace.shared import prepared
from marketplace.shared.ids import new_id

SECRET = 32  # bytes
COLUMNS = 'id, public_id, "user", name, organization, year, secret'
# One statement, since every read comes here; it writes at the first one alone.
KNOWN = f"""
WITH known AS (
    SELECT {COLUMNS} FROM ownership_loggedperson
    WHERE "user" = %(user)b AND organization = %(organization)b AND year = %(year)b::smallint
      AND name = %(name)b AND asked_at IS NULL AND erased_at IS NULL
), made AS (
    INSERT INTO ownership_loggedperson (public_id, "user", name, organization, year, secret)
    SELECT %(public_id)b, %(user)b, %(name)b, %(organization)b, %(year)b::smallint, %(secret)b
    WHERE NOT EXISTS (SELECT FROM known) ON CONFLICT DO NOTHING RETURNING {COLUMNS}
)
SELECT {COLUMNS} FROM known UNION ALL SELECT {COLUMNS} FROM made
"""  # noqa: S608


# A person is looked up once in a process; the insert of an event looks whether the pseudonym still serves.
STILL_NAMED = """EXISTS (
    SELECT FROM ownership_loggedperson WHERE public_id = %b AND asked_at IS NULL AND erased_at IS NULL
)"""
REMEMBERED: dict[tuple[str, str, str, int], "LoggedPerson"] = {}
MOST_REMEMBERED = 10_000


class LoggedPersonQuerySet(models.QuerySet["LoggedPerson"]):
    """Reads of persons in the log, and the one write that goes with writing the log."""

    def known(self, user: User, organization: str, at: datetime) -> "LoggedPerson":
        """Return the person as it stands in the log of this year, put there at its first read."""
        fresh = LoggedPerson(
            user=user.public_id, name=user.name, organization=organization, year=persons.year_of(at)
        )
        names = ("public_id", "user", "name", "organization", "year", "secret")
        values = {name: getattr(fresh, name) for name in names}
        found = prepared.rows(statement=KNOWN, given=values)
        # nothing: somebody else put it there meanwhile
        row = (found or prepared.rows(statement=KNOWN, given=values))[0]
        kept = (name.strip().strip('"') for name in COLUMNS.split(","))
        person = LoggedPerson(**dict(zip(kept, row, strict=True)))
        person._state.adding, person._state.db = False, DEFAULT_DB_ALIAS
        return person

    def remembered(self, user: User, organization: str, at: datetime) -> "LoggedPerson":
        """Return what :meth:`known` said last; who writes an event by it asks for ``STILL_NAMED``."""
        key = (user.public_id, user.name, organization, persons.year_of(at))
        found = REMEMBERED.get(key)
        if found is None:
            found = self.known(user, organization, at)
            if len(REMEMBERED) >= MOST_REMEMBERED:
                REMEMBERED.clear()
            REMEMBERED[key] = found
        return found

    def in_sight_of(self, user: User, organization: Organization, *, whole: bool) -> "LoggedPersonQuerySet":
        """Keep the persons who read for an organization; without ``whole`` the asking person alone."""
        mine = self.filter(organization=organization.public_id)
        return mine if whole else mine.filter(user=user.public_id)

    def waiting(self, last_year: int) -> "LoggedPersonQuerySet":
        """Keep those whose name is to go, and of whose year nothing must be kept any more."""
        return self.filter(asked_at__isnull=False, erased_at=None, year__lte=last_year)

    def locked(self) -> "LoggedPersonQuerySet":
        """Lock the rows in the one order that all writers use."""
        return self.order_by("pk").select_for_update(no_key=True)


class LoggedPerson(models.Model):
    """
    The person behind one pseudonym: somebody who read for one organization in one year of China.

    ``secret`` salts what events say of it. Once somebody has asked, the name is masked (``asked_at``), and
    new reads get a new pseudonym; when it need not be kept any more, everything that tells who it was is
    emptied (``erased_at``), the moment of asking included. A trigger allows these two steps and nothing else.
    """

    public_id = models.CharField(max_length=30, unique=True, default=partial(new_id, "per"), editable=False)
    user = models.CharField(max_length=30, blank=True, db_index=True)
    name = models.CharField(max_length=80, blank=True)
    organization = models.CharField(max_length=30, blank=True, db_index=True)
    year = models.PositiveSmallIntegerField()
    secret = models.BinaryField(default=partial(token_bytes, SECRET))
    asked_at = models.DateTimeField(null=True, blank=True)
    erased_at = models.DateTimeField(null=True, blank=True)

    objects = LoggedPersonQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                name="%(app_label)s_%(class)s_once",
                fields=["user", "organization", "year", "name"],
                condition=models.Q(asked_at=None, erased_at=None),
            )
        ]
        indexes: ClassVar = [
            models.Index(
                name="%(app_label)s_%(class)s_waiting",
                fields=["year"],
                condition=models.Q(asked_at__isnull=False, erased_at=None),
            )
        ]

    def __str__(self) -> str:
        return f"{self.public_id} {self.state}"

    @property
    def state(self) -> persons.State:
        """What is left of the person."""
        return persons.state(asked=self.asked_at is not None, erased=self.erased_at is not None)

    @property
    def shown_name(self) -> str | None:
        """The name for the person's own organization, as long as nobody asked that it goes."""
        return self.name if self.state is persons.State.NAMED else None
