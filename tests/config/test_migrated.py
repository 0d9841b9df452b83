"""An empty database is given the schema that all migrations make; `make check` compares the two."""

import pytest
from django.core.management import call_command
from django.db import connection
from django.db.migrations.loader import MigrationLoader

from config import migrated


def test_the_file_stands_for_migrations_that_exist_each_once():
    held = migrated.held(migrated.FILE.read_text(encoding="utf-8"))

    assert len(held) == len(set(held)) > 100
    assert set(held) <= set(MigrationLoader(None).disk_migrations)
    assert {app for app, _ in held} >= {"marketplace", "devices", "ownership", "leasing", "billing"}


def test_a_text_says_nothing_of_the_session_that_dumped_it():
    dump = "--\n-- Dumped from database version 18.4\n\\restrict a1\nSET transaction_timeout = 0;\n" + (
        "CREATE FUNCTION public.f() RETURNS void AS $$\n\n-- kept: it is in the body\nSET LOCAL x = 1;\n$$;"
    )

    text = migrated.written(dump, [("leasing", "0001_initial")])

    assert text.splitlines()[0] == "-- holds: leasing 0001_initial"
    assert "CREATE FUNCTION public.f() RETURNS void AS $$\n\n-- kept: it is in the body\nSET LOCAL" in text
    assert "transaction_timeout" not in text and "restrict" not in text and "Dumped" not in text
    assert migrated.held(text) == [("leasing", "0001_initial")]


@pytest.mark.django_db
class TestADatabase:
    @pytest.fixture
    def emptied(self):
        """Take every table away; the transaction of the test brings them back."""
        with connection.cursor() as cursor:
            cursor.execute("DROP SCHEMA public CASCADE; CREATE SCHEMA public")
        return connection

    def test_that_is_empty_is_given_everything_and_knows_its_migrations(self, emptied):
        assert migrated.give(emptied) is True

        held = migrated.held(migrated.FILE.read_text(encoding="utf-8"))
        with connection.cursor() as cursor:
            cursor.execute("SELECT app, name FROM django_migrations")
            assert set(cursor.fetchall()) == set(held)
            cursor.execute("SELECT count(*) FROM pg_trigger WHERE NOT tgisinternal")
            assert cursor.fetchone()[0] > 100
            cursor.execute("SHOW search_path")
            assert cursor.fetchone()[0] == '"$user", public'

    def test_with_tables_is_left_alone(self):
        assert migrated.give(connection) is False

    @pytest.mark.parametrize("why", ["a migration that is gone", "too old a server"])
    def test_that_the_file_does_not_fit_runs_the_migrations(self, emptied, monkeypatch, tmp_path, why):
        if why == "too old a server":
            monkeypatch.setattr(migrated, "SINCE", connection.pg_version + 1)
        else:
            other = tmp_path / "schema.sql"
            other.write_text("-- holds: leasing 9999_gone\n", encoding="utf-8")
            monkeypatch.setattr(migrated, "FILE", other)

        assert migrated.give(emptied) is False
        assert emptied.introspection.table_names() == []

    @pytest.mark.parametrize("given", [{"each": True}, {"plan": True}, {"app_label": "leasing"}])
    def test_is_not_given_it_where_single_migrations_are_asked_for(self, monkeypatch, given):
        asked = []
        monkeypatch.setattr(migrated, "give", asked.append)

        call_command("migrate", verbosity=0, **given)
        assert asked == []

        call_command("migrate", verbosity=0)
        assert asked == [connection]
