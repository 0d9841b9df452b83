"""A change of the balance that nothing of the provider explains: two people say what it is, once."""

import re
from datetime import timedelta

import pytest
from django.db import DatabaseError, transaction
from django.urls import reverse

from billing.models import Journal, JournalLine
from billing.payments.actions import classifications, movements
from billing.payments.actions.classifications import (
    ClassificationDecided,
    ClassificationInvalid,
    ClassificationWaits,
)
from billing.payments.actions.orders import SecondPersonMissing
from billing.payments.models import Classification, Movement, ProviderEvent, ProviderFact, ReconException
from billing.payments.queries.check_providers import facts_as_booked, movements_as_booked
from billing.rules import accounts as chart
from marketplace.models import AuditEntry
from marketplace.models.parties import Role
from marketplace.permissions import MissingRight
from tests.billing.world import member
from tests.seeing import SeeingClient

LATER = timedelta(days=2)


@pytest.fixture
def odd(stage):
    """A change of a kind that nobody knows: 2.50 are gone."""
    stage.fake.play("changes", type="brand_new_type", amount=-250)
    stage.pull()
    return Movement.objects.get()


def propose(stage, odd, means="FEE", reason="见 Stripe 后台", by=None):
    return classifications.propose(movement=odd, means=means, reason=reason, **stage.desk.acts(by))


def approve(stage, proposed, by=None):
    return classifications.approve(classification=proposed, **stage.desk.acts(by or stage.desk.second))


def said(stage, odd, means):
    return approve(stage, propose(stage, odd, means))


def open_reasons():
    return set(ReconException.objects.open().values_list("reason", flat=True))


def agreed(stage):
    """Neither side has what the other has not."""
    stage.pull()
    at = stage.at + LATER
    return not open_reasons() and not facts_as_booked(at) and not movements_as_booked(at)


class TestAChangeThatNobodyKnows:
    def test_is_booked_once_two_people_said_what_it_is(self, stage, odd):
        assert open_reasons() == {"MOVEMENT_WITHOUT_LEDGER"}
        proposed = propose(stage, odd)
        assert not Journal.objects.exists()

        found = approve(stage, proposed)

        assert (stage.on(chart.PROVIDER_FEES), stage.on(chart.AVAILABLE)) == (250, -250)
        assert (found.state, found.journal.kind) == ("APPROVED", "MOVEMENT_CLASSIFIED")
        fact = ProviderFact.objects.get()
        assert (fact.kind, fact.movement_reference, fact.journal) == (
            "CLASSIFIED",
            odd.reference,
            found.journal,
        )
        assert ReconException.objects.get().resolution == "见 Stripe 后台"
        assert agreed(stage)
        told = AuditEntry.objects.filter(subject=found.public_id).values_list("action", flat=True)
        assert set(told) == {"classification.propose", "classification.approve"}

    @pytest.mark.parametrize(
        ("means", "minor", "account"),
        [
            ("FEE", 250, chart.PROVIDER_FEES),
            ("HELD", -250, chart.RESERVED),
            ("OTHER", -250, chart.OTHER_LOSS),
            ("OTHER", 250, chart.OTHER_INCOME),
        ],
    )
    def test_stands_against_what_it_is(self, stage, means, minor, account):
        stage.fake.play("changes", type="brand_new_type", amount=minor)
        stage.pull()

        said(stage, Movement.objects.get(), means)

        assert (stage.on(account), stage.on(chart.AVAILABLE)) == (-minor, minor)
        assert agreed(stage)

    def test_said_wrongly_it_is_moved_by_two_people_again(self, stage, odd):
        said(stage, odd, "FEE")

        said(stage, odd, "HELD")
        said(stage, odd, "OTHER")

        accounts = (chart.PROVIDER_FEES, chart.RESERVED, chart.OTHER_LOSS, chart.AVAILABLE)
        assert [stage.on(code) for code in accounts] == [0, 0, 250, -250]
        assert ProviderFact.objects.count() == 1
        assert agreed(stage)

    def test_of_nothing_waits_for_nobody(self, stage):
        stage.fake.play("changes", type="brand_new_type", amount=0)
        stage.pull()

        assert agreed(stage)
        with pytest.raises(ClassificationInvalid) as refused:
            propose(stage, Movement.objects.get())
        assert [flaw.code for flaw in refused.value.flaws] == ["nothing"]

    def test_dropped_it_waits_again(self, stage, odd):
        proposed = propose(stage, odd)

        classifications.drop(classification=proposed, **stage.desk.acts())

        assert open_reasons() == {"MOVEMENT_WITHOUT_LEDGER"}
        assert not Journal.objects.exists()
        assert propose(stage, odd).state == "PROPOSED"

    def test_what_a_message_says_later_is_not_booked_as_well(self, stage):
        """A charge made by hand at the provider: two people say that it is other income."""
        intent = stage.provider.v1.payment_intents.create(
            {"amount": 100, "currency": "cny", "payment_method_types": ["card"]}
        )
        stage.provider.v1.payment_intents.confirm(intent.id, {"payment_method": "pm_card_visa"})
        stage.pull()
        said(stage, Movement.objects.get(), "OTHER")

        stage.arrive()
        stage.usable()

        assert set(Journal.objects.values_list("kind", flat=True)) == {"MOVEMENT_CLASSIFIED"}
        parked = ProviderEvent.objects.get(state="PARKED")
        assert "two people said" in parked.reason
        assert agreed(stage)


