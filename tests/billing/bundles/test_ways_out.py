"""A bundle over REST, from the page, and from the command line."""

import io
import json
import zipfile
from datetime import timedelta

import pytest
from django.core.management import CommandError, call_command
from django.test import Client
from django.urls import reverse

from billing.actions import bundle_files, invoices
from devices.ownership.models import AccessEvent
from marketplace.models.apikeys import Scope
from tests import once
from tests.billing import world
from tests.billing.bundles import papers
from tests.factories import marketplace as factory
from tests.seeing import SeeingClient

NINE = world.midnight("2026-10-19") + timedelta(hours=9)
DUE = world.midnight("2026-11-02")


@once.fixture
def billed(by_part):
    by_part.say((1, NINE, "ppartcount", 0), (2, NINE + timedelta(minutes=20), "ppartcount", 4))
    invoices.bill(lease=by_part.lease, at=DUE, by=by_part.clock)
    return by_part


@once.fixture
def sealed(billed):
    papers.seal(billed)
    return billed


def address(scene):
    return f"/api/v1/invoices/{papers.rent(scene).public_id}/evidence/"


def names(answer):
    with zipfile.ZipFile(io.BytesIO(b"".join(answer.streaming_content))) as found:
        return found.namelist()


def signed_in(person):
    client = Client(headers={"accept-language": "en"})
    client.force_login(person)
    return client


class TestRest:
    def test_gives_both_sides_and_the_platform_the_zip(self, sealed, keyed):
        sides = [
            (sealed.buyer, sealed.lessee),
            (sealed.owner, sealed.lessor),
            (sealed.finance, sealed.platform),
        ]
        for person, organization in sides:
            client = keyed(factory.member(organization), organization)
            answer = client.get(address(sealed), headers={"accept": "application/zip"})

            assert (answer.status_code, answer["content-type"]) == (200, "application/zip"), person
            assert f'filename="{papers.rent(sealed).number}.zip"' in answer["content-disposition"]
            assert {"invoice.json", "verify.py", "tz/Asia/Shanghai"} < set(names(answer))

    def test_begins_where_it_is_asked_to(self, sealed, keyed):
        client = keyed(sealed.buyer, sealed.lessee)

        for begin, whole in (("handover", True), ("period", False)):
            answer = client.get(f"{address(sealed)}?begin={begin}")
            with zipfile.ZipFile(io.BytesIO(b"".join(answer.streaming_content))) as found:
                assert json.loads(found.read("checkpoints.json"))["whole"] is whole
        assert client.get(f"{address(sealed)}?begin=sometime").status_code == 400

    def test_needs_the_scopes_for_invoices_and_for_telemetry(self, sealed, keyed):
        for scope in (Scope.INVOICES_READ, Scope.TELEMETRY_READ):
            answer = keyed(sealed.buyer, sealed.lessee, scope).get(address(sealed))

            assert (answer.status_code, answer.json()["code"]) == (403, "missing_scope")

    def test_is_not_there_for_strangers(self, sealed, keyed):
        other = factory.organization()

        assert keyed(factory.member(other), other).get(address(sealed)).status_code == 404

    def test_says_in_json_that_the_log_is_not_there_yet(self, billed, keyed):
        client = keyed(billed.buyer, billed.lessee)

        answer = client.get(address(billed), headers={"accept": "application/zip"})

        assert (answer.status_code, answer.json()["code"]) == (409, "deliveries_not_sealed")


class TestThePage:
    def test_offers_it_for_what_is_issued(self, sealed):
        paper = papers.rent(sealed)
        client, there = signed_in(sealed.buyer), reverse("invoice-evidence", args=[paper.public_id])

        assert there in client.get(reverse("invoice", args=[paper.public_id])).content.decode()
        assert "manifest.json" in names(client.get(there))

    def test_says_in_words_why_not(self, billed):
        paper = papers.rent(billed)

        answer = signed_in(billed.buyer).get(reverse("invoice-evidence", args=[paper.public_id]))

        assert answer.status_code == 409
        assert "not in the signed log yet" in answer.content.decode()


class TestTheCommand:
    def test_writes_a_file_that_verify_finds_right(self, sealed, tmp_path):
        to, said = tmp_path / "bundle.zip", io.StringIO()

        number = papers.rent(sealed).number
        call_command("bundle", "--invoice", number, "--to", str(to), "--from-period", stdout=io.StringIO())
        assert papers.verify(to)[0] == 0
        call_command("bundle", "--invoice", number, "--to", str(to), stdout=said)

        assert papers.verify(to)[0] == 0
        assert str(to) in said.getvalue()
        events = AccessEvent.objects.filter(kind="DECISION", purpose="billing")
        assert [one.person.name for one in events] == ["operator", "operator"]

    def test_leaves_nothing_behind_when_it_cannot(self, billed, tmp_path):
        number, to = papers.rent(billed).number, tmp_path / "bundle.zip"
        with pytest.raises(CommandError, match="not in the signed log"):
            call_command("bundle", "--invoice", number, "--to", str(to))
        with pytest.raises(CommandError, match="no issued invoice"):
            call_command("bundle", "--invoice", "X-1", "--to", str(to))

        assert list(tmp_path.iterdir()) == []


class TestTheRules:
    def test_are_published_to_everybody_and_are_those_of_the_bundle(self, sealed, tmp_path):
        packed = papers.Papers(papers.packed(papers.rent(sealed), sealed))
        manifest = packed.document("manifest.json")

        told = SeeingClient().get("/api/v1/log/rules/").json()

        assert told["digest"] == manifest["rules"]
        assert told["files"] == {
            name: total
            for name, total in manifest["files"].items()
            if name.startswith("rules/") or name == "verify.py"
        }
        assert [one["digest"] for one in told["data"]] == [told["digest"]]
        device = packed.document("handovers.json")["units"][0]["devices"][0]
        assert device["counted_with"] == [told["digest"]]
        code, said = papers.verify(packed.close(tmp_path / "bundle.zip"), "--rules", told["digest"])
        assert code == 0
        assert f"windows were counted with rules {told['digest']}" in said

    def test_are_printed_by_the_command_without_a_database(self):
        said = io.StringIO()
        call_command("rules", "--files", stdout=said)
        *files, total = said.getvalue().splitlines()

        assert total == bundle_files.fingerprint()
        assert any(line.endswith("  rules/billing/rules/cutting.py") for line in files)
