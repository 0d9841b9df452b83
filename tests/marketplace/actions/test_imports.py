"""Imports row by row: what only a whole file shows, who may no more, and what came in between."""

from dataclasses import replace
from datetime import timedelta
from unittest.mock import patch

import pytest
from django.db import DataError, IntegrityError, connection
from django.test.utils import CaptureQueriesContext

from marketplace import tasks
from marketplace.actions import background_jobs, dictionaries, equipment, imports, listings, retiring
from marketplace.actions.imports import ImportDone, ImportLetGo, ImportNotRead, ImportsOpen
from marketplace.models import (
    AuditEntry,
    Chain,
    ChainMember,
    Equipment,
    Import,
    Listing,
    Membership,
    Notification,
    SearchDocument,
    Site,
    SpecStatement,
)
from marketplace.permissions import MissingRight
from marketplace.queries.dictionaries import newest
from tests import once
from tests.factories import marketplace as make
from tests.factories.marketplace import NOON

pytestmark = pytest.mark.django_db
ROW = {
    "site": "Hall 1",
    "category": "M1-MC",
    "maker": "DMG MORI",
    "model": "DMU 50",
    "specifications": make.CENTRE,
}
OFFER = {"price_by": "hour", "price": "128", "publish": "yes"}


@once.fixture
def owner():
    made = make.organization()
    make.category()
    make.site(made, name="Hall 1")
    return made


@once.fixture
def admin(owner):
    return make.member(owner)


def take(owner, by, *rows, mode="reject_failed_rows", **other):
    given = {"name": "machines.csv", "content": None, "is_trial": False, "at": NOON} | other
    return imports.take(organization=owner, rows=[ROW | row for row in rows], mode=mode, by=by, **given)


def worked_on(found):
    while background_jobs.advance(job=found.job.pk, at=NOON):
        continue
    return Import.objects.get(pk=found.pk)


def told(found):
    return [
        (row.status, *((one["pointer"], one["code"]) for one in row.errors))
        for row in found.rows.order_by("place")
    ]


def test_a_row_is_what_the_actions_for_one_machine_make_of_it(owner, admin):
    found = worked_on(take(owner, admin, {"serial": "1"} | OFFER))

    row, listing = found.rows.get(), Listing.objects.get()
    assert (row.status, row.listing, row.equipment) == (
        "CREATED",
        listing.public_id,
        [Equipment.objects.get().public_id],
    )
    written = AuditEntry.objects.filter(actor=admin.public_id).values_list("action", flat=True)
    assert {"equipment.register", "listing.create", "listing.published", "import.take"} <= set(written)
    assert SearchDocument.objects.filter(listing=listing).exists()
    (notice,) = Notification.objects.filter(kind="import_done")
    assert notice.person == admin and notice.link == f"/imports/{found.public_id}/"
    assert notice.facts == {"name": "machines.csv", "created": "1", "there": "0", "refused": "0"}


def test_all_or_none_undoes_all_when_rows_cannot_be_together(owner, admin):
    """Each row alone adds the site; together the second one says that it lies elsewhere."""
    rows = [{"serial": "1", "site": "New", "region": "320594", "city": "苏州"}]
    rows.append({"serial": "2", "site": "New", "region": "110101", "city": "北京"})
    found = worked_on(take(owner, admin, *rows, mode="reject_all"))

    assert told(found) == [("READY",), ("REFUSED", ("/region", "other_region"))]
    assert not Equipment.objects.exists() and not Site.objects.filter(name="New").exists()
    assert found.ran_at is None


def test_what_somebody_may_no_more_is_refused_row_by_row(owner, admin):
    make.member(owner)  # somebody else stays
    found = take(owner, admin, {"serial": "1"})
    Membership.objects.filter(user=admin).delete()

    assert told(worked_on(found)) == [("REFUSED", ("/publish", "not_yours"))]
    assert not Equipment.objects.exists()


