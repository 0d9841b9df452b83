"""Statements whose plans the database keeps: that it does, that they are counted, and that they commit."""

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from marketplace.models import Organization
from marketplace.shared import prepared
from tests.factories import marketplace as make

ASKED = "SELECT name FROM marketplace_organization WHERE id = %(id)b"


def kept():
    with connection.cursor() as cursor:
        cursor.execute("SELECT statement FROM pg_prepared_statements")
        return [statement for (statement,) in cursor.fetchall()]


@pytest.mark.django_db
class TestRows:
    def test_the_database_keeps_the_statement(self):
        someone = make.organization()

        answers = [prepared.rows(statement=ASKED, given={"id": someone.pk}) for _ in range(3)]

        assert answers == [[(someone.name,)]] * 3
        assert sum("marketplace_organization WHERE id = $1" in one for one in kept()) == 1

    def test_what_django_writes_is_not_kept_for_coming_often(self):
        for _ in range(10):
            list(Organization.objects.filter(name="nobody"))

        assert not [one for one in kept() if "nobody" in one or "marketplace_organization" in one]
        assert not connection.connection._prepared._counts, "nor does psycopg remember its text"

    def test_nothing_is_kept_behind_a_pooler_that_shares_connections(self, settings):
        settings.DATABASE_PREPARED = False

        prepared.rows(statement=ASKED + " AND TRUE", given={"id": 0})

        assert not [one for one in kept() if "AND TRUE" in one]

    def test_it_is_counted_among_the_queries(self):
        with CaptureQueriesContext(connection) as made:
            prepared.rows(statement=ASKED, given={"id": 0})

        assert len(made) == 1

    def test_what_the_database_refuses_is_an_error_of_django(self):
        one, other = make.organization(), make.organization()
        other.pk, other.public_id = None, one.public_id

        with pytest.raises(IntegrityError), transaction.atomic():
            prepared.insert(other)


@pytest.mark.django_db(transaction=True)
class TestCommittedAlone:
    def test_what_one_statement_writes_is_there_for_others_when_the_block_is_left(self):
        someone = make.organization()
        someone.delete()

        with prepared.committed_alone():
            prepared.insert(someone)

        connection.close()  # what was not committed goes with it
        assert Organization.objects.get() == someone

    def test_it_is_refused_within_a_transaction_that_may_still_be_undone(self):
        someone = make.organization()
        someone.delete()

        with pytest.raises(RuntimeError), transaction.atomic(), prepared.committed_alone():
            prepared.insert(someone)

        assert not Organization.objects.exists()
