"""Money owed for data: owed once, settled by whoever is paid, noted step by step when it is late."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction

from devices.actions import carrying_out
from devices.ownership.actions import payments
from devices.ownership.models import PaymentDuty
from devices.ownership.permissions import ClockOnly, terms
from marketplace.actions.parties import robot
from marketplace.models import AuditEntry
from marketplace.permissions import MissingRight
from marketplace.shared.money import Money
from tests.factories import marketplace as make

pytestmark = pytest.mark.django_db
NOON, DAY = make.NOON, timedelta(days=1)
DUE = NOON + 30 * DAY
FEE = Money(30000, "CNY")


@pytest.fixture
def clock():
    return robot(name="clock")


@pytest.fixture
def sides():
    return make.organization(), make.organization()


@pytest.fixture
def owed(sides, clock):
    return owe(sides, clock)


def owe(sides, by, money=FEE, due_at=DUE, **more):
    debtor, creditor = sides
    given = {"source": "product", "subject": "lic_1", "by": by, "at": NOON} | more
    return payments.owe(debtor=debtor, creditor=creditor, money=money, due_at=due_at, **given)


def verbs():
    found = AuditEntry.objects.filter(action__startswith="payment.").order_by("pk")
    return [one.action.removeprefix("payment.") for one in found]


class TestOwe:
    def test_once_however_often_it_is_asked(self, sides, clock, owed):
        assert owe(sides, clock).pk == owed.pk
        assert (owed.money, owed.state(NOON, terms())) == (FEE, "OPEN")
        assert verbs() == ["owe"]
        assert owe(sides, clock, subject="lic_2").pk != owed.pk

    @pytest.mark.parametrize(
        "more", [{"money": Money(30001, "CNY")}, {"money": Money(30000, "EUR")}, {"due_at": DUE + DAY}]
    )
    def test_never_differently(self, sides, clock, owed, more):
        with pytest.raises(payments.OwedDifferently):
            owe(sides, clock, **more)
        assert PaymentDuty.objects.get().money == FEE

    @pytest.mark.parametrize("minor", [0, -1])
    def test_is_of_something(self, sides, clock, minor):
        with pytest.raises(payments.NothingOwed):
            owe(sides, clock, money=Money(minor, "CNY"))
        assert not PaymentDuty.objects.exists()


class TestEnd:
    def act(self, action, duty, who, by=None, **more):
        return action(duty=duty, by=by or make.member(who), within=who, at=NOON + DAY, **more)

    def test_the_creditor_settles_it_by_its_reference(self, sides, owed):
        with pytest.raises(payments.ReferenceMissing):
            self.act(payments.settle, owed, sides[1], reference="  ")

        found = self.act(payments.settle, owed, sides[1], reference=" 20261127-0042 ")

        assert (found.reference, found.state(DUE + 99 * DAY, terms())) == ("20261127-0042", "FULFILLED")
        assert verbs() == ["owe", "settle"]

    def test_or_waives_it(self, sides, owed):
        found = self.act(payments.waive, owed, sides[1], because="A gift")
        assert found.state(DUE, terms()) == "WAIVED"
        assert verbs() == ["owe", "waive"]

    def test_the_debtor_cannot_rid_itself_of_it(self, sides, owed):
        viewer = make.member(sides[1], role="OPERATOR")
        for action, more in ((payments.settle, {"reference": "1"}), (payments.waive, {"because": "?"})):
            with pytest.raises(payments.OnlyCreditor):
                self.act(action, owed, sides[0], **more)
            with pytest.raises(MissingRight):
                self.act(action, owed, sides[1], by=viewer, **more)
        assert verbs() == ["owe"]

    def test_once(self, sides, owed):
        self.act(payments.settle, owed, sides[1], reference="1")
        for action, more in ((payments.settle, {"reference": "2"}), (payments.waive, {"because": "?"})):
            with pytest.raises(payments.PaymentDone):
                self.act(action, owed, sides[1], **more)
        assert PaymentDuty.objects.get().reference == "1"


class TestEscalate:
    STEPS = (
        (-7 * DAY - DAY / 24, [], "OPEN"),
        (-7 * DAY, ["soon"], "OPEN"),
        (-DAY, ["soon"], "OPEN"),
        (0 * DAY, ["soon", "due"], "DUE"),
        (3 * DAY, ["soon", "due", "overdue"], "OVERDUE"),
        (7 * DAY, ["soon", "due", "overdue", "escalated"], "OVERDUE"),
        (70 * DAY, ["soon", "due", "overdue", "escalated"], "OVERDUE"),
    )

    def test_each_step_is_noted_once(self, sides, clock, owed):
        platform = make.platform()
        for after, steps, state in self.STEPS:
            for _ in range(2):
                carrying_out.run(by=clock, at=DUE + after)
            assert verbs() == ["owe", *steps]
            found = PaymentDuty.objects.get()
            assert found.state(DUE + after, terms()) == state
            seen = PaymentDuty.objects.visible_in(platform).exists()
            assert seen is ("escalated" in steps)

    def test_a_clock_that_slept_notes_them_all_in_order(self, clock, owed):
        found = payments.escalate(by=clock, at=DUE + 99 * DAY)
        assert [step.lower() for _, step in found] == ["soon", "due", "overdue", "escalated"]
        assert payments.escalate(by=clock, at=DUE + 100 * DAY) == []

    def test_not_of_what_is_paid_and_by_nobody_else(self, sides, clock, owed):
        with pytest.raises(ClockOnly):
            payments.escalate(by=make.member(sides[0]), at=DUE)
        payments.settle(duty=owed, reference="1", by=make.member(sides[1]), within=sides[1], at=NOON)
        assert payments.escalate(by=clock, at=DUE + 99 * DAY) == []


@pytest.mark.parametrize(
    "change",
    [
        {"amount": 1},
        {"currency": "EUR"},
        {"due_at": DUE + DAY},
        {"subject": "x"},
        {"paid_at": NOON},
        {"reference": "1"},
        {"paid_at": NOON, "reference": "1", "waived_at": NOON},
    ],
)
def test_the_database_keeps_what_is_owed(owed, change):
    with pytest.raises(IntegrityError), transaction.atomic():
        PaymentDuty.objects.update(**change)
    with pytest.raises(IntegrityError), transaction.atomic():
        PaymentDuty.objects.all()._raw_delete(using="default")
    PaymentDuty.objects.update(paid_at=NOON, reference="1")
    with pytest.raises(IntegrityError, match="never changes"), transaction.atomic():
        PaymentDuty.objects.update(paid_at=None, reference="")


class TestThroughTheDoors:
    def test_over_rest(self, sides, owed, keyed):
        debtor, creditor, other = keyed(make.member(sides[0]), sides[0]), None, make.organization()
        creditor = keyed(make.member(sides[1]), sides[1])
        url = f"/api/v1/data-payments/{owed.public_id}/"

        assert debtor.get("/api/v1/data-payments/").json()["data"][0]["amount"] == 30000
        assert keyed(make.member(other), other).get(url).status_code == 404
        assert debtor.post(f"{url}settle/", {"reference": "1"}, format="json").status_code == 403
        assert creditor.post(f"{url}settle/", {}, format="json").status_code == 400
        found = creditor.post(f"{url}settle/", {"reference": "B-7"}, format="json").json()
        assert (found["state"], found["reference"]) == ("FULFILLED", "B-7")
        assert creditor.post(f"{url}waive/", {"because": "?"}, format="json").json()["code"] == "payment_done"

    def test_on_the_page_to_whoever_reads_the_books(self, sides, owed, client):
        for person, sees in ((make.member(sides[0]), True), (make.member(sides[0], role="VIEWER"), False)):
            client.force_login(person)
            assert ("数据产品许可" in client.get("/data/duties/").content.decode()) is sees
