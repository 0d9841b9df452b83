"""Receivables tapes: what they hold is what the books hold, at any day and as posted until any moment."""

import csv
import io
import json
from datetime import UTC, date, datetime, timedelta

import pytest
from django.core.management import CommandError, call_command
from django.db import DatabaseError, transaction
from django.test import Client

from billing.actions import disputes, invoices, journals, metering, tapes
from billing.models import Book, Invoice, Tape
from billing.queries.ledger import trial_balance
from billing.rules.accounts import RECEIVABLES
from billing.rules.journals import Dims
from billing.rules.posting import Head, bank_received
from leasing.models import Lease
from marketplace.actions import parties
from marketplace.models import AuditEntry
from marketplace.models.parties import Role
from marketplace.permissions import MissingRight
from tests import once
from tests.billing import world
from tests.billing.actions.test_corrections import DUE, OCTOBER, say
from tests.billing.recorded import APRIL
from tests.factories import marketplace as make
from tests.factories.leasing import hand_over
from tests.leasing import financed
from tests.leasing import world as worlds
from tests.leasing.world import HANDOVER

THROUGH, SALT = date(2026, 11, 30), "5" * 32
PAID = datetime(2026, 11, 10, 4, tzinfo=UTC)
NOW = datetime(2026, 12, 1, 4, tzinfo=UTC)


def billed():
    """Return a lease whose October is billed, and 1,000.00 of its rent paid on 10 November."""
    scene = world.build("okuma")
    say(scene, 0, 4)
    metering.meter_unit(unit=scene.unit, at=DUE, by=scene.clock)
    for one in invoices.draft(lease=scene.lease, period=OCTOBER, at=DUE, by=scene.clock):
        invoices.issue(invoice=one, at=DUE, by=scene.clock)
    rent = Invoice.objects.get(lease=scene.lease, seller=scene.lessor)
    payer = Dims(
        party=scene.lessee.public_id,
        lease=scene.lease.public_id,
        invoice=rent.public_id,
        owner=scene.lessor.public_id,
    )
    entry = bank_received(Head("P", "bank:1", PAID.date(), "CNY"), settles={"1122.02": 100_000}, payer=payer)
    journals.post(entry=entry, at=PAID, by=scene.finance)
    return scene


scene = once.fixture(billed)


def made(scene, **changes):
    given = {
        "book": Book.objects.get(code="P"),
        "through": THROUGH,
        "salt": SALT,
        "by": scene.finance,
        "at": NOW,
    }
    return tapes.make(**given | changes)


def billed_rows(tape):
    return [row for row in tape.content["rows"] if row["kind"] == "INVOICE"]


def receivables(through, known_at):
    rows = trial_balance(Book.objects.get(code="P"), through, known_at=known_at)
    return sum(row.balance for row in rows if row.account in RECEIVABLES)


class TestTheBooks:
    @pytest.mark.parametrize(
        ("through", "known_at"),
        [
            (THROUGH, NOW),
            (THROUGH, PAID - timedelta(days=1)),
            (date(2026, 11, 9), NOW),
            (date(2026, 11, 10), NOW),
            (date(2026, 9, 30), NOW),
        ],
    )
    def test_hold_what_the_tape_holds_to_the_fen(self, scene, through, known_at):
        tape = made(scene, through=through, known_at=known_at)

        assert sum(row["open_minor"] for row in billed_rows(tape)) == receivables(through, known_at)
        assert tape.content["books"]["agrees"] is True
        assert {row["elsewhere_minor"] for row in tape.content["books"]["accounts"]} <= {0}

    def test_say_what_is_paid(self, scene):
        rent, fee = sorted(billed_rows(made(scene)), key=lambda row: -row["billed_minor"])

        assert (rent["billed_minor"], rent["paid_minor"], rent["open_minor"]) == (246_121, 100_000, 146_121)
        assert (rent["due_on"], rent["days_past_due"], rent["bucket"]) == ("2026-11-17", 13, "1-30")
        assert fee["paid_minor"] == 0
        assert billed_rows(made(scene, known_at=PAID - timedelta(days=1)))[0]["paid_minor"] == 0

    def test_of_other_sellers_are_told_apart(self, scene):
        tape = made(scene, seller=scene.lessor)

        assert {row["seller"] for row in billed_rows(tape)} == {scene.lessor.credit_code}
        fees = [row for row in tape.content["books"]["accounts"] if row["account"] == "1122.03"]
        assert [(row["on_tape_minor"], row["elsewhere_minor"] > 0) for row in fees] == [(0, True)]
        assert tape.content["books"]["agrees"] is True

    def test_do_not_lose_money_that_names_no_invoice(self, scene):
        head = Head("P", "bank:2", PAID.date(), "CNY")
        journals.post(entry=bank_received(head, settles={"1122.02": 7_00}), at=PAID, by=scene.finance)

        accounts = made(scene).content["books"]["accounts"]

        assert [row["elsewhere_minor"] for row in accounts if row["account"] == "1122.02"] == [-7_00]


