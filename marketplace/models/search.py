"""What listings are found by: one row a published listing, made from it and thrown away with it."""

from typing import Any, ClassVar

from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVectorField
from django.db import models

from marketplace.models.chains import Chain
from marketplace.models.equipment import Category
from marketplace.models.listings import Listing


class TimesField(models.Field):
    """A set of stretches of time (PostgreSQL ``tstzmultirange``); Python holds a psycopg ``Multirange``."""

    def db_type(self, connection: Any) -> str:
        return "tstzmultirange"


class SearchDocument(models.Model):
    """
    A published listing as it is looked for; everything here can be made anew from the listing.

    ``tokens`` are those of :mod:`marketplace.rules.search.documents`; ``numbers`` the specifications that are
    numbers, in the dictionary's units; ``points`` how much the listing says for itself, ``rank`` in which
    hundredth of its category that puts it (0 to 99), so that no kind stands before another one.
    ``flags`` are the tokens that are counted one by one, as bits (:mod:`marketplace.rules.search.flags`).
    ``per_hours`` and ``per_parts`` are what the usual 40 hours or 1,000 parts in 30 days cost, tax included,
    in fen: only to put very many in order, a price shown is always worked out anew. ``changed_at`` is since
    when it says what it says: offered or edited then, and not only made anew. With a ``chain`` it is found
    by the members of that chain alone.
    """

    listing = models.OneToOneField(
        Listing, on_delete=models.CASCADE, primary_key=True, related_name="search_document"
    )
    tokens = SearchVectorField()
    numbers = models.JSONField(default=dict)
    points = models.PositiveSmallIntegerField()
    rank = models.PositiveSmallIntegerField()
    category = models.ForeignKey(Category, on_delete=models.PROTECT, related_name="+", db_index=False)
    province = models.CharField(max_length=2)
    owner_kind = models.CharField(max_length=20)
    flags = models.IntegerField(db_default=0)
    latitude = models.FloatField(null=True)
    longitude = models.FloatField(null=True)
    per_hours = models.BigIntegerField(null=True)
    per_parts = models.BigIntegerField(null=True)
    chain = models.ForeignKey(Chain, on_delete=models.PROTECT, null=True, related_name="+", db_index=False)
    renewed_at = models.DateTimeField()
    changed_at = models.DateTimeField()

    class Meta:
        indexes: ClassVar[list[Any]] = [
            GinIndex(name="marketplace_searchdoc_tokens", fields=["tokens"]),
            models.Index(name="marketplace_searchdoc_rank", fields=["-rank", "-listing"]),
            models.Index(name="marketplace_searchdoc_age", fields=["renewed_at"]),
            models.Index(name="marketplace_searchdoc_news", fields=["changed_at"]),
            models.Index(
                name="marketplace_searchdoc_hours",
                fields=["per_hours", "-listing"],
                condition=models.Q(per_hours__isnull=False),
            ),
            models.Index(
                name="marketplace_searchdoc_parts",
                fields=["per_parts", "-listing"],
                condition=models.Q(per_parts__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return str(self.listing)


class SearchTerm(models.Model):
    """
    In how many documents a token occurs, counted now and then; the empty token counts all documents.

    Only tokens of many documents are kept: what is missing is rare. It decides how a question is answered,
    not what the answer is.
    """

    token = models.CharField(max_length=80, primary_key=True)
    documents = models.PositiveIntegerField()

    def __str__(self) -> str:
        return self.token


class TakenTimes(models.Model):
    """
    When no machine of a listing can be had, buffers counted: what a search for days leaves aside.

    Made from the claims (:mod:`marketplace.actions.taken_times`), and only for what is taken at some time. It
    may be behind the claims for those in :class:`StaleTimes`, and then nothing is left aside by it.
    """

    listing = models.OneToOneField(
        Listing, on_delete=models.CASCADE, primary_key=True, related_name="taken_times"
    )
    taken = TimesField()

    def __str__(self) -> str:
        return f"{self.listing_id} {self.taken}"


class StaleTimes(models.Model):
    """
    Something changed that says when a listing is taken; triggers of the database write it down.

    No key leads to the listing: a row is written by whoever writes a claim, and locks nothing.
    """

    listing_id = models.BigIntegerField(db_index=True)

    def __str__(self) -> str:
        return str(self.listing_id)
