"""A person takes its own data along, an organization its own, and nobody that of others."""

import csv
import io
import json
import tracemalloc
import zipfile
from datetime import timedelta
from hashlib import sha256

import pytest
from django.test import Client
from django.urls import reverse
from rest_framework.test import APIClient

from marketplace.actions import api_keys, background_jobs, closings, invitations, own_data, specifications
from marketplace.actions.own_data import ExportNotReady, ExportOver
from marketplace.actions.throttles import TooManyTries
from marketplace.models import AuditEntry, BackgroundJob, DataExport, DataTable, Notification
from marketplace.models.parties import Role
from marketplace.permissions import MissingRight
from marketplace.queries.own_data import Table
from marketplace.rules.closing import GRACE
from marketplace.rules.own_data import KEPT, About, cell
from tests.factories import marketplace as make
from tests.joining.world import AT

pytestmark = pytest.mark.django_db


@pytest.fixture
def owner():
    return make.organization("海州精工")


@pytest.fixture
def admin(owner):
    return make.member(owner, name="=王敏")


def worked(export):
    while background_jobs.advance(job=export.job_id, at=AT):
        continue
    return DataExport.objects.get(pk=export.pk)


class Many:
    """A table of many rows that are there only while they are read."""

    def __init__(self, rows):
        self.rows = rows

    def iterator(self, chunk_size=500):
        return ({f"column_{n}": place + n for n in range(12)} for place in range(self.rows))


def test_rows_are_not_held_together(admin, monkeypatch):
    rows = 20_000
    table = Table("many", About.PERSON, lambda user: Many(rows))
    monkeypatch.setattr(own_data, "tables_of", lambda about: [table])
    tracemalloc.start()
    held = list(Many(rows).iterator(500))
    as_rows = tracemalloc.get_traced_memory()[0]
    del held
    tracemalloc.reset_peak()

    done = own_data.of_person(within=None, by=admin, at=AT)

    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    files = tables(own_data.hand_out(export=done, by=admin, at=AT))
    assert len(json.loads(files["json/many.json"])) == len(files["csv/many.csv"].splitlines()) - 1 == rows
    (said,) = json.loads(files["about.json"])["tables"]
    assert said == {"table": "many", "rows": rows, "sha256": sha256(files["json/many.json"]).hexdigest()}
    assert peak < 1.5 * as_rows


def tables(content):
    with zipfile.ZipFile(io.BytesIO(content)) as packed:
        assert packed.testzip() is None
        return {name: packed.read(name) for name in packed.namelist()}


class TestAPerson:
    def test_gets_what_is_stored_of_it_as_csv_and_json(self, owner, admin):
        other = make.member(owner, Role.VIEWER)
        asked = own_data.of_person(within=owner, by=admin, at=AT)

        done = worked(asked)

        files = tables(own_data.hand_out(export=done, by=admin, at=AT))
        (account,) = json.loads(files["json/account.json"])
        assert account["email"] == admin.email
        assert "password" not in account
        (row,) = csv.DictReader(io.StringIO(files["csv/account.csv"].decode("utf-8-sig")))
        assert row["name"] == "'=王敏"  # a spreadsheet runs nothing
        (held,) = json.loads(files["json/memberships.json"])
        assert held["organization_name"] == owner.name
        assert other.email.encode() not in b"".join(files.values())
        about = json.loads(files["about.json"])
        assert {one["table"]: one["rows"] for one in about["tables"]}["memberships"] == 1
        assert DataTable.objects.count() == 0
        assert Notification.objects.get(kind="export_ready").person == admin

    def test_without_an_organization_gets_it_at_once(self):
        alone = make.user()

        made = own_data.of_person(within=None, by=alone, at=AT)

        assert (
            alone.email.encode() in tables(own_data.hand_out(export=made, by=alone, at=AT))["csv/account.csv"]
        )

    def test_does_not_see_the_file_of_a_colleague(self, owner, admin):
        mine = worked(own_data.of_person(within=owner, by=admin, at=AT))
        colleague = make.member(owner)

        assert mine in DataExport.objects.visible_to(admin)
        assert mine not in DataExport.objects.visible_to(colleague)

    def test_is_not_handed_the_file_of_a_colleague(self, owner, admin):
        mine = worked(own_data.of_person(within=owner, by=admin, at=AT))

        with pytest.raises(MissingRight):
            own_data.hand_out(export=mine, by=make.member(owner), at=AT)

        assert not AuditEntry.objects.filter(action="data_export.take").exists()

    def test_takes_no_address_along_of_whom_it_invited(self, owner, admin):
        invitations.invite(organization=owner, email="li@a.cn", role=Role.VIEWER, by=admin, at=AT)
        other = make.organization()
        to_me = {"organization": other, "email": admin.email, "role": Role.VIEWER, "by": make.member(other)}
        invitations.invite(**to_me, at=AT)

        done = worked(own_data.of_person(within=owner, by=admin, at=AT))

        files = tables(own_data.hand_out(export=done, by=admin, at=AT))
        assert [one["your_email"] for one in json.loads(files["json/invitations.json"])] == ["", admin.email]
        assert b"li@a.cn" not in b"".join(files.values())

    def test_alone_stops_the_making_of_its_file(self, owner, admin):
        asked = own_data.of_person(within=owner, by=admin, at=AT)

        with pytest.raises(MissingRight):
            background_jobs.cancel(job=asked.job, by=make.member(owner), at=AT)

        assert BackgroundJob.objects.get().is_open
        assert background_jobs.cancel(job=asked.job, by=admin, at=AT).status == "CANCELLED"

    def test_may_not_ask_again_and_again(self, owner, admin):
        for _ in range(5):
            worked(own_data.of_person(within=owner, by=admin, at=AT))

        with pytest.raises(TooManyTries):
            own_data.of_person(within=owner, by=admin, at=AT)

        assert DataExport.objects.count() == 5