class TestRows:
    def test_hold_fixed_rent_of_periods_that_are_not_billed_and_no_use_to_come(self, scene):
        kinds = {row["kind"] for row in made(scene).content["rows"]}
        before = made(scene, through=date(2026, 9, 30)).content["rows"]

        assert kinds == {"INVOICE"}  # the one period of the lease is billed
        fixed = [row for row in before if row["kind"] == "FIXED"]
        assert [(row["period_from"], row["basis"], row["in_books"]) for row in fixed] == [
            ("2026-10-15", "NET", False)
        ]
        assert fixed[0]["open_minor"] == 65_806

    def test_of_a_period_that_is_over_and_not_billed_yet_are_not_past_due(self, scene):
        rows = made(scene, known_at=DUE - timedelta(seconds=1)).content["rows"]

        fixed = [row for row in rows if row["kind"] == "FIXED"]
        assert [(row["period_to"] < "2026-11-30", row["due_on"]) for row in fixed] == [(True, "2026-12-15")]
        assert [(row["days_past_due"], row["bucket"]) for row in fixed] == [(0, "not_due")]

    def test_name_nobody(self, scene):
        told = json.dumps(made(scene).content, ensure_ascii=False)

        lessee = scene.lessee
        for name in (lessee.name, lessee.credit_code, lessee.public_id, scene.lease.number, SALT):
            assert name not in told

    def test_tell_what_was_disputed_then(self, scene):
        line = Invoice.objects.get(seller=scene.lessor).lines.get(component="parts")
        at = PAID - timedelta(days=2)
        disputes.dispute(line=line, reason="Twice", within=scene.lessee, by=scene.buyer, at=at)

        assert [row["disputed"] for row in billed_rows(made(scene))].count(True) == 1
        earlier = made(scene, known_at=at - timedelta(days=1))
        assert [row["disputed"] for row in billed_rows(earlier)] == [False, False]


class TestAFinanceLease:
    def test_stands_on_the_tape_with_every_instalment_that_is_not_billed(self, db):
        people = worlds.make(machines=3)
        contracted = financed.contracted(people)
        lease = hand_over(contracted, owner=people.owner, buyer=people.buyer, at=HANDOVER)
        lease = Lease.objects.select_related("lessor", "lessee").get(pk=lease.pk)
        invoices.bill(lease=lease, at=APRIL + timedelta(days=1), by=parties.robot(name="clock"))
        book = Book.objects.select_related("organization").get(code="P")
        given = {"book": book, "by": book.organization.memberships.get().user, "salt": SALT}

        tape = tapes.make(**given, through=date(2026, 4, 30), at=NOW)

        owed = [row for row in tape.content["rows"] if row["kind"] == "INSTALMENT"]
        assert [row["document"] for row in owed] == [str(number) for number in range(2, 13)]
        assert sum(row["principal_minor"] for row in owed) == 12_000_000 - 972_797
        assert (owed[0]["open_minor"], owed[0]["basis"], owed[0]["due_on"]) == (
            1_032_797,
            "NET",
            "2026-05-01",
        )
        fixed = [row["open_minor"] for row in tape.content["rows"] if row["kind"] == "FIXED"]
        assert fixed[:3] == [300_000] * 3  # the base fee beside the instalments, of periods to come
        assert tape.content["books"]["agrees"] is True
        before = tapes.make(**given, through=date(2026, 3, 31), at=NOW).content["rows"]
        assert next(row["document"] for row in before if row["kind"] == "INSTALMENT") == "1"


