"""A person's name goes from the log of reads: masked at once, erased when it may, and every proof stays."""

import json
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import call_command
from django.db import IntegrityError, connection, transaction
from django.db.migrations.executor import MigrationExecutor
from rest_framework.test import APIClient

from devices.actions import carrying_out
from devices.ownership.actions import persons, sealing
from devices.ownership.models import AccessEvent, LoggedPerson
from devices.ownership.permissions import AuditorOnly, ClockOnly
from devices.ownership.rules import event_log
from marketplace.actions.parties import add_member, robot
from marketplace.models import AuditEntry
from marketplace.permissions import MissingRight
from tests.devices.ownership.logged import logged
from tests.factories import marketplace as make

THEN = datetime(2024, 6, 1, 4, tzinfo=UTC)
FREE = datetime(2027, 12, 31, 16, tzinfo=UTC)  # 2028 begins in China: three years after the last read of 2024
DAY = timedelta(days=1)


@pytest.fixture
def owner():
    return make.organization()


@pytest.fixture
def wei(owner):
    return make.member(owner, role="VIEWER")


@pytest.fixture
def clock():
    return robot(name="clock")


def read(person, organization, at=THEN, **more):
    side = {"effect": "DENY", "reason": "no_right", "owner": organization.public_id, "lessee": None}
    facts = {"decisions": [side], "concerns": [organization.public_id], "purpose": "billing"}
    names = {"device": "dev_1", "device_name": "Mill", "outcome": "DENY"}
    return logged(
        user=person.public_id,
        name=person.name,
        organization=organization.public_id,
        at=at,
        **(facts | names | more),
    )


def signed_in(person):
    client = APIClient()
    client.force_login(person)
    return client


def ask(user, by, within, at=THEN + DAY):
    return persons.ask(user=user.public_id, by=by, within=within, at=at)


def verified():
    out = StringIO()
    call_command("verify_access_log", stdout=out)
    return out.getvalue()


@pytest.mark.django_db
class TestAsk:
    def test_the_person_itself_an_administrator_and_the_platforms_auditor_may(self, owner, wei):
        platform = make.platform()
        for by, within in (
            (wei, owner),
            (make.member(owner), owner),
            (make.member(platform), platform),
        ):
            event = read(wei, owner)
            assert ask(wei, by, within) == 1
            assert event.person.state == "NAMED"  # as it was read
            assert AccessEvent.objects.get(pk=event.pk).person.state == "MASKED"

    def test_others_may_not_and_nothing_happens(self, owner, wei):
        read(wei, owner)
        platform = make.platform()
        for by, within in (
            (make.member(owner, role="OPERATOR"), owner),
            (make.member(platform, role="OPERATOR"), platform),
        ):
            with pytest.raises(MissingRight):
                ask(wei, by, within)
        stranger = make.organization()
        with pytest.raises(persons.NobodyNamed):
            ask(wei, make.member(stranger), stranger)
        assert LoggedPerson.objects.get().state == "NAMED"
        assert not AuditEntry.objects.filter(action="person.ask").exists()

    def test_an_administrator_reaches_its_own_organization_alone(self, owner, wei):
        other = make.organization()
        add_member(organization=other, user=wei, role="VIEWER", by=make.member(other), at=THEN)
        read(wei, owner)
        read(wei, other)

        assert ask(wei, make.member(owner), owner) == 1
        assert LoggedPerson.objects.get(organization=other.public_id).state == "NAMED"
        assert ask(wei, wei, owner) == 1

    def test_twice_is_refused_and_what_is_read_later_is_somebody_else(self, owner, wei):
        first = read(wei, owner)
        ask(wei, wei, owner)
        with pytest.raises(persons.NobodyNamed):
            ask(wei, wei, owner)

        later = read(wei, owner, THEN + 2 * DAY)

        assert later.person_id != first.person_id
        assert later.person.shown_name == wei.name

    def test_the_audit_trail_names_no_pseudonym(self, owner, wei):
        event = read(wei, owner)
        ask(wei, wei, owner)

        entry = AuditEntry.objects.get(action="person.ask")
        assert (entry.subject, entry.facts) == (wei.public_id, {"source": "pipl_47"})
        assert event.person_id not in json.dumps([entry.subject, entry.facts])


