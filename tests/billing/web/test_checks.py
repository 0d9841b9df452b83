"""The page, the REST answers and the command of the standing checks: each reader sees what concerns it."""

from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from billing.actions import checks, invoices
from billing.models import CheckFinding, CheckRun, Invoice
from billing.rules.checks import CHECKS, TOLD, Found
from marketplace.models.parties import Role
from tests import once
from tests.billing import world
from tests.billing.actions.test_invoices import DUE, OCTOBER
from tests.billing.world import member
from tests.factories import marketplace as make

NIGHT = DUE + timedelta(days=1)


def found_tonight():
    """Let one check of invoices and one of the books find something, and one fail."""
    scene = world.build("okuma")
    for invoice in invoices.draft(lease=scene.lease, period=OCTOBER, at=DUE, by=scene.clock):
        invoices.issue(invoice=invoice, at=DUE, by=scene.clock)
    rent, fee = (Invoice.objects.get(seller=one) for one in (scene.lessor, scene.platform))

    def looks(code):
        def look(at):
            if code == "chain_whole":
                raise LookupError("broken off")
            for invoice in (rent, fee) if code in ("lines_add_up", "tax_as_booked") else ():
                facts = {"number": invoice.number, "account": "2221.02"}
                about = (invoice.seller_id, scene.lease.pk, invoice.pk)
                yield Found(invoice.public_id, invoice.gross_minor, 7, "CNY", *about, facts)

        return look

    known = dict(checks.LOOKS)
    try:
        checks.LOOKS.update({code: looks(code) for code in CHECKS})
        checks.run(at=NIGHT, by=scene.clock)
    finally:
        checks.LOOKS.update(known)
    return scene


scene = once.fixture(found_tonight)


def client(person):
    found = Client(headers={"accept-language": "en"})
    found.force_login(person)
    return found


def page(person, query=""):
    return client(person).get(reverse("checks") + query)


class TestThePage:
    def test_shows_the_platform_all_of_it(self, scene):
        shown = page(scene.finance)

        codes = sorted(row["finding"].code for row in shown.context["rows"])
        assert codes == ["chain_whole", "lines_add_up", "lines_add_up", "tax_as_booked", "tax_as_booked"]
        text = shown.content.decode()
        for said in ("5 findings stand", "could not be run: LookupError: broken off", "holds", "CNY 0.07"):
            assert said in text
        assert [row.check.code for row in shown.context["checks"]] == list(CHECKS)
        assert {row.at for row in shown.context["checks"]} == {NIGHT}

    def test_shows_a_seller_its_own_and_nothing_of_the_books(self, scene):
        shown = page(scene.owner)

        assert [(row["finding"].code, row["finding"].seller) for row in shown.context["rows"]] == [
            ("lines_add_up", scene.lessor)
        ]
        assert [row.check.code for row in shown.context["checks"]] == [c for c in CHECKS if c in TOLD]
        assert sum(row.standing for row in shown.context["checks"]) == 1
        fee = Invoice.objects.get(seller=scene.platform)
        assert fee.number not in shown.content.decode()
        assert scene.lease.number in shown.content.decode()

    def test_shows_a_lessee_and_a_stranger_nothing(self, scene):
        stranger = member(make.organization("Stranger"))
        for person in (scene.buyer, stranger):
            shown = page(person)
            assert list(shown.context["rows"]) == []
            assert not any(row.standing for row in shown.context["checks"])

    def test_is_not_part_of_every_role(self, scene):
        shown = page(member(scene.lessor, Role.VIEWER))

        assert list(shown.context["rows"]) == []
        assert "not part of your role" in shown.content.decode()

    def test_tells_who_sells_services_no_lease(self, scene):
        provider = make.organization("Provider")
        rent = Invoice.objects.get(seller=scene.lessor)
        CheckFinding.objects.create(
            code="lines_add_up", subject="x", seller=provider, lease=scene.lease, invoice=rent, expected=1,
            found=2, facts={"number": "N"}, since=NIGHT, run=CheckRun.objects.get(),
        )  # fmt: skip

        shown = page(member(provider))

        assert len(shown.context["rows"]) == 1
        assert scene.lease.number not in shown.content.decode()
        assert scene.lease.number not in page(member(provider), "?format=csv").content.decode()

    def test_filters_by_state_and_rule_and_stands_odd_ones(self, scene):
        def count(query):
            return len(page(scene.finance, query).context["rows"])

        assert count("?state=&check=tax_as_booked") == 2
        assert count("?state=solved") == 0
        assert count("?check=x&state=9e9") == 0
        assert count("?state=&page=x") == 5

    def test_as_csv_has_the_same(self, scene):
        text = page(scene.finance, "?format=csv").content.decode("utf-8-sig")

        assert len(text.splitlines()) == 6
        assert "CNY 0.07" in text

    def test_says_before_the_first_run_that_nothing_was_looked_at(self, db):
        platform = make.platform()

        shown = page(member(platform))

        assert {row.at for row in shown.context["checks"]} == {None}
        assert "not run yet" in shown.content.decode()