class TestMaking:
    def test_is_for_those_who_may_post_to_the_book(self, scene):
        for person in (scene.owner, scene.buyer, world.member(scene.platform, Role.OPERATOR)):
            with pytest.raises(MissingRight):
                made(scene, by=person)
        tape = made(scene)
        with pytest.raises(MissingRight):
            tapes.hand_out(tape=tape, form="csv", by=scene.owner, at=NOW)
        assert Tape.objects.count() == 1

    def test_is_of_days_and_moments_that_can_be(self, scene):
        with pytest.raises(tapes.TapeInvalid):
            made(scene, known_at=NOW + timedelta(seconds=1))
        with pytest.raises(tapes.TapeInvalid):
            made(scene, through=date(1999, 12, 31))
        assert not Tape.objects.exists()

    def test_stops_at_what_one_tape_holds(self, scene, monkeypatch):
        monkeypatch.setattr(tapes, "MOST_ROWS", 1)
        with pytest.raises(tapes.TapeTooLarge):
            made(scene)
        assert not Tape.objects.exists()

    def test_stays_on_record_with_whoever_took_it(self, scene):
        tape = made(scene)
        tapes.hand_out(tape=tape, form="csv", by=scene.finance, at=NOW)

        entries = AuditEntry.objects.filter(subject=tape.public_id).order_by("pk")
        assert [(one.action, one.facts["digest"]) for one in entries] == [
            ("tape.make", tape.digest),
            ("tape.hand_out", tape.digest),
        ]
        for change in (
            lambda: Tape.objects.update(rows=0),
            lambda: Tape.objects.all()._raw_delete("default"),
        ):
            with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
                change()
        assert Tape.objects.get() == tape


def signed_in(person):
    client = Client()
    client.force_login(person)
    return client


class TestOverRestAndOnPages:
    def test_is_made_listed_and_taken_on_record(self, scene):
        client, url = signed_in(scene.finance), "/api/v1/books/P/tapes/"
        answer = client.post(url, {"through": "2026-11-30"}, content_type="application/json")
        item = answer.json()["tape"]["id"]

        assert answer.status_code == 201
        assert [one["id"] for one in client.get(url).json()["data"]] == [item]
        assert client.get(f"{url}{item}/").json()["content"] == answer.json()["content"]
        file = client.get(f"{url}{item}/csv/", headers={"accept": "text/csv"}).content.decode("utf-8-sig")
        rows = list(csv.DictReader(io.StringIO(file)))
        assert len(rows) == answer.json()["tape"]["rows"]
        page = client.get(f"/books/P/tapes/{item}/").content.decode()
        assert "1,461.21" in page
        assert client.get(f"/books/P/tapes/{item}/?format=json").json()["digest"] == Tape.objects.get().digest
        assert client.get(f"/books/P/tapes/{item}/?format=csv").status_code == 200
        taken = AuditEntry.objects.filter(action="tape.hand_out").order_by("pk")
        assert [one.facts["form"] for one in taken] == ["json", "csv", "json", "csv"]

    def test_is_refused_to_others_and_for_odd_input(self, scene):
        url, client = "/api/v1/books/P/tapes/", signed_in(scene.finance)
        clerk = signed_in(world.member(scene.platform, Role.OPERATOR))
        assert clerk.get(url).status_code == clerk.get("/books/P/tapes/").status_code == 403
        for person in (scene.owner, scene.buyer, make.member(make.organization())):
            assert signed_in(person).post(url, {"through": "2026-11-30"}).status_code == 404
        odd = [{}, {"through": "x"}, {"through": "0001-01-01"}, {"through": "2026-11-30", "seller": "a\x00"}]
        odd += [
            {"through": "2026-11-30", "seller": "nobody"},
            {"through": "2026-11-30", "known_at": "2999-01-01"},
        ]
        for body in odd:
            assert client.post(url, body, content_type="application/json").status_code == 400, body
        assert (
            client.post("/books/P/tapes/", {"through": "2026-11-30", "seller": "nobody"}).status_code == 400
        )
        assert (
            client.get(f"{url}tap_0/").status_code == client.get("/books/P/tapes/tap_0/").status_code == 404
        )
        assert not Tape.objects.exists()

    def test_is_made_on_the_page(self, scene):
        answer = signed_in(scene.finance).post("/books/P/tapes/", {"through": "2026-11-30"})

        assert answer["Location"] == f"/books/P/tapes/{Tape.objects.get().public_id}/"

    def test_is_made_by_a_command_for_a_person(self, scene, tmp_path, capsys):
        given = {"book": "P", "through": THROUGH, "by": scene.finance.email}
        for form in ("csv", "json"):
            call_command("receivables_tape", **given, format=form, to=tmp_path / form)
        assert len((tmp_path / "csv").read_text(encoding="utf-8-sig").splitlines()) == 3
        assert json.loads((tmp_path / "json").read_text(encoding="utf-8"))["content"]["books"]["agrees"]
        for wrong in ({"book": "Q"}, {"by": "nobody@x.cn"}, {"seller": "nobody"}, {"by": scene.owner.email}):
            with pytest.raises(CommandError):
                call_command("receivables_tape", **given | wrong, format="csv", to=tmp_path / "no")
        assert not (tmp_path / "no").exists()
        assert Tape.objects.count() == 2