@pytest.mark.django_db
class TestErase:
    def test_not_before_the_law_allows_it_and_then_whole(self, owner, wei, clock):
        event = read(wei, owner)
        kept = read(make.member(owner), owner)
        entry = event_log.entry(event.logged)
        ask(wei, wei, owner)

        assert persons.erase_due(by=clock, at=FREE - timedelta(microseconds=1)) == 0
        assert persons.erase_due(by=clock, at=FREE) == 1
        assert persons.erase_due(by=clock, at=FREE) == 0

        gone = LoggedPerson.objects.get(public_id=event.person_id)
        assert (gone.user, gone.name, bytes(gone.secret), gone.asked_at) == ("", "", b"", None)
        assert event_log.entry(AccessEvent.objects.get(pk=event.pk).logged) == entry
        assert LoggedPerson.objects.get(public_id=kept.person_id).state == "NAMED"
        assert AuditEntry.objects.get(action="person.erase").facts == {"year": 2024}

    def test_two_of_one_year_whose_names_went_are_still_two(self, owner, clock):
        people = [make.member(owner) for _ in range(2)]
        events = [read(one, owner) for one in people]
        for one in people:
            ask(one, one, owner)
        assert persons.erase_due(by=clock, at=FREE) == 2
        assert len({one.person_id for one in events}) == 2

    def test_is_done_by_the_clock_alone(self, owner, wei, clock):
        read(wei, owner)
        ask(wei, wei, owner)
        with pytest.raises(ClockOnly):
            persons.erase_due(by=wei, at=FREE)

        carrying_out.run(by=clock, at=FREE)

        assert LoggedPerson.objects.get().state == "ERASED"

    def test_the_log_verifies_before_and_after(self, owner, wei, clock):
        for number in range(5):
            read(wei, owner, THEN + number * DAY)
        sealing.seal(by=clock, at=THEN)
        ask(wei, wei, owner)
        assert verified().endswith("OK: nothing differs.\n")

        persons.erase_due(by=clock, at=FREE)

        assert verified().endswith("OK: nothing differs.\n")


@pytest.mark.django_db
class TestReveal:
    def test_the_auditor_looks_for_a_reason_that_is_written_down(self, owner, wei):
        event, platform = read(wei, owner), make.platform()
        auditor = make.member(platform)
        ask(wei, wei, owner)
        with pytest.raises(persons.LookingNeedsReason):
            persons.reveal(person=event.person, reason=" ", by=auditor, within=platform, at=THEN)

        found = persons.reveal(person=event.person, reason="Case 7", by=auditor, within=platform, at=THEN)

        assert found.name == wei.name
        entry = AuditEntry.objects.get(action="person.reveal")
        assert (entry.actor, entry.subject) == (auditor.public_id, event.person_id)
        assert entry.facts == {"reason": "Case 7"}

    def test_nobody_else_does_and_what_is_gone_is_gone(self, owner, wei, clock):
        event, platform = read(wei, owner), make.platform()
        with pytest.raises(AuditorOnly):
            persons.reveal(person=event.person, reason="?", by=make.member(owner), within=owner, at=THEN)
        with pytest.raises(MissingRight):
            persons.reveal(
                person=event.person,
                reason="?",
                by=make.member(platform, role="OPERATOR"),
                within=platform,
                at=THEN,
            )
        ask(wei, wei, owner)
        persons.erase_due(by=clock, at=FREE)
        with pytest.raises(persons.PersonErased):
            persons.reveal(
                person=event.person, reason="?", by=make.member(platform), within=platform, at=FREE
            )
        assert not AuditEntry.objects.filter(action="person.reveal").exists()