def test_a_nameplate_that_comes_in_between_is_refused(owner, admin):
    """Its maker is called as the constraint of sites is: only the name of what was broken tells."""
    found = take(owner, admin, {"serial": "1", "maker": "marketplace_site_once"})

    def twice(**given):
        for _ in range(2):
            make.equipment(owner, maker_name=given["maker_name"], serial_number=given["serial_number"])

    with patch.object(equipment, "register", side_effect=twice):
        assert told(worked_on(found)) == [("REFUSED", ("/serial", "nameplate_taken"))]


def test_a_site_that_comes_in_between_is_refused(owner, admin):
    found = take(owner, admin, {"serial": "1", "site": "New", "region": "320594", "city": "苏州"})
    with patch.object(equipment, "add_site", side_effect=lambda **_: make.site(owner, name="Hall 1")):
        assert told(worked_on(found)) == [("REFUSED", ("/site", "site_taken"))]


@pytest.mark.parametrize("error", [IntegrityError, DataError, UnicodeError])
def test_what_the_database_does_not_keep_is_one_refused_row(owner, admin, error):
    found = take(owner, admin, {"serial": "1"}, {"serial": "2"})
    real = equipment.register

    def odd(**given):
        if given["serial_number"] == "1":
            raise error
        return real(**given)

    with patch.object(equipment, "register", side_effect=odd):
        assert told(worked_on(found)) == [("REFUSED", ("/title", "not_stored")), ("CREATED",)]


@pytest.mark.parametrize("odd", ["\\u0000", "\\ud800"])
@pytest.mark.parametrize("column", ["count_rule", "price_plan"])
def test_a_document_in_a_cell_holds_nothing_that_cannot_be_kept(owner, admin, column, odd):
    """The sign stands in the cell as six letters, and is one only when the document is read."""
    rule = '[{"version": 1, "meter": "run_time", "channel": "a%s", "states": ["ACTIVE"]}]'.replace("%s", odd)
    offer = {"price_by": "", "price": "", "price_plan": '{"currency": "%s"}'.replace("%s", odd)}
    row = OFFER | ({"count_rule": rule} if column == "count_rule" else offer)
    found = worked_on(take(owner, admin, {"serial": "1"} | row, {"serial": "2"}))

    assert told(found)[1] == ("CREATED",) and (f"/{column}", "not_json") in told(found)[0]


@pytest.mark.parametrize(
    ("row", "pointer"),
    [
        ({"price": "999999999999"}, "/price"),
        ({"price_by": "", "price": "", "price_plan": {"version": 1}}, "/price_plan/currency"),
        ({"count_rule": "=X"}, "/count_rule/0/channel"),
        ({"price_by": "", "price": "", "price_plan": make.HOURLY}, "/count_rule/"),
    ],
)
def test_a_fault_of_the_offer_is_told_at_its_column(owner, admin, row, pointer):
    found = worked_on(take(owner, admin, {"serial": "1"} | OFFER | row))

    pointers = [one["pointer"] for one in found.rows.get().errors]
    assert pointer in pointers and not Equipment.objects.exists()


def test_a_refusal_without_flaws_stands_at_the_column_that_it_is_about(owner, admin):
    found = take(owner, admin, {"serial": "1"} | OFFER)
    with patch.object(equipment, "register", side_effect=equipment.ForeignSite(organization="x")):
        assert told(worked_on(found)) == [("REFUSED", ("/site", "foreign_site"))]


def test_a_site_is_named_by_its_id_too_and_a_foreign_one_is_unknown(owner, admin):
    own, foreign = Site.objects.get(name="Hall 1"), make.site(make.organization())
    rows = ({"serial": "1", "site": own.public_id}, {"serial": "2", "site": foreign.public_id})
    found = worked_on(take(owner, admin, *rows))

    assert told(found) == [("CREATED",), ("REFUSED", ("/site", "site_unknown"))]


