"""Runs of the checks: one that fails stops no other, and a finding stands from one run to another."""

from datetime import timedelta

import pytest
from django.db import DatabaseError, connection, transaction
from django.test.utils import CaptureQueriesContext

from billing import tasks
from billing.actions import checks
from billing.actions.checks import NobodyToCheckFor, NoSuchCheck
from billing.models import CheckFinding, CheckResult, CheckRun
from billing.rules.checks import CHECKS, MOST, Found
from marketplace.models import Notification, Organization
from marketplace.permissions import MissingRight
from tests import once
from tests.billing.ledger import world
from tests.billing.ledger.world import LATER, NOON
from tests.billing.world import member
from tests.races import Meeting

ONE, OTHER = "lines_add_up", "notes_add_up"
office = once.fixture(world.office)


def run(office, *only, at=NOON):
    return checks.run(at=at, by=office.clerk, only=only)


def finds(monkeypatch, *found, code=ONE):
    monkeypatch.setitem(checks.LOOKS, code, lambda at: [Found(*one, facts={"number": "N"}) for one in found])


def standing():
    return list(CheckFinding.objects.standing().order_by("pk").values_list("code", "subject", "found"))


class TestARun:
    def test_says_of_every_check_that_it_holds(self, office):
        made = run(office)

        assert [one.code for one in made.results.all()] == list(CHECKS)
        assert not made.results.exclude(count=0, failure="").exists()
        assert (made.actor, made.started_at) == (office.clerk.public_id, NOON)

    def test_may_be_of_some(self, office):
        assert [one.code for one in run(office, OTHER).results.all()] == [OTHER]

    def test_of_an_unknown_check_is_refused(self, office):
        with pytest.raises(NoSuchCheck):
            run(office, ONE, "other")
        assert not CheckRun.objects.exists()

    def test_is_the_platform_s_finance_team_s(self, office):
        with pytest.raises(MissingRight):
            checks.run(at=NOON, by=member(office.owner))
        assert not CheckRun.objects.exists()

    def test_needs_a_platform_and_the_clock_does_without(self, office):
        Organization.objects.update(kind="SME")

        with pytest.raises(NobodyToCheckFor):
            run(office)
        tasks.check_books()
        assert not CheckRun.objects.exists()

    def test_is_made_by_the_clock(self, office):
        tasks.check_books()

        assert CheckRun.objects.get().actor_name == "clock"

    def test_is_stopped_where_it_takes_too_long(self, office):
        with CaptureQueriesContext(connection) as said:
            run(office, ONE)

        assert any("statement_timeout = '30min'" in query["sql"] for query in said)


class TestAFinding:
    def test_stands_from_its_first_run_until_it_is_found_no_more(self, office, monkeypatch):
        finds(monkeypatch, ("a", 1, 2), ("b", 1, 3))
        first = run(office, ONE)
        run(office, ONE, at=LATER)
        assert CheckFinding.objects.count() == 2
        finds(monkeypatch, ("b", 1, 3))

        last = run(office, ONE, at=LATER)

        assert standing() == [(ONE, "b", 3)]
        gone = CheckFinding.objects.get(subject="a")
        assert (gone.since, gone.run, gone.solved_at, gone.solved_in) == (NOON, first, LATER, last)

    def test_with_other_figures_stands_anew_and_since_then(self, office, monkeypatch):
        finds(monkeypatch, ("a", 1, 2))
        run(office, ONE)
        finds(monkeypatch, ("a", 1, 5))

        made = run(office, ONE, at=LATER)

        assert standing() == [(ONE, "a", 5)]
        now = CheckFinding.objects.standing().get()
        assert (now.since, now.run) == (NOON, made)
        assert CheckFinding.objects.exclude(solved_at=None).get().found == 2

    def test_of_another_check_is_left_alone(self, office, monkeypatch):
        finds(monkeypatch, ("a", 1, 2))
        run(office, ONE)

        run(office, OTHER, at=LATER)

        assert standing() == [(ONE, "a", 2)]

    def test_beside_too_many_stays(self, office, monkeypatch):
        finds(monkeypatch, ("z", 1, 2))
        run(office, ONE)
        finds(monkeypatch, *((f"s{number:04}", 1, 2) for number in range(MOST + 1)))

        made = run(office, ONE, at=LATER)

        assert made.results.get().count == MOST + 1
        assert CheckFinding.objects.standing().count() == MOST + 1
        assert CheckFinding.objects.standing().filter(subject="z").exists()

    def test_solved_in_an_earlier_run_is_not_solved_before_it_was_there(self, office, monkeypatch):
        finds(monkeypatch, ("a", 1, 2))
        run(office, ONE, at=LATER)
        finds(monkeypatch)

        run(office, ONE, at=NOON)

        assert CheckFinding.objects.get().solved_at == LATER


