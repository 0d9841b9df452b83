"""What sellers state of their VAT reaches invoices, notes, books and bundles; the issued keeps its tax."""

from datetime import date
from decimal import Decimal

import pytest

from billing.actions import invoices
from billing.models import Invoice, Journal
from billing.queries import running_cost
from billing.queries.check_books import tax_as_booked
from billing.rules import bundles
from marketplace.actions import vat_statements
from marketplace.models.parties import Role
from marketplace.rules.pricing.sellers import Rounding, VatStatus
from marketplace.rules.vat_statements import Statement
from tests.billing.actions.test_corrections import DUE, LATER, NINE, OCTOBER, correct, notes, say
from tests.billing.bundles import papers
from tests.factories import marketplace as factory

SMALL, GENERAL = VatStatus.SMALL_SCALE, VatStatus.GENERAL


def state(scene, organization, status, day, rounding=None):
    """Let the platform say how an organization is taxed."""
    vat_statements.state(
        organization=organization,
        given=Statement(status, date.fromisoformat(day), "通知书 118", rounding),
        within=scene.platform,
        by=factory.member(scene.platform, Role.FINANCE),
        at=NINE,
    )


def bill(scene):
    say(scene, 0, 4)
    invoices.bill(lease=scene.lease, at=DUE, by=scene.clock)
    rent, fee = Invoice.objects.filter(kind="INVOICE").order_by("pk")
    return rent, fee


def rates(invoice):
    return {line.tax_rate.normalize() for line in invoice.lines.all()}


@pytest.mark.parametrize(
    "day, rate",
    [("2026-10-31", "0.01"), ("2026-11-01", "0.13")],
)
def test_the_status_on_the_last_day_of_the_period_gives_the_tax(by_part, day, rate):
    state(by_part, by_part.lessor, SMALL, day)

    rent, fee = bill(by_part)

    assert (rates(rent), rates(fee)) == ({Decimal(rate)}, {Decimal("0.06")})
    assert rent.tax_minor == sum(line.tax_minor for line in rent.lines.all())
    assert rent.vat["status"] == ("SMALL_SCALE" if rate == "0.01" else "GENERAL")


def test_the_running_cost_says_the_same(by_part):
    state(by_part, by_part.lessor, SMALL, "2026-10-01")
    say(by_part, 0, 4)

    cost = running_cost(by_part.lease, NINE)

    assert {taxed.rate.rate for taxed in cost.lines if taxed.line.seller == "owner"} == {Decimal("0.01")}


def test_a_note_takes_the_tax_of_what_it_corrects(by_part):
    """Stated after the issue, for a day before it: the note is at 13 %, as its invoice was."""
    rent, _ = bill(by_part)
    state(by_part, by_part.lessor, SMALL, "2026-10-01")
    say(by_part, 5, start=3)

    correct(by_part)

    note = notes()[0]
    assert (note.vat, rates(note)) == (rent.vat, {Decimal("0.13")})
    assert note.tax_minor * 100 == note.net_minor * 13


def test_a_draft_follows_what_is_stated(by_part):
    say(by_part, 0, 4)
    drafted = {"lease": by_part.lease, "period": OCTOBER, "at": DUE, "by": by_part.clock}
    invoices.draft(**drafted)
    state(by_part, by_part.lessor, SMALL, "2026-10-01")

    rent, _ = invoices.draft(**drafted)

    assert rates(rent) == {Decimal("0.01")}


def test_the_platforms_levy_has_its_own_account(by_part):
    state(by_part, by_part.platform, SMALL, "2026-10-01")

    _, fee = bill(by_part)

    booked = Journal.objects.get(source_id=fee.public_id).lines.get(account__code="2221.08")
    assert booked.amount_minor == -fee.tax_minor
    assert tax_as_booked(LATER) == []


def test_versions_rounded_by_group_add_up_to_the_invoice_made_now(by_part):
    state(by_part, by_part.lessor, GENERAL, "2026-10-01", Rounding.GROUP)
    bill(by_part)
    say(by_part, 5, start=3)

    correct(by_part)
    again = correct(by_part)

    issued = Invoice.objects.issued().filter(seller=by_part.lessor)
    net, tax = (sum(getattr(one, name) for one in issued) for name in ("net_minor", "tax_minor"))
    assert again is None
    assert {one.vat["rounding"] for one in issued} == {"GROUP"}
    assert tax * 100 == pytest.approx(net * 13, abs=50)


class TestBundles:
    def test_are_priced_again_by_the_status_they_state(self, by_part, tmp_path):
        state(by_part, by_part.lessor, SMALL, "2026-10-01", Rounding.GROUP)
        bill(by_part)
        say(by_part, 5, start=3)
        correct(by_part)
        papers.seal(by_part)

        for invoice in Invoice.objects.issued().filter(seller=by_part.lessor):
            to = tmp_path / f"{invoice.number}.zip"
            to.write_bytes(papers.packed(invoice, by_part))
            code, said = papers.verify(to)
            assert code == 0, said
            assert said.splitlines()[-1].startswith("OK: the invoice follows from the readings")
            assert "NOT PROVED: the seller is taxed as SMALL_SCALE, its tax rounded by GROUP" in said

    def test_that_state_another_differ(self, by_part):
        rent, _ = bill(by_part)
        papers.seal(by_part)
        opened = papers.Papers(papers.packed(rent, by_part))
        assert opened.recheck() == []

        opened.change(bundles.INVOICE, lambda paper: paper.update(vat={"status": "SMALL_SCALE"}))

        assert any("tax_rate is 0.13, computed is 0.01" in one for one in opened.recheck())

    def test_that_state_nonsense_are_refused(self, by_part):
        rent, _ = bill(by_part)
        papers.seal(by_part)
        opened = papers.Papers(papers.packed(rent, by_part))

        opened.change(bundles.INVOICE, lambda paper: paper.update(vat={"status": "NONE", "rounding": "LINE"}))

        assert any("cannot be computed" in one for one in opened.recheck())
