"""
A client that another program makes from ``docs/openapi.json`` walks through the interface as it is served.

It is made anew in each run, of the committed file; nothing of it is written by hand.
"""

import importlib
import json
import subprocess
import sys

import pytest

from marketplace.actions import api_keys, background_jobs
from marketplace.models import BackgroundJob, Listing
from marketplace.models.apikeys import Scope
from tests import described
from tests.factories import marketplace as make
from tests.factories.marketplace import CENTRE, HOURLY, NOON, RUN_RULE

NAME = "jijian_client"
BINARY = ("application/pdf", "application/zip", "application/xml", "application/ofd", "text/csv")
BINARY += ("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", "application/x-ndjson")
ROW = {"site": "Hall 1", "category": "M1-MC", "maker": "DMG MORI", "model": "DMU 50", "serial": "SN-1"}


@pytest.fixture
def made(tmp_path):
    """Return the folder with the client, and what its maker said."""
    folder = tmp_path
    config = {"post_hooks": [], "content_type_overrides": dict.fromkeys(BINARY, "application/octet-stream")}
    (folder / "config.json").write_text(json.dumps(config))
    command = [sys.executable, "-m", "openapi_python_client", "generate", "--meta", "none"]
    command += [
        "--path",
        described.COMMITTED,
        "--output-path",
        folder / NAME,
        "--config",
        folder / "config.json",
    ]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    sys.path.insert(0, str(folder))
    yield folder, done.stdout + done.stderr
    sys.path.remove(str(folder))


def nothing_is_left_out(folder, said):
    assert "WARNING" not in said and "ERROR" not in said, said
    files = {path.stem for path in (folder / NAME / "api").glob("*/*.py")}
    assert {operation.name for operation in described.operations()} <= files


class Client:
    """The operations of the client, by subject and name, with the caller's key."""

    def __init__(self, url, key):
        self.models = importlib.import_module(f"{NAME}.models")
        self.client = importlib.import_module(f"{NAME}.client").AuthenticatedClient(base_url=url, token=key)

    def do(self, subject, name, *place, **given):
        """Call an operation; it must answer what is described, and no problem."""
        operation = importlib.import_module(f"{NAME}.api.{subject}.{name}")
        answer = operation.sync_detailed(*place, client=self.client, **given)
        assert answer.status_code < 300, answer.content
        assert answer.parsed is not None
        return answer.parsed

    def body(self, shape, **values):
        return getattr(self.models, shape).from_dict(values)


@pytest.mark.django_db(transaction=True)
def test_a_client_is_made_with_nothing_left_out_and_lists_a_machine(made, live_server):
    """One test: making the client takes ten seconds, in each worker that has one of its tests."""
    nothing_is_left_out(*made)
    owner = make.organization("Suzhou Precision", kind="LEAD_ENTERPRISE")
    make.category()
    make.site(owner, name="Hall 1")
    person = make.member(owner)
    _, key = api_keys.create(organization=owner, name="client", scopes=Scope.values, by=person, at=NOON)
    client = Client(live_server.url, key)
    with client.client:
        walk(client)
    assert Listing.objects.count() == 1


def walk(client):
    """List a machine by hand, then try a file with another one."""
    site = client.do("sites", "sites_list").data[0]
    body = {"category": "M1-MC", "site": site.id, "name": "Mill 1", "maker_name": "DMG MORI"}
    body |= {"model_name": "DMU 50", "serial_number": "8061-42", "specs": CENTRE}
    machine = client.do("equipment", "equipment_create", body=client.body("EquipmentInRequest", **body))
    terms = {"equipment": [machine.id], "title": "DMU 50", "price_plan": HOURLY, "count_rules": [RUN_RULE]}
    draft = client.do("listings", "listings_create", body=client.body("ListingInRequest", **terms))
    client.do("listings", "listings_publish_create", draft.id)
    read = client.do("listings", "listings_retrieve", draft.id)
    assert (read.id, str(read.status.value), read.title) == (draft.id, "PUBLISHED", "DMU 50")
    assert [one.id for one in client.do("listings", "listings_list").data] == [draft.id]

    rows = client.body("ImportRowsInRequest", rows=[ROW], dry_run=True)
    taken = client.do("imports", "imports_create", body=rows)
    jobs = client.do("jobs", "jobs_list").data
    assert [one.status.value for one in jobs] == ["QUEUED"]
    while background_jobs.advance(job=BackgroundJob.objects.get().pk, at=NOON):
        continue
    job = client.do("jobs", "jobs_retrieve", jobs[0].id)
    assert (job.status.value, job.progress.done, job.progress.total) == ("SUCCEEDED", 1, 1)
    assert client.do("imports", "imports_retrieve", taken.id).dry_run is True