class TestAChain:
    @pytest.fixture
    def chain(self, owner):
        return Chain.objects.create(leader=owner, name="Parts", made_at=NOON)

    @pytest.mark.parametrize("named", ["name", "public_id"])
    def test_a_listing_is_open_to_it_alone_before_it_is_published(self, owner, admin, chain, named):
        seen = []
        real = listings.publish
        with patch.object(
            listings, "publish", lambda **given: seen.append(given["listing"].chain) or real(**given)
        ):
            found = worked_on(take(owner, admin, {"serial": "1", "open_to": getattr(chain, named)} | OFFER))

        assert told(found) == [("CREATED",)] and seen == [chain]
        assert SearchDocument.objects.get().chain_id == Listing.objects.get().chain_id == chain.pk

    def test_one_that_the_owner_does_not_lead_is_unknown(self, owner, admin):
        other = Chain.objects.create(leader=make.organization(), name="Others", made_at=NOON)
        ChainMember.objects.create(
            chain=other, member=owner, status="ACCEPTED", invited_at=NOON, changed_at=NOON
        )
        rows = [
            {"serial": str(n), "open_to": named} | OFFER
            for n, named in enumerate(("Others", other.public_id, "x"))
        ]
        found = worked_on(take(owner, admin, *rows))

        assert told(found) == [("REFUSED", ("/open_to", "chain_unknown"))] * 3
        assert not Listing.objects.exists() and not Equipment.objects.exists()


def test_a_machine_without_an_offer_gets_the_one_of_its_row(owner, admin):
    """Once: the same file again finds it there, and so does a row without a price."""
    worked_on(take(owner, admin, {"serial": "1"}, {"serial": "2;3"}))
    again = worked_on(take(owner, admin, {"serial": "1"} | OFFER, {"serial": "2;3"}))
    third = worked_on(take(owner, admin, {"serial": "1"} | OFFER))

    assert told(again) == [("CREATED",), ("THERE",)] and told(third) == [("THERE",)]
    listing = Listing.objects.get()
    assert (listing.status, Equipment.objects.count()) == ("PUBLISHED", 3)
    assert again.rows.get(place=1).listing == third.rows.get().listing == listing.public_id


def test_a_machine_that_was_sold_is_not_offered_again_by_an_old_file(owner, admin):
    worked_on(take(owner, admin, {"serial": "1"}))
    retiring.retire(equipment=Equipment.objects.get(), by=admin, at=NOON)

    found = worked_on(take(owner, admin, {"serial": "1"} | OFFER))

    assert told(found) == [("REFUSED", ("/serial", "machine_retired"))]
    assert not Listing.objects.exists()


def test_a_row_more_asks_the_database_no_more_than_this(owner, admin):
    """Savepoints, the audit trail, what is there already and what is searched are of a step, not of a row."""
    asked = []
    for many in (1, 4):
        found = take(owner, admin, *({"serial": f"{many}-{n}"} | OFFER for n in range(many)))
        with CaptureQueriesContext(connection) as queries:
            worked_on(found)
        asked.append(len(queries))

    assert (asked[1] - asked[0]) / 3 <= 19


def test_a_file_that_was_sent_before_a_newer_dictionary_is_sent_again(owner, admin):
    """What stands in it without a unit was meant in that of the dictionary which its author saw."""
    found = take(owner, admin, {"serial": "1"})
    _in_metres(at=NOON + timedelta(minutes=1))
    assert told(worked_on(found)) == [("REFUSED", ("/specifications", "dictionary_newer"))]
    assert not Equipment.objects.exists()

    again = take(owner, admin, {"serial": "1"}, at=NOON + timedelta(minutes=2))

    assert told(worked_on(again)) == [("CREATED",)]
    assert SpecStatement.objects.get(equipment__serial_number="1").dictionary_version == 2


def test_a_version_that_was_begun_before_the_file_was_sent_and_stood_after_it_is_newer_all_the_same(
    owner, admin
):
    found = take(owner, admin, {"serial": "1", "specifications": make.CENTRE | {"travel_x": "9"}}, at=NOON)
    _in_metres(at=NOON - timedelta(minutes=1))

    assert told(worked_on(found)) == [("REFUSED", ("/specifications", "dictionary_newer"))]
    assert not Equipment.objects.exists()