@pytest.mark.django_db
class TestTheDatabase:
    @pytest.mark.parametrize(
        ("change", "why"),
        [
            ("name = 'x'", "never changes"),
            ("\"user\" = 'usr_2'", "never changes"),
            ("secret = ''", "never changes"),
            ("organization = 'x'", "never changes"),
            ("year = 2020", "never changes"),
            ("asked_at = NULL", "never changes"),
            ("name = '', erased_at = '2030-01-01Z'", "and whole"),
            ("name = '', \"user\" = '', secret = '', erased_at = '2030-01-01Z'", "and whole"),
            (
                "name = '', \"user\" = '', secret = '', asked_at = NULL, erased_at = '2027-12-31T15:59:59Z'",
                "still demands",
            ),
        ],
    )
    def test_lets_a_name_go_one_way_only(self, owner, wei, change, why):
        read(wei, owner)
        ask(wei, wei, owner)
        with (
            pytest.raises(IntegrityError, match=why),
            transaction.atomic(),
            connection.cursor() as cursor,
        ):
            cursor.execute(f"UPDATE ownership_loggedperson SET {change}")

    def test_keeps_pseudonyms_and_what_is_erased(self, owner, wei, clock):
        read(wei, owner)
        with pytest.raises(IntegrityError, match="stays"), transaction.atomic():
            LoggedPerson.objects.all()._raw_delete(using="default")
        unasked = {"name": "", "user": "", "secret": b"", "erased_at": FREE}
        with pytest.raises(IntegrityError, match="and whole"), transaction.atomic():
            LoggedPerson.objects.update(**unasked)
        ask(wei, wei, owner)
        persons.erase_due(by=clock, at=FREE)
        with pytest.raises(IntegrityError, match="never changes"), transaction.atomic():
            LoggedPerson.objects.update(name="x")


@pytest.mark.django_db
class TestWhatIsShown:
    @pytest.fixture
    def sealed(self, owner, wei, clock):
        event = read(wei, owner)
        sealing.seal(by=clock, at=THEN)
        return event

    @pytest.fixture
    def stages(self, owner, wei, clock):
        def go():
            yield "NAMED"
            ask(wei, wei, owner)
            yield "MASKED"
            persons.erase_due(by=clock, at=FREE)
            yield "ERASED"

        return go

    def test_over_rest_with_its_proof(self, owner, wei, keyed, sealed, stages, tmp_path):
        api = keyed(make.member(owner), owner)
        program = Path("docs/data-ownership.md").read_text(encoding="utf-8")
        program = program.split("```python\n")[1].split("```")[0]
        for stage in stages():
            name = wei.name if stage == "NAMED" else None
            person = {"id": sealed.person_id, "name": name, "state": stage}
            assert api.get("/api/v1/access-events/").json()["data"][0]["person"] == person
            proof = api.get(f"/api/v1/access-events/{sealed.public_id}/proof/")
            assert proof.json()["person"] == person
            opened = [one["name"] for one in proof.json()["opened"]]
            assert opened == (["person", "decision-0"] if name else ["decision-0"])
            (tmp_path / "proof.json").write_bytes(proof.content)
            command = [sys.executable, "-I", "-S", "-c", program]
            told = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=True).stdout
            assert told.startswith("OK: read acc_")
            listed = api.get("/api/v1/logged-persons/").json()["data"]
            assert [(one["name"], one["state"]) for one in listed] == [(name, stage)]

    def test_on_pages(self, owner, wei, client, sealed, stages):
        client.force_login(make.member(owner))
        words = {"NAMED": wei.name, "MASKED": "已隐去姓名", "ERASED": "已删除的人员"}
        for stage in stages():
            for url in ("/data/log/", "/data/log/persons/"):
                page = client.get(url).content.decode()
                assert words[stage] in page
                assert stage == "NAMED" or wei.name not in page

    def test_others_never_learn_who_it_was(self, owner, wei, keyed, clock):
        other = make.organization()
        event = read(wei, owner, concerns=[other.public_id])
        sealing.seal(by=clock, at=THEN)
        api = keyed(make.member(other), other)

        assert api.get("/api/v1/access-events/").json()["data"][0]["person"] is None
        assert api.get(f"/api/v1/access-events/{event.public_id}/proof/").json()["person"] is None
        assert api.get("/api/v1/logged-persons/").json()["data"] == []

    def test_a_member_sees_itself_alone(self, owner, wei):
        read(make.member(owner), owner)
        mine = read(wei, owner)
        assert [one["id"] for one in signed_in(wei).get("/api/v1/logged-persons/").json()["data"]] == [
            mine.person_id
        ]