class TestAnOrganization:
    def test_takes_its_own_along_and_nothing_of_others(self, owner, admin):
        mine, theirs = make.listing(owner, title="Ours"), make.listing(make.organization(), title="Theirs")

        done = worked(own_data.of_organization(organization=owner, by=admin, at=AT))

        files = tables(own_data.hand_out(export=done, by=admin, at=AT))
        assert [row["public_id"] for row in json.loads(files["json/listings.json"])] == [mine.public_id]
        assert theirs.public_id.encode() not in b"".join(files.values())
        names = {name.rpartition("/")[2] for name in files}
        assert {"leases.json", "invoices.csv", "payouts.csv", "machines.json", "log.csv"} <= names

    def test_takes_along_what_it_stated_of_its_machines(self, owner, admin):
        mine, theirs = make.equipment(owner), make.equipment(make.organization())
        who = ((mine, admin), (theirs, make.member(theirs.owner)))
        for machine, by in who:
            specifications.specify(equipment=machine, specs={"travel_x": "700"}, sources={}, by=by, at=AT)

        done = worked(own_data.of_organization(organization=owner, by=admin, at=AT))

        files = tables(own_data.hand_out(export=done, by=admin, at=AT))
        said = json.loads(files["json/specifications.json"])
        assert [(row["machine"], row["number"]) for row in said] == [(mine.public_id, n) for n in (1, 2)]
        assert (said[1]["values"]["travel_x"], said[1]["stated_by_name"]) == ("700", admin.name)

    @pytest.mark.parametrize("role", [Role.OPERATOR, Role.FINANCE, Role.VIEWER])
    def test_is_taken_along_by_administrators_alone(self, owner, role):
        person = make.member(owner, role)

        with pytest.raises(MissingRight):
            own_data.of_organization(organization=owner, by=person, at=AT)

        assert not DataExport.objects.exists()
        assert not BackgroundJob.objects.exists()

    def test_does_not_hand_it_to_who_administers_no_more(self, owner, admin):
        done = worked(own_data.of_organization(organization=owner, by=admin, at=AT))
        admin.memberships.update(role=Role.VIEWER)
        del admin._roles

        with pytest.raises(MissingRight):
            own_data.hand_out(export=done, by=admin, at=AT)

        assert not AuditEntry.objects.filter(action="data_export.take").exists()


