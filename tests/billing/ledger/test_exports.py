"""Exports: other programs come to the same balances, and find what is changed by one minor unit."""

import csv
import hashlib
import json
import re
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from billing.actions import invoices, journals, periods, sealing
from billing.management.commands import export_books
from billing.models import Seal
from billing.queries import exports
from billing.queries.ledger import trial_balance
from billing.rules.accounts import export_path
from billing.rules.export_values import written
from billing.rules.journals import Dims, Line
from billing.rules.locks import Level
from tests.billing import world as scenes
from tests.billing.actions.test_invoices import DUE, OCTOBER
from tests.billing.ledger import checkers, worked, world
from tests.billing.ledger.world import LATER, NOON, entry
from tests.races import at_once

THROUGH = date(2027, 12, 31)
FORMS = ("beancount", "hledger")


def export(form, to: Path, book="P", through=THROUGH):
    call_command("export_books", book=book, format=form, through=through, to=to, verbosity=0)
    return to


def cells(file):
    return list(csv.DictReader(file.read_text(encoding="utf-8").splitlines()))


@pytest.fixture
def example(office):
    """Post the worked journals, with parties and a lease."""
    scene = scenes.build("mazak01")
    lease = scene.lease.public_id
    who = {
        "owner": Dims(party=scene.lessor.public_id, lease=lease),
        "buyer": Dims(party=scene.lessee.public_id, lease=lease),
        "deposit": Dims(party=scene.lessee.public_id, lease=lease),
    }
    journals.write(entries=worked.entries(who), at=NOON, by=office.clock)
    return office


@pytest.fixture
def scenario(office):
    """Bill a lease of the scenario, with a commission, a foreign receipt, a late fact and one taken back."""
    scene = scenes.build("okuma")
    for invoice in invoices.draft(lease=scene.lease, period=OCTOBER, at=DUE, by=scene.clock):
        invoices.issue(invoice=invoice, at=DUE, by=scene.clock)
    foreign = (
        Line("9999", 700, "CNY"),
        Line("6001.02", -700, "CNY"),
        Line("1012.02", 765, "HKD"),
        Line("9999", -765, "HKD"),
    )
    wrong = journals.post(
        entry=entry("wrong", memo='a "quoted"; | \\ memo\nof two'), at=NOON, by=office.clerk
    )
    journals.post(entry=entry("fx", lines=foreign), at=NOON, by=office.clerk)
    journals.reverse(
        journal=wrong, key="back", on=date(2026, 11, 3), reason="wrong", at=NOON, by=office.clerk
    )
    periods.lock(book=office.book, through=date(2026, 10, 31), level=Level.HARD, at=NOON, by=office.chief)
    journals.post(entry=entry("late", on=date(2026, 10, 9)), at=NOON, by=office.clerk)
    return office


def ours(office):
    rows = trial_balance(office.book, THROUGH)
    return {
        f"{export_path(row.account, row.currency, of_book='CNY')} {row.currency}": written(
            row.balance, row.currency
        )
        for row in rows
    }


class TestOtherPrograms:
    @pytest.mark.parametrize("books", ["example", "scenario"])
    @pytest.mark.parametrize("form", FORMS)
    def test_find_nothing_wrong(self, form, books, request, tmp_path):
        request.getfixturevalue(books)

        assert checkers.faults(form, export(form, tmp_path / "book")) == ""

    @pytest.mark.parametrize("books", ["example", "scenario"])
    def test_come_to_our_balances(self, books, request, tmp_path):
        office = request.getfixturevalue(books)
        beans = checkers.beancount_balances(export("beancount", tmp_path / "b.beancount"))
        ledger = checkers.hledger_balances(export("hledger", tmp_path / "h.journal"))

        balances = ours(office)
        assert beans == {name: amount for name, amount in balances.items() if Decimal(amount)}
        assert {name: Decimal(amount) for name, amount in ledger.items()} == {
            name: Decimal(amount) for name, amount in balances.items()
        }


def one_more(text):
    """Raise the first posting by one minor unit."""
    return re.sub(
        r"(  \S+  -?\d+\.)(\d)(\d) CNY", lambda m: f"{m[1]}{m[2]}{(int(m[3]) + 1) % 10} CNY", text, count=1
    )


def parts(text):
    """Split a file before each journal or check."""
    return re.split(r"\n(?=\d{4}-\d\d-\d\d [*])", text)


def lose_one(text):
    kept = parts(text)
    return "\n".join(kept[:5] + kept[6:])


def double_one(text):
    kept = parts(text)
    return "\n".join(kept[:6] + kept[5:])


def misspell(text):
    place = text.rindex("Assets:1122:LesseeAgency  ")
    return text[:place] + text[place:].replace("LesseeAgency", "LeseeAgency", 1)


def other_currency(text):
    place = text.index("StripePending  ")
    return text[:place] + text[place:].replace(" CNY", " HKD", 1)