@pytest.mark.django_db
class TestAskedThroughTheDoors:
    def test_over_rest(self, owner, wei, keyed):
        event, platform = read(wei, owner), make.platform()
        mine, viewer = signed_in(wei), signed_in(make.member(owner, role="VIEWER"))
        url = "/api/v1/logged-persons/erase/"

        assert viewer.post(url, {"user": wei.public_id}, format="json").status_code == 403
        assert mine.post(url, {}, format="json").json() == {"masked": 1}
        assert mine.post(url, {}, format="json").json()["code"] == "nobody_named"
        listed = mine.get("/api/v1/logged-persons/").json()["data"]
        assert [one["erased_from"] for one in listed] == ["2028-01-01T00:00:00+08:00"]

        reveal = f"/api/v1/logged-persons/{event.person_id}/reveal/"
        reason = {"reason": "Case 7"}
        assert mine.post(reveal, reason, format="json").status_code == 403
        auditor = keyed(make.member(platform), platform)
        assert auditor.post(reveal, {}, format="json").status_code == 400
        found = auditor.post(reveal, reason, format="json").json()
        assert found == {"id": event.person_id, "user": wei.public_id, "name": wei.name}

    def test_on_its_page(self, owner, wei, client):
        read(wei, owner)
        client.force_login(wei)
        page = client.get("/data/log/persons/").content.decode()
        assert wei.public_id in page
        for told in ("不再显示", "没有"):
            answer = client.post("/data/log/persons/erase/", {"user": wei.public_id}, follow=True)
            assert told in answer.content.decode()
        assert LoggedPerson.objects.get().state == "MASKED"


def back_before(migrations):
    """Take back these migrations, on whose tables no others stand; return the models before them."""
    executor = MigrationExecutor(connection)
    for key in reversed(migrations):
        before = executor.loader.project_state(key, at_end=False)
        executor.unapply_migration(before, executor.loader.get_migration(*key))
    return before.apps


def again(migrations):
    executor = MigrationExecutor(connection)
    for key in migrations:
        before = executor.loader.project_state(key, at_end=False)
        executor.apply_migration(before, executor.loader.get_migration(*key))


@pytest.mark.django_db(transaction=True)
def test_events_from_before_keep_their_entries_and_lose_their_seed(clock):
    since = [("ownership", "0012_logged_persons"), ("ownership", "0013_payments_and_returns")]
    old = back_before(since).get_model("ownership", "AccessEvent")
    try:
        facts = {"kind": "DECISION", "at": THEN, "organization": "org_1", "outcome": "DENY"}
        facts |= {"device": "dev_1", "purpose": "billing", "user": "usr_1", "user_name": "王伟"}
        seed, decisions = bytes(range(16)), [{"effect": "DENY"}, {"effect": "RAW"}]
        old.objects.create(**facts, salt=seed, decisions=decisions)
        old.objects.create(**facts | {"user": "usr_2"}, salt=seed[::-1])
    finally:
        again(since)

    first, second = AccessEvent.objects.order_by("pk")
    entry = json.loads(event_log.entry(first.logged).splitlines()[1])
    told = {"user": "usr_1", "user_name": "王伟"}
    assert entry["person"] == event_log.commitment(seed, "person", told)
    assert entry["decisions"] == [
        event_log.commitment(seed, f"decision-{place}", one) for place, one in enumerate(decisions)
    ]
    sides = {"agreements": [], "concerns": []}
    assert entry["agreements_and_sides"] == event_log.commitment(seed, "sides", sides)
    assert first.opened_person == (event_log.salt_of(seed, "person"), told)
    assert seed not in bytes(first.salt)
    assert (first.person.year, first.person.organization) == (2024, "org_1")
    assert first.person_id != second.person_id
    sealing.seal(by=clock, at=THEN)
    assert verified().endswith("OK: nothing differs.\n")