class TestOverRest:
    def get(self, keyed, person, organization, name, query=""):
        return keyed(person, organization).get(reverse(name) + query)

    def test_the_platform_reads_all_and_a_seller_its_own(self, scene, keyed):
        all_ = self.get(keyed, member(scene.platform), scene.platform, "api-check-finding-list").json()[
            "data"
        ]
        own = self.get(keyed, scene.owner, scene.lessor, "api-check-finding-list").json()["data"]

        assert len(all_) == 5
        [mine] = own
        rent = Invoice.objects.get(seller=scene.lessor)
        assert (mine["check"], mine["invoice"], mine["lease"]) == (
            "lines_add_up", rent.public_id, scene.lease.public_id,
        )  # fmt: skip
        assert (float(mine["expected"]), float(mine["found"]), mine["unit"]) == (rent.gross_minor, 7, "CNY")
        assert rent.number in mine["about"]

    def test_the_checks_are_told_with_their_last_run(self, scene, keyed):
        rows = self.get(keyed, scene.owner, scene.lessor, "api-check-list").json()["data"]

        assert [row["check"] for row in rows] == [c for c in CHECKS if c in TOLD]
        assert {row["check"]: row["standing"] for row in rows}["lines_add_up"] == 1
        assert all(row["looked_at"] and row["rule"] for row in rows)

    def test_filters_are_strict_and_the_scope_is_asked(self, scene, keyed):
        chief = member(scene.platform)
        for query in ("?state=open", "?check=x", "?other=1"):
            assert self.get(keyed, chief, scene.platform, "api-check-finding-list", query).status_code == 400
        only = self.get(
            keyed, chief, scene.platform, "api-check-finding-list", "?check=chain_whole&state=standing"
        )
        [failed] = only.json()["data"]
        assert (failed["failure"], failed["seller"]) == ("LookupError: broken off", None)
        for name in ("api-check-list", "api-check-finding-list"):
            assert keyed(chief, scene.platform, "leases:read").get(reverse(name)).status_code == 403


class TestTheCommand:
    def call(self, *only):
        out = StringIO()
        call_command("check_books", *(f"--only={one}" for one in only), stdout=out)
        return out.getvalue()

    def test_says_that_all_holds(self, db):
        make.platform()

        said = self.call("lines_add_up", "numbers_gapless")

        assert "OK: 2 checks hold." in said
        assert CheckRun.objects.get().actor_name == "check_books"

    def test_fails_where_one_is_broken_and_says_what_to_do(self, scene, monkeypatch):
        monkeypatch.setitem(checks.LOOKS, "sealer_keeps_up", lambda at: [
            Found("P", 0, 3, facts={"book": "P", "since": "2026-11-01 00:00"})
        ])  # fmt: skip
        out = StringIO()

        with pytest.raises(CommandError, match="1 findings stand"):
            call_command("check_books", "--only=sealer_keeps_up", stdout=out)

        assert "3 journals wait" in out.getvalue()
        assert "worker and beat" in out.getvalue()
        assert CheckFinding.objects.standing().get(code="sealer_keeps_up").since <= timezone.now()

    def test_refuses_what_is_no_check(self, scene):
        with pytest.raises(CommandError, match="no check “x”"):
            self.call("x")
        assert CheckRun.objects.count() == 1