def test_a_row_whose_machine_is_there_is_not_asked_for_the_dictionary(owner, admin):
    worked_on(take(owner, admin, {"serial": "1"}))
    again = take(owner, admin, {"serial": "1"})
    _in_metres(at=NOON + timedelta(minutes=1))

    assert told(worked_on(again)) == [("THERE",)]
    assert Equipment.objects.count() == 1


def test_those_who_may_not_take_nothing_in(owner, admin):
    viewer = make.member(owner, "VIEWER")
    with pytest.raises(MissingRight):
        take(owner, viewer, {"serial": "1"})
    found = take(owner, admin, {"serial": "1"}, is_trial=True)
    worked_on(found)
    with pytest.raises(MissingRight):
        imports.run(found=found, mode="reject_all", by=viewer, at=NOON)
    assert not Equipment.objects.exists() and not Notification.objects.exists()


def test_what_is_no_table_is_not_kept(owner, admin):
    with pytest.raises(ImportNotRead) as error:
        take(owner, admin, content=b"site,colour\n1,2")
    assert ("/colour", "unknown_heading") in [(one.pointer, one.code) for one in error.value.flaws]
    assert not Import.objects.exists()


def test_an_import_that_has_run_is_not_run_again(owner, admin):
    found = worked_on(take(owner, admin, {"serial": "1"}))
    with pytest.raises(ImportDone):
        imports.run(found=found, mode="reject_all", by=admin, at=NOON)
    assert Equipment.objects.count() == 1


def test_the_machines_of_a_file_are_bounded(owner, admin, monkeypatch):
    monkeypatch.setattr(imports, "MOST_MACHINES", 3)
    take(owner, admin, {"serial": "1;2"}, {"serial": "3"})
    with pytest.raises(ImportNotRead) as error:
        take(owner, admin, {"serial": "1;2"}, {"serial": "3;4"})
    assert [(one.pointer, one.code) for one in error.value.flaws] == [("/serial", "too_many_machines")]


def test_the_files_that_are_worked_on_are_bounded_for_each_organization(owner, admin, monkeypatch):
    monkeypatch.setattr(imports, "MOST_OPEN", 1)
    first = take(owner, admin, {"serial": "1"}, is_trial=True)
    with pytest.raises(ImportsOpen):
        take(owner, admin, {"serial": "2"})
    other = make.organization()
    take(other, make.member(other), {"serial": "2"})
    assert Import.objects.count() == 2

    worked_on(first)
    imports.run(found=first, mode="reject_all", by=admin, at=NOON)


def test_the_cells_of_old_files_are_let_go(owner, admin):
    """Of what is worked on none; a row keeps what became of it, and is not taken in any more."""
    old, busy = (
        worked_on(take(owner, admin, {"serial": "1"}, is_trial=True)),
        take(owner, admin, {"serial": "2"}),
    )
    late = NOON + imports.KEPT + timedelta(seconds=1)
    fresh = worked_on(take(owner, admin, {"serial": "3"}, at=late - timedelta(days=1)))

    assert imports.let_go(at=NOON + imports.KEPT) == 0
    assert (imports.let_go(at=late), imports.let_go(at=late)) == (1, 0)
    row = old.rows.get()
    assert (row.cells, row.status, Import.objects.get(pk=old.pk).headings) == ({}, "READY", [])
    assert busy.rows.get().cells and fresh.rows.get().cells
    with pytest.raises(ImportLetGo):
        imports.run(found=old, mode="reject_all", by=admin, at=late)
    tasks.let_go_of_imports()


def test_a_file_without_a_name_is_called_by_its_day(owner, admin):
    assert take(owner, admin, {"serial": "1"}, name="\u202e").name == "2026-11-20 JSON"


def _in_metres(at):
    platform, category = make.platform(), make.category()
    metres = {"unit": "m", "minimum": None}
    fields = [replace(one, **metres if one.code == "travel_x" else {}) for one in newest(category).fields]
    who = {"by": make.member(platform, "OPERATOR"), "within": platform, "at": at}
    dictionaries.make(category=category, fields=fields, renamed={}, reason="SI", expected=1, **who)
