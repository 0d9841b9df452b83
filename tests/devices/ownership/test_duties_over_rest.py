"""Duties and certificates over REST and on pages: asked for, put off, suspended, checked by anybody."""

import json
import subprocess
import sys
from contextlib import suppress
from datetime import timedelta
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.test import Client
from django.utils import timezone
from rest_framework.test import APIClient

from devices import queries as telemetry
from devices.actions import carrying_out
from devices.models import Erasure
from devices.ownership.actions import duties, sealing
from devices.ownership.models import Agreement, Certificate, Duty, Hold
from marketplace.models import AuditEntry
from tests import once
from tests.devices.ownership.actions.test_access import DAY, World
from tests.factories import marketplace as make

pytestmark = pytest.mark.django_db
DOCS = Path(__file__).resolve().parents[3] / "docs" / "data-ownership.md"


class Leased(World):
    """A world whose lease A was closed just now, with a channel that says who was at the machine."""

    def __init__(self):
        super().__init__()
        self.agreement = Agreement.objects.get(reference="lea_A")
        self.platform = make.platform()
        self.people[self.platform] = make.member(self.platform)
        duties.incur(agreement=self.agreement, by=self.clock, at=timezone.now())

    def call(self, who, method, path, **body):
        client = APIClient()
        client.force_login(self.people[who])
        return getattr(client, method)(f"/api/v1/{path}", body or None, format="json")

    def page(self, who, path, language="zh-hans", method="get"):
        client = Client(headers={"accept-language": language})
        client.force_login(self.people[who])
        return getattr(client, method)(path)

    def duty(self, retention="PRIVATE"):
        return Duty.objects.get(agreement=self.agreement, kind="ERASE", retentions=[retention])

    def carry_out(self):
        for turn in range(3):
            at = timezone.now() + timedelta(minutes=turn)
            carrying_out.run(by=self.clock, at=at)
            sealing.seal(by=self.clock, at=at)

    def certified(self):
        self.call(
            self.a, "post", f"data-agreements/{self.agreement.public_id}/erasures/", retentions=["PRIVATE"]
        )
        self.carry_out()
        return Certificate.objects.get(duty=self.duty())


world = once.fixture(Leased)


class TestDuties:
    def test_are_listed_to_both_sides_with_their_state(self, world):
        for who in (world.a, world.owner):
            rows = world.call(who, "get", "data-duties/").json()["data"]
            mine = [one for one in rows if one["agreement"] == world.agreement.public_id]
            assert len(mine) == 8
            assert {one["state"] for one in mine if one["kind"] == "ERASE"} == {"OPEN"}
            assert {one["percent"] for one in mine} == {None}
        assert world.call(world.platform, "get", "data-duties/").json()["data"] == []
        path = f"data-duties/{world.duty().public_id}/"
        assert world.call(world.a, "get", path).json()["id"] == world.duty().public_id
        assert world.call(world.b, "get", path).status_code == 404

    def test_are_asked_for_and_carried_out(self, world):
        path = f"data-agreements/{world.agreement.public_id}/erasures/"

        assert world.call(world.a, "post", path).status_code == 400
        both = {"retentions": ["PRIVATE"], "operator_data": True}
        assert world.call(world.a, "post", path, **both).status_code == 400
        assert world.call(world.a, "post", path, retentions=["EVIDENCE"]).status_code == 400
        answer = world.call(world.a, "post", path, retentions=["ORDINARY"])
        assert (answer.status_code, answer.json()["code"]) == (403, "not_yours_to_erase")
        assert world.call(world.owner, "post", path, retentions=["PRIVATE"]).status_code == 403
        assert world.call(world.b, "post", path, retentions=["PRIVATE"]).status_code == 404

        answer = world.call(world.a, "post", path, retentions=["PRIVATE"])

        assert (answer.status_code, answer.json()[0]["state"]) == (202, "DUE")
        world.carry_out()
        row = world.call(world.a, "get", f"data-duties/{world.duty().public_id}/").json()
        assert (row["state"], row["percent"]) == ("FULFILLED", 100)
        assert row["certificate"] == Certificate.objects.get().public_id

    def test_are_put_off_and_waived(self, world):
        path, due = f"data-duties/{world.duty().public_id}/", world.duty().due_at
        answer = world.call(world.a, "post", f"{path}postpone/")
        assert answer.status_code == 200
        assert world.duty().due_at == due + 30 * DAY
        assert world.call(world.a, "post", f"{path}postpone/").json()["code"] == "postponed_before"
        assert world.call(world.a, "post", f"{path}waive/").status_code == 400
        answer = world.call(world.a, "post", f"{path}waive/", because="We keep them.")
        assert answer.json()["state"] == "WAIVED"

    def test_are_suspended_by_the_platform(self, world):
        body = {"agreement": world.agreement.public_id, "retentions": ["ORDINARY"], "reason": "Dispute"}
        assert world.call(world.owner, "post", "data-holds/", **body).json()["code"] == "platform_only"
        assert world.call(world.platform, "post", "data-holds/", agreement="x").status_code == 400
        other = body | {"agreement": "agr_none"}
        assert world.call(world.platform, "post", "data-holds/", **other).status_code == 404
        made = world.call(world.platform, "post", "data-holds/", **body)
        assert made.status_code == 201
        row = world.call(world.a, "get", f"data-duties/{world.duty('ORDINARY').public_id}/").json()
        assert (row["state"], row["suspended_because"]) == ("HELD", "Dispute")
        assert [one["id"] for one in world.call(world.a, "get", "data-holds/").json()["data"]] == [
            made.json()["id"]
        ]
        assert world.call(world.b, "get", "data-holds/").json()["data"] == []
        lifted = world.call(world.platform, "post", f"data-holds/{made.json()['id']}/lift/")
        assert lifted.json()["lifted_at"] is not None
        assert Hold.objects.active().count() == 0