class TestRefusals:
    @pytest.mark.parametrize(
        ("given", "code"),
        [
            ({"means": "GIFT"}, "unknown"),
            ({"reason": "  "}, "required"),
            ({"reason": "x" * 501}, "required"),
            ({"reason": "a\x00b"}, "required"),
        ],
    )
    def test_what_cannot_be_read_is_said_at_its_place(self, stage, odd, given, code):
        with pytest.raises(ClassificationInvalid) as refused:
            propose(stage, odd, **given)
        assert [flaw.code for flaw in refused.value.flaws] == [code]
        assert not Classification.objects.exists()

    def test_what_the_provider_explains_is_not_said_by_people(self, stage):
        stage.received()
        stage.pull()

        with pytest.raises(ClassificationInvalid) as refused:
            propose(stage, Movement.objects.get())
        assert [flaw.code for flaw in refused.value.flaws] == ["booked"]

    def test_the_same_again_and_one_while_another_waits(self, stage, odd):
        said(stage, odd, "FEE")
        with pytest.raises(ClassificationInvalid):
            propose(stage, odd, "FEE")
        propose(stage, odd, "HELD")
        with pytest.raises(ClassificationWaits):
            propose(stage, odd, "OTHER")
        assert Classification.objects.count() == 2

    def test_one_person_alone_or_twice(self, stage, odd):
        proposed = propose(stage, odd, by=stage.desk.second)
        with pytest.raises(SecondPersonMissing):
            approve(stage, proposed)
        assert not Journal.objects.exists()
        approve(stage, proposed, by=stage.desk.office.chief)
        with pytest.raises(ClassificationDecided):
            approve(stage, proposed, by=stage.desk.office.chief)
        with pytest.raises(ClassificationDecided):
            classifications.drop(classification=proposed, **stage.desk.acts())
        assert JournalLine.objects.count() == 2

    def test_explained_meanwhile_it_is_not_booked_twice(self, stage, odd, monkeypatch):
        proposed = propose(stage, odd)
        ProviderFact.objects.create(
            provider="stripe",
            key="other",
            kind="FEE",
            document={"gross": 250, "fee": 0, "settled_in": "CNY"},
            happened_at=stage.at,
            movement_reference=odd.reference,
            made_at=stage.at,
        )
        with pytest.raises(ClassificationInvalid):
            approve(stage, proposed)
        assert not Journal.objects.exists()

    def test_strangers(self, stage, odd):
        elsewhere = {"within": stage.desk.owner, "by": stage.desk.keeper, "at": stage.at}
        with pytest.raises(MissingRight):
            classifications.propose(movement=odd, means="FEE", reason="x", **elsewhere)
        viewer = member(stage.desk.office.platform, Role.VIEWER)
        with pytest.raises(MissingRight):
            propose(stage, odd, by=viewer)
        assert not Classification.objects.exists()

    def test_the_database_keeps_what_was_decided(self, stage, odd):
        found = said(stage, odd, "FEE")
        rows = Classification.objects.filter(pk=found.pk)
        for change in ({"state": "DROPPED"}, {"means": "HELD"}, {"checker": found.maker}):
            with pytest.raises(DatabaseError), transaction.atomic():
                rows.update(**change)
        with pytest.raises(DatabaseError), transaction.atomic():
            rows.delete()
        with pytest.raises(DatabaseError), transaction.atomic():
            Classification.objects.create(
                movement=odd, means="HELD", reason="x", state="APPROVED", journal=found.journal,
                maker="a", made_at=stage.at, checker="b", checked_at=stage.at,
            )  # fmt: skip


