"""Documents of a machine: what they are, who reads them, and when their owner is reminded."""

import zlib
from datetime import date, timedelta

import pytest
from django.db import IntegrityError, transaction
from django.test import Client

from marketplace.actions import content_cases, equipment_documents
from marketplace.actions.equipment_documents import DocumentInvalid, Given, TooManyDocuments
from marketplace.actions.parties import robot
from marketplace.models import AuditEntry, EquipmentDocument, Listing, Notification
from marketplace.models.parties import Role
from marketplace.permissions import MissingRight
from marketplace.rules import equipment_documents as rules
from marketplace.rules.equipment_documents import Audience, Kind
from marketplace.shared import clock
from tests import once
from tests.factories import marketplace as make
from tests.factories.leasing import picture

pytestmark = pytest.mark.django_db
TODAY = date(2026, 11, 20)


def pdf(pages=1, more=b""):
    leaves = b"".join(b"%d 0 obj <</Type /Page>> endobj\n" % n for n in range(pages))
    return b"%PDF-1.7\n1 0 obj <</Type /Pages>> endobj\n" + leaves + more + b"\n%%EOF"


class Shop:
    def __init__(self):
        self.listing = make.listing(make.organization())
        self.machine = self.listing.units.get().equipment
        self.owner = make.member(self.listing.owner)

    def add(self, data=None, **more):
        said = {"kind": Kind.MANUAL, "title": "手册", "audience": Audience.EVERYBODY, "valid_until": None}
        given = Given(**{name: more.pop(name, value) for name, value in said.items()})
        who = {"by": self.owner, "at": make.NOON, "on": TODAY} | more
        return equipment_documents.add(equipment=self.machine, data=data or pdf(), given=given, **who)

    def read(self, made, who=None):
        client = Client()
        if who is not None:
            client.force_login(who)
        return client.get(f"/equipment-documents/{made.public_id}/")


shop = once.fixture(Shop)


class TestAdd:
    def test_a_pdf_is_kept_as_it_came_with_its_pages_and_size(self, shop):
        made = shop.add(pdf(3))

        assert (made.pages, made.size, made.media_type) == (3, len(pdf(3)), "application/pdf")
        assert bytes(made.content) == pdf(3)
        assert AuditEntry.objects.filter(action="equipment_document.add").count() == 1

    def test_pages_in_packed_objects_count_as_well(self, shop):
        packed = zlib.compress(b"<</Type/Page>> <</Type /Page/Parent 1 0 R>> <</Type/Pages>>")
        head = b"9 0 obj <</Type /ObjStm /Filter /FlateDecode>> stream\n"
        assert shop.add(pdf(1, head + packed + b"\nendstream")).pages == 3

    def test_a_picture_is_written_anew(self, shop):
        made = shop.add(picture())
        assert (made.media_type, made.pages, bytes(made.content)[:2]) == ("image/jpeg", 1, b"\xff\xd8")

    def test_the_same_file_is_kept_once(self, shop):
        assert shop.add() == shop.add(title="Again")
        assert EquipmentDocument.objects.count() == 1

    @pytest.mark.parametrize(
        ("data", "code"),
        [
            (pdf(more=b"<</OpenAction 3 0 R>>"), "active"),
            (pdf(more=b"<</S /Java#53cript>>"), "active"),
            (pdf(more=b"<</Type /EmbeddedFile>>"), "active"),
            (pdf(more=b"<</S /Launch>>"), "active"),
            (pdf(more=b"<</Encrypt 9 0 R>>"), "locked"),
            (b"%PDF-1.7\n", "cut_short"),
            (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "no_paper"),
            (pdf(rules.MOST_PAGES + 1), "too_many_pages"),
        ],
        ids=["opens", "script", "file", "launch", "locked", "cut", "svg", "pages"],
    )
    def test_what_does_something_or_is_none_is_refused_at_the_file(self, shop, data, code):
        with pytest.raises(DocumentInvalid) as refused:
            shop.add(data)

        assert [(one.pointer, one.code) for one in refused.value.flaws] == [("/file", code)]
        assert not EquipmentDocument.objects.exists()

    @pytest.mark.parametrize(
        ("wrong", "pointer"),
        [
            ({"title": " "}, "/title"),
            ({"title": "x" * 121}, "/title"),
            ({"valid_until": TODAY - timedelta(days=1)}, "/valid_until"),
            ({"valid_until": date(2057, 1, 1)}, "/valid_until"),
        ],
        ids=str,
    )
    def test_what_is_said_of_it_is_looked_at(self, shop, wrong, pointer):
        with pytest.raises(DocumentInvalid) as refused:
            shop.add(**wrong)
        assert [one.pointer for one in refused.value.flaws] == [pointer]
        assert not EquipmentDocument.objects.exists()

    def test_a_machine_has_some_and_no_archive(self, shop):
        with transaction.atomic():
            first = shop.add()
            for n in range(2, rules.MOST + 1):
                first.pk, first.public_id, first.sha256, first.position = None, f"edo_{n}", str(n), n
                first.save(force_insert=True)
        with pytest.raises(TooManyDocuments):
            shop.add(pdf(2))
        assert EquipmentDocument.objects.count() == rules.MOST

    def test_a_viewer_and_a_stranger_may_not(self, shop):
        for person in (make.member(shop.listing.owner, Role.VIEWER), make.member(make.organization())):
            with pytest.raises(MissingRight):
                shop.add(by=person)
        assert not EquipmentDocument.objects.exists()