class TestThePlatform:
    def test_is_told_of_what_is_new_and_not_again(self, office, monkeypatch):
        finds(monkeypatch, ("a", 1, 2), ("b", 1, 3))
        run(office, ONE)
        finds(monkeypatch, ("a", 1, 5), ("b", 1, 3))
        run(office, ONE, at=LATER)

        told = Notification.objects.get()
        assert (told.organization, told.kind, told.link) == (office.platform, "rules_broken", "/checks/")
        assert told.facts == {"count": "2"}

    def test_is_told_of_a_check_that_could_not_be_run(self, office, monkeypatch):
        monkeypatch.setitem(checks.LOOKS, ONE, lambda at: 1 / 0)
        run(office, ONE)
        run(office, ONE, at=LATER)

        assert Notification.objects.get().facts == {"count": "1"}

    def test_is_told_nothing_where_all_holds(self, office):
        run(office)

        assert not Notification.objects.exists()


class TestACheckThatFails:
    def fails(self, monkeypatch, text="no such table", code=ONE):
        def look(at):
            raise LookupError(f"{text}\nand more")

        monkeypatch.setitem(checks.LOOKS, code, look)

    def test_stops_no_other_and_is_a_finding(self, office, monkeypatch):
        self.fails(monkeypatch)
        finds(monkeypatch, ("a", 1, 2), code=OTHER)

        made = run(office)

        assert made.results.count() == len(CHECKS)
        assert made.results.get(code=ONE).failure == "LookupError: no such table"
        assert standing() == [(ONE, "", 0), (OTHER, "a", 2)]
        assert "LookupError: no such table" in CheckFinding.objects.get(code=ONE).about

    def test_in_the_database_stops_no_other(self, office, monkeypatch):
        def look(at):
            with connection.cursor() as cursor:
                cursor.execute("SELECT 1 / 0")

        monkeypatch.setitem(checks.LOOKS, ONE, look)

        made = run(office, ONE, OTHER)

        assert [bool(one.failure) for one in made.results.all()] == [True, False]

    def test_keeps_what_was_found_before(self, office, monkeypatch):
        finds(monkeypatch, ("a", 1, 2))
        run(office, ONE)
        self.fails(monkeypatch)

        run(office, ONE, at=LATER)

        assert standing() == [(ONE, "a", 2), (ONE, "", 0)]

    def test_is_one_finding_while_it_fails_alike_and_solved_when_it_runs(self, office, monkeypatch):
        self.fails(monkeypatch)
        run(office, ONE)
        run(office, ONE, at=LATER)
        assert CheckFinding.objects.count() == 1
        self.fails(monkeypatch, "other")
        run(office, ONE, at=LATER)
        assert [(one.since, one.failure) for one in CheckFinding.objects.standing()] == [
            (NOON, "LookupError: other")
        ]
        finds(monkeypatch)

        run(office, ONE, at=LATER + timedelta(days=1))

        assert standing() == []


class TestWhatIsKept:
    @pytest.mark.parametrize("change", ["UPDATE {} SET id = id", "DELETE FROM {}"])
    @pytest.mark.parametrize("table", ["checkrun", "checkresult", "checkfinding"])
    def test_is_never_rewritten(self, office, monkeypatch, table, change):
        finds(monkeypatch, ("a", 1, 2))
        run(office, ONE)
        finds(monkeypatch)
        run(office, ONE)

        with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(change.format(f"billing_{table}"))
        assert (CheckRun.objects.count(), CheckResult.objects.count()) == (2, 2)
        assert CheckFinding.objects.count() == 1

    @pytest.mark.parametrize("change", ["found = 3", "since = now()", "subject = 'x'", "facts = '{}'"])
    def test_of_a_finding_changes_only_by_being_solved(self, office, monkeypatch, change):
        finds(monkeypatch, ("a", 1, 2))
        run(office, ONE)

        with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(f"UPDATE billing_checkfinding SET {change}")
        assert standing() == [(ONE, "a", 2)]


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("guarded", [True, False])
def test_two_runs_at_once_keep_one_finding_and_without_the_lock_one_fails(monkeypatch, guarded):
    from tests.billing.test_two_at_once import both

    office, met, real = world.office(), Meeting(), checks.changes

    def what_changed(*given, **named):
        met.wait()  # each has read what stands
        return real(*given, **named)

    finds(monkeypatch, ("a", 1, 2))
    if not guarded:
        monkeypatch.setattr(checks, "_locked", lambda code: None)
        monkeypatch.setattr(checks, "changes", what_changed)

    both(lambda: run(office, ONE))

    failed = CheckResult.objects.exclude(failure="").count()
    assert failed == (0 if guarded else 1)
    assert CheckFinding.objects.standing().exclude(subject="").count() == 1