class TestOverRest:
    @pytest.fixture
    def client(self, stage):
        made = SeeingClient()
        made.force_authenticate(stage.desk.first)
        return made

    def test_from_the_list_to_the_books(self, stage, odd, client):
        [listed] = client.get("/api/v1/movements/", {"booked": "no"}).json()["data"]
        assert (listed["id"], listed["net_minor"], listed["is_booked"]) == (odd.known_as, -250, False)
        address = f"/api/v1/movements/{odd.known_as}/"
        made = client.post(f"{address}classifications/", {"means": "FEE", "reason": "后台"}, format="json")
        assert made.status_code == 201, made.content
        client.force_authenticate(stage.desk.second)

        done = client.post(f"{address}classifications/{made.json()['id']}/approve/")

        assert (done.status_code, done.json()["state"]) == (200, "APPROVED")
        shown = client.get(address).json()
        assert shown["is_booked"]
        assert [one["journal"] for one in shown["classifications"]] == [done.json()["journal"]]
        assert client.get("/api/v1/movements/", {"booked": "no"}).json()["data"] == []

    def test_refusals_point_at_the_item_and_drop_leaves_nothing(self, odd, client):
        address = f"/api/v1/movements/{odd.known_as}/classifications/"
        bad = client.post(address, {"means": "GIFT", "reason": ""}, format="json")
        assert bad.status_code == 400
        assert {one["pointer"] for one in bad.json()["errors"]} == {"/means", "/reason"}
        made = client.post(address, {"means": "HELD", "reason": "x"}, format="json").json()
        assert client.post(f"{address}{made['id']}/drop/").json()["state"] == "DROPPED"
        assert not Journal.objects.exists()

    def test_others_find_nothing(self, stage, odd, client):
        client.force_authenticate(stage.desk.keeper)
        assert client.get("/api/v1/movements/").json()["data"] == []
        address = f"/api/v1/movements/{odd.known_as}/"
        assert client.get(address).status_code == 404
        assert (
            client.post(
                f"{address}classifications/", {"means": "FEE", "reason": "x"}, format="json"
            ).status_code
            == 404
        )
        for key in ("stripe:txn_none", "none", ":"):
            client.force_authenticate(stage.desk.first)
            assert client.get(f"/api/v1/movements/{key}/").status_code == 404


class TestPages:
    def test_from_the_exception_to_the_books(self, stage, odd, client):
        client.force_login(stage.desk.first)
        page = client.get(reverse("recon-exceptions")).content.decode()
        address = reverse("provider-movement", args=[odd.known_as])
        assert f'href="{address}"' in page
        form = client.get(address).content.decode()
        assert "请先在该机构的页面查明" in form
        made = client.post(f"{address}say/", {"means": "FEE", "reason": "后台"}, follow=True)
        assert "等待另一人批准" in made.content.decode()

        client.force_login(stage.desk.second)
        shown = client.get(address).content.decode()
        act = re.search(r'action="([^"]*/approve/)"', shown)[1]
        done = client.post(act, follow=True).content.decode()

        assert "按两人说明入账" in done
        assert stage.on(chart.PROVIDER_FEES) == 250
        listed = client.get(reverse("provider-movements"), {"booked": "yes"}).content.decode()
        assert f'href="{address}"' in listed

    def test_refused_it_keeps_what_was_typed(self, stage, odd, client):
        client.force_login(stage.desk.first)
        address = reverse("provider-movement", args=[odd.known_as])
        bad = client.post(f"{address}say/", {"means": "FEE", "reason": "a\x00b"})
        assert bad.status_code == 400
        assert client.post(f"{address}say/none/burn/").status_code == 404
        assert client.post(f"{address}say/none/drop/").status_code == 404
        propose(stage, odd)
        again = client.post(f"{address}say/", {"means": "HELD", "reason": "x"})
        assert (again.status_code, Classification.objects.count()) == (400, 1)
        own = Classification.objects.get()
        client.post(f"{address}say/{own.public_id}/approve/")
        assert not Journal.objects.exists()
        client.post(f"{address}say/{own.public_id}/drop/")
        own.refresh_from_db()
        assert own.state == "DROPPED"

    def test_the_list_is_a_file_and_nobody_elses(self, stage, odd, client):
        client.force_login(stage.desk.first)
        given = client.get(reverse("provider-movements"), {"format": "csv"})
        assert odd.reference in given.getvalue().decode("utf-8-sig")
        client.force_login(stage.desk.keeper)
        assert client.get(reverse("provider-movements")).status_code == 404
        assert client.get(reverse("provider-movement", args=[odd.known_as])).status_code == 404


def test_a_payout_that_holds_it_is_whole_once_it_is_said(stage, odd):
    """See also the published payouts (tests/billing/payments/test_published_figures.py)."""
    assert movements.pull(provider=stage.provider, at=stage.at, by=stage.desk.clock).without_ledger == 1
    said(stage, odd, "FEE")
    assert movements.pull(provider=stage.provider, at=stage.at, by=stage.desk.clock).without_ledger == 0