class TestKept:
    def test_in_the_owners_order(self, shop):
        first, second = shop.add(), shop.add(pdf(2))
        who = {"by": shop.owner, "at": make.NOON}
        order = [second.public_id, first.public_id]
        equipment_documents.arrange(equipment=shop.machine, order=order, **who)
        assert list(EquipmentDocument.objects.known()) == [second, first]
        with pytest.raises(DocumentInvalid):
            equipment_documents.arrange(equipment=shop.machine, order=order[:1], **who)

    def test_what_is_said_changes_and_the_file_never(self, shop):
        made = shop.add()
        given = Given(Kind.SAFETY, " CE ", Audience.LESSEES, TODAY)
        equipment_documents.describe(document=made, given=given, by=shop.owner, at=make.NOON, on=TODAY)
        made.refresh_from_db()
        assert (made.title, made.kind, made.audience, made.valid_until) == ("CE", "SAFETY", "LESSEES", TODAY)
        with pytest.raises(IntegrityError), transaction.atomic():
            EquipmentDocument.objects.update(content=b"another")

    def test_is_gone_when_it_is_removed(self, shop):
        made = shop.add()
        who = {"by": shop.owner, "at": make.NOON}
        equipment_documents.remove(document=made, **who)
        equipment_documents.remove(document=made, **who)
        assert AuditEntry.objects.filter(action="equipment_document.remove").count() == 1
        with pytest.raises(DocumentInvalid):
            given = Given(Kind.OTHER, "x", Audience.EVERYBODY)
            equipment_documents.describe(document=made, given=given, on=TODAY, **who)

    def test_the_database_refuses_an_empty_title(self, shop):
        made = shop.add()
        with pytest.raises(IntegrityError), transaction.atomic():
            EquipmentDocument.objects.filter(pk=made.pk).update(title="")


class TestRead:
    def test_by_those_for_whom_it_is_meant(self, shop):
        stranger = make.member(make.organization())
        for audience, nobody, somebody in (
            (Audience.EVERYBODY, 200, 200),
            (Audience.SIGNED_IN, 404, 200),
            (Audience.LESSEES, 404, 404),
        ):
            EquipmentDocument.objects.all().delete()
            made = shop.add(audience=audience)
            codes = [shop.read(made, who).status_code for who in (None, stranger, shop.owner)]
            assert codes == [nobody, somebody, 200], audience

    def test_only_while_the_listing_is_on_offer(self, shop):
        made = shop.add()
        Listing.objects.update(status="PAUSED")
        assert shop.read(made).status_code == 404
        assert shop.read(made, shop.owner).status_code == 200

    def test_until_it_holds_no_more(self, shop):
        made = shop.add(valid_until=clock.today() + timedelta(days=1), on=clock.today())
        assert shop.read(made).status_code == 200
        EquipmentDocument.objects.update(valid_until=clock.today() - timedelta(days=1))
        assert shop.read(made).status_code == 404
        assert shop.read(made, shop.owner).status_code == 200

    def test_as_what_no_browser_runs(self, shop):
        answer = shop.read(shop.add())
        assert answer["Content-Disposition"].startswith("attachment; filename=")
        assert answer["X-Content-Type-Options"] == "nosniff"
        assert answer["Content-Security-Policy"] == "default-src 'none'; sandbox"
        assert answer["Cache-Control"] == "private, no-cache"

    def test_not_while_the_platform_hides_it_but_by_its_owner(self, shop):
        made = shop.add()
        platform = make.platform()
        clerk = make.member(platform, Role.OPERATOR)
        thing = content_cases.Thing(shop.listing, document=made)
        content_cases.hide(thing=thing, reason="人名可见", within=platform, by=clerk, at=make.NOON)

        assert shop.read(made).status_code == 404
        assert shop.read(made, make.member(make.organization())).status_code == 404
        assert {shop.read(made, who).status_code for who in (shop.owner, clerk)} == {200}


class TestReminders:
    def remind(self, on):
        return equipment_documents.remind(by=robot(name="clock"), at=make.NOON, on=on)

    def test_come_once_for_each_step(self, shop):
        shop.add(valid_until=TODAY + timedelta(days=40))
        told = [self.remind(TODAY + timedelta(days=n)) for n in (0, 10, 11, 33, 34, 40, 41)]
        assert told == [0, 1, 0, 1, 0, 1, 0]
        assert set(Notification.objects.values_list("organization", flat=True)) == {shop.listing.owner_id}

    def test_reach_all_however_many_were_told_before(self, shop, monkeypatch):
        monkeypatch.setattr(equipment_documents, "AT_ONCE", 2)
        for n in range(1, 6):
            shop.add(pdf(n), valid_until=TODAY + timedelta(days=20))

        assert [self.remind(TODAY) for _ in range(4)] == [2, 2, 1, 0]

    def test_are_the_clocks(self, shop):
        with pytest.raises(MissingRight):
            equipment_documents.remind(by=shop.owner, at=make.NOON, on=TODAY)