class TestAKey:
    def client(self, owner, admin, *scopes):
        _key, text = api_keys.create(organization=owner, name="k", scopes=list(scopes), by=admin, at=AT)
        client = APIClient()
        client.credentials(HTTP_AUTHORIZATION=f"Bearer {text}")
        return client

    def test_for_members_alone_does_not_take_the_organization_along(self, owner, admin):
        made = worked(own_data.of_organization(organization=owner, by=admin, at=AT))
        DataExport.objects.update(expires_at="2999-01-01T00:00Z")
        narrow = self.client(owner, admin, "members:read", "members:write")
        at = f"/api/v1/data-exports/{made.public_id}/"
        job = f"/api/v1/background-jobs/{made.job.public_id}/"

        answers = [narrow.get(f"{at}file/"), narrow.get(at), narrow.post("/api/v1/data-exports/")]

        assert [one.status_code for one in answers] == [403, 403, 403]
        assert narrow.get(job).status_code == 404
        assert DataExport.objects.count() == 1
        assert not AuditEntry.objects.filter(action="data_export.take").exists()

    def test_made_for_it_does(self, owner, admin):
        made = worked(own_data.of_organization(organization=owner, by=admin, at=AT))
        DataExport.objects.update(expires_at="2999-01-01T00:00Z")
        client = self.client(owner, admin, "data:export")

        answer = client.get(f"/api/v1/data-exports/{made.public_id}/file/")

        assert "about.json" in tables(answer.content)
        assert client.get(f"/api/v1/data-exports/{made.public_id}/").json()["id"] == made.public_id
        assert client.post("/api/v1/data-exports/").status_code == 202
        assert client.get("/api/v1/members/").status_code == 403


class TestAFile:
    def test_is_not_there_before_it_is_made(self, owner, admin):
        asked = own_data.of_person(within=owner, by=admin, at=AT)

        with pytest.raises(ExportNotReady):
            own_data.hand_out(export=asked, by=admin, at=AT)

    def test_is_gone_after_a_week_even_before_the_clock_came(self, owner, admin):
        done = worked(own_data.of_person(within=owner, by=admin, at=AT))

        with pytest.raises(ExportOver):
            own_data.hand_out(export=done, by=admin, at=AT + KEPT)

        assert own_data.let_go(at=AT + KEPT - timedelta(seconds=1)) == 0
        assert own_data.let_go(at=AT + KEPT) == 1
        done.refresh_from_db()
        assert (done.content, len(done.sha256)) == (None, 64)

    def test_that_was_stopped_leaves_no_tables(self, owner, admin):
        asked = own_data.of_person(within=owner, by=admin, at=AT)
        background_jobs.advance(job=asked.job_id, at=AT)
        assert own_data.let_go(at=AT) == 0
        background_jobs.cancel(job=asked.job, by=admin, at=AT)
        assert DataTable.objects.count() == 1

        assert own_data.let_go(at=AT) == 1

        assert not DataTable.objects.exists()
        assert own_data.let_go(at=AT) == 0

    def test_goes_with_who_is_erased_and_is_not_made_on(self, owner, admin):
        done = worked(own_data.of_person(within=owner, by=admin, at=AT))
        begun = own_data.of_person(within=owner, by=admin, at=AT)
        background_jobs.advance(job=begun.job_id, at=AT)
        closing = closings.ask(organization=owner, typed=owner.name, by=admin, at=AT)

        assert closings.finish(closing=closing, by=make.user("clock", is_robot=True), at=AT + GRACE)

        done.refresh_from_db()
        assert done.content is None
        assert worked(begun).content is None
        assert not DataTable.objects.exists()

    def test_is_saved_from_its_page_and_each_time_is_written_down(self, owner, admin):
        visitor = Client()
        visitor.force_login(admin)
        visitor.post(reverse("own-data"), {"about": "PERSON"})
        made = worked(DataExport.objects.get())
        DataExport.objects.update(expires_at="2999-01-01T00:00Z")

        page = visitor.get(reverse("own-data")).content.decode()
        answer = visitor.get(reverse("own-data-file", args=[made.public_id]))

        assert reverse("own-data-file", args=[made.public_id]) in page
        assert "about.json" in tables(answer.content)
        assert "no-store" in answer["Cache-Control"]
        assert AuditEntry.objects.filter(action="data_export.take", subject=made.public_id).count() == 1


def test_cells_of_a_table_are_text_that_can_be_read_back():
    assert [cell(one) for one in (None, True, 3, "x", AT, ["a"])] == [
        None,
        "true",
        3,
        "x",
        "2026-11-05T04:00:00+00:00",
        '["a"]',
    ]