class TestPersons:
    """Article 47 of the Personal Information Protection Law, asked for through the employer."""

    def test_only_operator_data_go(self, world):
        channel = world.device.channels.get(key="program")
        channel.category = "operator_data"
        channel.save()
        path = f"data-agreements/{world.agreement.public_id}/erasures/"

        answer = world.call(world.a, "post", path, operator_data=True)

        assert answer.status_code == 202
        assert (answer.json()[0]["channels"], answer.json()[0]["source"]) == (["program"], "pipl_47")
        world.carry_out()
        assert Erasure.objects.get().channels == ["program"]
        left = list(telemetry.readings(world.device, channels=["program"]))
        assert len(left) == 10
        assert AuditEntry.objects.filter(action="duty.ask").count() == 1
        certificate = Certificate.objects.get()
        assert json.loads(certificate.text.split("\n")[1])["gone"][0]["channels"] == ["program"]

    def test_where_there_are_none_it_says_so(self, world):
        path = f"data-agreements/{world.agreement.public_id}/erasures/"
        answer = world.call(world.a, "post", path, operator_data=True)
        assert (answer.status_code, answer.json()["code"]) == (409, "no_personal_data")
        assert world.call(world.owner, "post", path, operator_data=True).status_code == 403


class TestCertificates:
    def test_are_for_both_sides(self, world):
        certificate = world.certified()
        for who in (world.a, world.owner):
            (row,) = world.call(who, "get", "erasure-certificates/").json()["data"]
            assert row["id"] == certificate.public_id
        for who in (world.b, world.platform):
            assert world.call(who, "get", "erasure-certificates/").json()["data"] == []

    def fetched(self, world, tmp_path):
        certificate = world.certified()
        path = f"erasure-certificates/{certificate.public_id}/"
        one, records = tmp_path / "certificate.json", tmp_path / "records.txt"
        one.write_bytes(world.call(world.a, "get", path).content)
        answer = world.call(world.a, "get", f"{path}records/")
        records.write_bytes(b"".join(answer.streaming_content))
        return one, records, certificate

    def check(self, one, *more):
        out = StringIO()
        with suppress(CommandError):
            call_command("verify_certificate", str(one), *more, stdout=out)
        return out.getvalue()

    def test_are_checked_by_a_command(self, world, tmp_path):
        one, records, certificate = self.fetched(world, tmp_path)

        assert "OK" in self.check(one, "--records", str(records), "--key", certificate.key_id)
        assert "was not checked" in self.check(one)
        assert "DIFFERS key" in self.check(one, "--key", "0" * 16)
        records.write_bytes(records.read_bytes().replace(b"private", b"ordinary"))
        assert "DIFFERS root" in self.check(one, "--records", str(records))
        given = json.loads(one.read_text())
        one.write_text(json.dumps(given | {"text": given["text"].replace("PRIVATE", "ORDINARY")}))
        assert "DIFFERS signature" in self.check(one)
        one.write_text(json.dumps(given | {"size": 7}))
        assert "DIFFERS text" in self.check(one)
        one.write_text(json.dumps(given | {"text": "jijian-read-1\n{}\n"}))
        assert "no certificate of erasure" in self.check(one)

    def test_are_checked_with_nothing_but_python(self, world, tmp_path):
        self.fetched(world, tmp_path)
        program = DOCS.read_text(encoding="utf-8").split("records = open")[1].split("```")[0]
        start = DOCS.read_text(encoding="utf-8").split("records = open")[0].rsplit("```python\n", 1)[1]
        (tmp_path / "check.py").write_text(start + "records = open" + program, encoding="utf-8")
        run = [sys.executable, "-I", "-S", "check.py"]

        done = subprocess.run(run, cwd=tmp_path, capture_output=True, text=True, check=False)
        assert done.stdout.startswith("OK"), done.stderr
        (tmp_path / "records.txt").write_bytes(b"jijian-erased-1\na\n1\nprivate\n00\n")
        again = subprocess.run(run, cwd=tmp_path, capture_output=True, text=True, check=False)
        assert again.returncode != 0


