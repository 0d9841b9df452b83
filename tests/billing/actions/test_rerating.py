"""Which invoices are rated again, and those whose period or seller needs a second look."""

from dataclasses import replace
from datetime import timedelta

from billing.actions import corrections, invoices, rerating
from billing.models import Invoice, InvoiceLineFact
from leasing.models import Lease
from marketplace.models import Organization
from marketplace.shared.period import Period
from tests import once
from tests.billing import world
from tests.billing.actions.test_corrections import DUE, LATER, cut, say
from tests.billing.broken import NIGHT, break_, copied, fee, found, note_of, rent, settle

scene = once.fixture(settle)


class TestALeaseThatTurnedOutToHaveEnded:
    def test_before_a_billed_period_is_rated_as_nothing_once_it_is_corrected(self, db):
        scene = world.build("hurco01")
        invoices.bill(lease=scene.lease, at=DUE, by=scene.clock)
        cut(scene, world.midnight("2026-09-15"))
        assert found(scene, "billed_as_rated", at=LATER) == []
        october = Period(world.midnight("2026-10-01"), None)
        corrections.correct(lease=Lease.objects.get(), period=october, at=LATER, by=scene.clock)

        assert found(scene, "billed_as_rated", at=LATER) == []
        last = Invoice.objects.filter(period_start=october.start, version=2).first().lines.first()
        break_(
            "UPDATE billing_invoiceline SET net_minor = net_minor + 1, gross_minor = gross_minor + 1 "
            "WHERE id = %s",
            last.pk,
        )
        assert [row[1:] for row in found(scene, "billed_as_rated", at=LATER)] == [(0, 1)]


class TestThePlatformAsLessor:
    def test_is_rated_without_the_services_that_are_not_kept_with_its_invoice(self, by_part):
        Organization.objects.filter(pk=by_part.platform.pk).update(kind="SME")
        Organization.objects.filter(pk=by_part.lessor.pk).update(kind="PLATFORM")
        by_part.lease = Lease.objects.get()
        say(by_part, 0, 4)
        [invoice] = invoices.bill(lease=by_part.lease, at=DUE, by=by_part.clock)
        owned = replace(by_part, finance=by_part.owner)
        assert found(owned, "billed_as_rated") == []
        line = copied(invoice.lines.earliest("position"), position=9, component="service-1")
        fact = {
            "kind": "SERVICE",
            "source": "svo_1",
            "tax_category": line.tax_category,
            "version": 1,
            "at": DUE,
        }
        copied(InvoiceLineFact(line=line, **fact))

        assert found(owned, "billed_as_rated") == []


class TestWhatIsRatedAgain:
    def test_is_all_at_first_and_then_what_is_new_open_or_in_its_turn(self, scene):
        def looked(at, since):
            return set(rerating.to_rate(at=at, since=since).values_list("pk", flat=True))

        latest = {note_of(rent(scene)).pk, note_of(fee(scene)).pk}
        assert looked(NIGHT, None) == latest
        assert looked(LATER, LATER) == latest
        turns = {
            (NIGHT + timedelta(days=day)).toordinal() % 30: NIGHT + timedelta(days=day) for day in range(30)
        }
        for pk in latest:
            assert pk in looked(turns[pk % 30], NIGHT)
        quiet = next(at for turn, at in turns.items() if turn not in {pk % 30 for pk in latest})
        assert looked(quiet, NIGHT) == set()
        line = note_of(rent(scene)).lines.earliest("position")
        break_("UPDATE billing_invoiceline SET tax_minor = tax_minor + 1, gross_minor = gross_minor + 1 "
               "WHERE id = %s", line.pk)  # fmt: skip
        assert len(found(scene, "billed_as_rated")) == 1

        assert len(found(scene, "billed_as_rated", at=quiet)) == 1