def closing_by_one(text):
    return re.sub(
        r"(?:balance \S+|= ?)\s*10327\.97",
        lambda m: m[0].replace("10327.97", "10327.98"),
        text.replace("Assets:1002:ClientMoney  10327.97 ~", "Assets:1002:ClientMoney  10327.98 ~"),
    )


CHANGES = {
    "one posting one fen more": one_more,
    "one journal lost": lose_one,
    "one journal twice": double_one,
    "a misspelt account": misspell,
    "another currency on a line": other_currency,
    "a closing balance off by one fen": closing_by_one,
}


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("change", CHANGES)
def test_what_is_changed_is_found(change, form, example, tmp_path):
    file = export(form, tmp_path / "book")
    text = file.read_text()
    changed = CHANGES[change](text)
    assert changed != text

    file.write_text(changed)

    assert checkers.faults(form, file) != ""


def test_a_part_of_a_fen_is_found_by_beancount_as_well(example, tmp_path):
    file = export("beancount", tmp_path / "book")
    text = file.read_text()

    file.write_text(re.sub(r"(  \S+  -?\d+\.\d\d) CNY", r"\g<1>4 CNY", text, count=1))

    assert "does not balance" in checkers.faults("beancount", file)


class TestTables:
    def test_hold_every_line(self, example, tmp_path):
        file = export("csv", tmp_path / "book.csv")

        rows = cells(file)
        assert sum(Decimal(row["amount"]) for row in rows) == 0
        assert len({row["journal"] for row in rows}) == len(worked.entries())
        assert rows[0]["account"] == "1122.02"
        assert {row["party"] for row in rows if row["account"] == "2241.01"} != {""}

    def test_as_json_are_one_document(self, scenario, tmp_path):
        document = json.loads(export("json", tmp_path / "book.json").read_text(encoding="utf-8"))

        assert (document["book"], document["currency"]) == ("P", "CNY")
        keys = [journal["key"] for journal in document["journals"]]
        assert {"wrong", "fx", "back", "late"} <= set(keys)
        late = next(journal for journal in document["journals"] if journal["key"] == "late")
        assert (late["effective_date"], late["occurred_on"]) == ("2026-11-01", "2026-10-09")

    def test_begin_no_cell_like_a_formula(self, office, tmp_path):
        journals.post(entry=entry(memo="=1+1"), at=NOON, by=office.clerk)

        rows = cells(export("csv", tmp_path / "book.csv"))
        assert {row["memo"] for row in rows} == {"'=1+1"}


class TestManifest:
    def test_says_what_the_file_holds(self, example, tmp_path):
        sealing.seal(book=example.book, at=LATER, by=example.clock)
        file = export("csv", tmp_path / "book.csv")

        content = json.loads((tmp_path / "book.csv.manifest.json").read_text())
        last = Seal.objects.order_by("number").last()
        assert content["sha256"] == hashlib.sha256(file.read_bytes()).hexdigest()
        assert (content["sealed"], content["last_hash"]) == (last.number, last.hash)
        assert content["journals"] == len(worked.entries())
        assert content["lines"] == len(file.read_text(encoding="utf-8").splitlines()) - 1

    def test_of_an_empty_book_says_so(self, office, tmp_path):
        export("beancount", tmp_path / "book")

        content = json.loads((tmp_path / "book.manifest.json").read_text())
        assert (content["journals"], content["sealed"], content["last_hash"]) == (0, 0, "")
        assert checkers.faults("beancount", tmp_path / "book") == ""


@pytest.mark.django_db(transaction=True)
def test_an_export_sees_one_moment_of_the_database(tmp_path, monkeypatch):
    office = world.office()
    journals.post(entry=entry("before"), at=NOON, by=office.clerk)
    real, mine = exports.book_file, tmp_path / "book.csv"

    def meanwhile(*args):
        made = real(*args)
        at_once(lambda: journals.post(entry=entry("meanwhile"), at=NOON, by=office.clerk))
        return made

    monkeypatch.setattr(export_books, "book_file", meanwhile)
    export("csv", mine)

    assert {row["key"] for row in cells(mine)} == {"before"}


class TestRefusals:
    def test_of_a_book_that_is_not_there(self, office, tmp_path):
        with pytest.raises(CommandError, match="no book"):
            export("csv", tmp_path / "book", book="X")
        assert list(tmp_path.iterdir()) == []

    def test_of_a_place_that_is_not_there(self, office, tmp_path):
        with pytest.raises(CommandError, match="No such file"):
            export("csv", tmp_path / "none" / "book")
        assert list(tmp_path.iterdir()) == []


def test_checkers_must_be_there_where_they_are_required(monkeypatch):
    monkeypatch.setenv(checkers.REQUIRED, "1")

    with pytest.raises(pytest.fail.Exception):
        checkers.program("no-such-program")
    monkeypatch.delenv(checkers.REQUIRED)
    with pytest.raises(pytest.skip.Exception):
        checkers.program("no-such-program")