class TestPages:
    def test_show_the_list_with_what_can_be_done(self, world):
        page = world.page(world.a, "/data/duties/").content.decode()
        assert page.count("立即删除") >= 1
        assert "推迟一次" in page
        assert "立即删除" not in world.page(world.owner, "/data/duties/").content.decode()
        assert "Erase now" in world.page(world.a, "/data/duties/", "en").content.decode()

    def test_let_the_lessee_ask_and_put_off(self, world):
        ordinary = world.duty("ORDINARY")
        answer = world.page(world.a, f"/data/duties/{ordinary.public_id}/postpone/", method="post")
        assert answer.status_code == 302
        assert world.duty("ORDINARY").postponed_at is not None
        world.page(world.a, f"/data/duties/{ordinary.public_id}/postpone/", method="post")
        answer = world.page(world.a, f"/data/duties/{world.duty().public_id}/ask/", method="post")
        assert answer.status_code == 302
        assert world.duty().asked_by == world.a.public_id
        assert (
            world.page(world.owner, f"/data/duties/{ordinary.public_id}/ask/", method="post").status_code
            == 403
        )

    def test_show_how_far_erasing_is(self, world):
        path = f"data-agreements/{world.agreement.public_id}/erasures/"
        world.call(world.a, "post", path, retentions=["PRIVATE"])
        duty = Duty.objects.shown().get(pk=world.duty().pk)
        carrying_out.erase(duty=duty, by=world.clock, at=timezone.now(), rows=0)
        page = world.page(world.a, "/data/duties/").content.decode()
        assert "<progress" in page
        row = world.call(world.a, "get", f"data-duties/{duty.public_id}/").json()
        assert row["percent"] == 0

    def test_of_the_device_say_what_was_erased(self, world):
        path = f"/devices/{world.device.public_id}/?day=2026-03-02"
        assert "已删除的读数" not in world.page(world.a, path).content.decode()
        certificate = world.certified()
        page = world.page(world.a, path).content.decode()
        assert "已删除的读数" in page
        assert f"/data/certificates/{certificate.public_id}/" in page
        assert "已删除的读数" not in world.page(world.a, path[:-2] + "06").content.decode()

    def test_print_a_certificate_in_both_languages(self, world):
        certificate = world.certified()
        path = f"/data/certificates/{certificate.public_id}/"
        for language, words in (("zh-hans", "删除证书"), ("en", "Certificate of erasure")):
            page = world.page(world.a, path, language).content.decode()
            assert words in page
            assert bytes(certificate.root).hex() in page
        assert world.page(world.b, path).status_code == 404
        assert "删除证书" in world.page(world.owner, path).content.decode()
