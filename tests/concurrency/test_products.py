"""Data products at once, on real transactions; each race is shown without its locks as well."""

import threading
from contextlib import ExitStack, contextmanager
from unittest.mock import patch

import pytest

from devices.ownership.actions import licences, products, selling
from devices.ownership.models import DataLicence, DataProduct, LicenceStep, ProductStep
from devices.ownership.models.products import DataProductQuerySet
from devices.ownership.rules.products import State
from tests.concurrency.test_leases import fresh, outcome
from tests.devices.ownership.traded import AT, Traded, named
from tests.races import PATIENCE_S, Meeting, at_once

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def world():
    return Traded()


@contextmanager
def look_together(module, name):
    """Hold both between looking and writing until both have looked, or it is clear that they cannot."""
    meeting, true = Meeting(), getattr(module, name)

    def held(*args, **given):
        meeting.wait()
        return true(*args, **given)

    with patch.object(module, name, held):
        yield


@contextmanager
def write_together(module, name):
    """Hold both between writing and the end of their transactions until both have written."""
    meeting, true = Meeting(), getattr(module, name)

    def held(*args, **given):
        written = true(*args, **given)
        meeting.wait()
        return written

    with patch.object(module, name, held):
        yield


@contextmanager
def no_locks():
    with patch.object(DataProductQuerySet, "locked", lambda self: self.order_by("pk")):
        yield


def act(world, who, action, **given):
    by = fresh(world.people[who])
    return lambda: action(by=by, within=who, at=AT, **given)


def buyers(world, version):
    return [act(world, who, licences.buy, **named(version)) for who in (world.buyer, world.b)]


class TestTwoBuyTheLastLicence:
    def test_one_gets_it_and_the_other_is_told_that_it_is_sold(self, world):
        version = world.on_sale(most_licences=1)

        with look_together(DataLicence.objects, "create"):
            results = at_once(*buyers(world, version))

        assert outcome(results) == ["DataLicence", "SoldOut"]
        assert DataLicence.objects.count() == 1

    def test_without_the_lock_the_database_alone_stands_against_it(self, world):
        version = world.on_sale(most_licences=1)

        with no_locks(), no_other_locks(), look_together(DataLicence.objects, "create"):
            results = at_once(*buyers(world, version))

        assert outcome(results) == ["DataLicence", "IntegrityError"]


class TestPublishAndWithdraw:
    def racing(self, world, version):
        publish = act(world, world.a, products.publish, **named(version))
        withdraw = act(world, world.owner, products.withdraw, **named(version))
        return publish, withdraw

    def test_one_comes_first_and_what_was_withdrawn_is_not_on_sale(self, world):
        version = world.offered()
        world.consent(version)

        with look_together(products, "_step"):
            results = at_once(*self.racing(world, version))

        assert outcome(results) in (["ProductOver", "ProductStep"], ["ProductStep", "ProductStep"])
        assert state(version) is State.WITHDRAWN

    def test_a_publication_after_the_withdrawal_is_refused(self, world):
        version = world.offered()
        world.consent(version)
        publish, withdraw = self.racing(world, version)

        with ExitStack() as stack:
            true, meeting = products._step, Meeting()
            began = threading.Event()

            def slow(found, kind, **given):
                if kind == "WITHDRAWN":
                    began.set()
                    meeting.wait()
                return true(found, kind, **given)

            def after():
                began.wait(PATIENCE_S)
                return publish()

            stack.enter_context(patch.object(products, "_step", slow))
            results = at_once(withdraw, after)

        assert outcome(results) == ["ProductOver", "ProductStep"]
        assert not ProductStep.objects.filter(kind="PUBLISHED").exists()

    def test_without_the_lock_it_is_published_although_it_was_being_withdrawn(self, world):
        version = world.offered()
        world.consent(version)

        with no_locks(), write_together(products, "_step"):
            results = at_once(*self.racing(world, version))

        assert outcome(results) == ["ProductStep", "ProductStep"]
        kinds = set(ProductStep.objects.values_list("kind", flat=True))
        assert kinds == {"CONSENTED", "PUBLISHED", "WITHDRAWN"}


class TestTwoRecordOnePayment:
    def payers(self, world, licence):
        given = {"licence": licence, "amount": licence.price}
        return [
            act(world, world.platform, licences.record_payment, reference=f"B{n}", **given) for n in (1, 2)
        ]

    def test_one_records_it(self, world):
        licence = world.buy(world.on_sale())

        with look_together(LicenceStep.objects, "create"):
            results = at_once(*self.payers(world, licence))

        assert outcome(results) == ["LicenceStep", "NothingToPay"]

    def test_without_the_locks_the_database_alone_stands_against_it(self, world):
        licence = world.buy(world.on_sale())

        with no_locks(), no_other_locks(), look_together(LicenceStep.objects, "create"):
            results = at_once(*self.payers(world, licence))

        assert outcome(results) == ["IntegrityError", "LicenceStep"]


@contextmanager
def no_other_locks():
    """Let the locks on assets and agreements, which selling takes as well, not stand in for the product's."""
    with patch.object(selling.queries, "lock_subject", selling.queries.subject_of):
        yield


def state(version):
    product = DataProduct.objects.with_versions().get(pk=version.product_id)
    return product.state_of(product.chain[0])
